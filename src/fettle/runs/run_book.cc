#include "fettle/runs/run_book.h"

#include <algorithm>

#include "fettle/base/check.h"
#include "fettle/runs/run_log_repo.h"
#include "fettle/runs/run_repo.h"
#include "fettle/runs/run_rules.h"

namespace fettle::runs {
namespace {

constexpr Seconds kAfterFailure{1};
constexpr Seconds kBetweenWatches{5};
constexpr std::chrono::minutes kBetweenPackings{1};  // after one that failed
/// Looked at in one turn of the loop, told and all: a millisecond or two.
constexpr std::size_t kPerTurn = 200;
/// Ends whose conditions are said again at a start: more than can have been between two commits.
constexpr std::int64_t kEndsReviewed = 200;

struct StoredLive {
  std::vector<Run> runs;
  std::vector<run_log_repo::Extent> logs;
  std::vector<Run> ended;
  std::vector<events::condition_repo::ClosedByHand> closed;
};

WallTime earliest_end(const std::vector<Run>& ended) {
  WallTime out = WallTime::max();
  for (const Run& run : ended) out = std::min(out, run.ended_at.value_or(out));
  return out;
}

/// The last word on each target counts, and commands of fettle exec overtake each other. Given in the order
/// in which they began, the newest first.
std::vector<Run> in_order_of_ends(std::vector<Run> runs) {
  std::vector<std::pair<WallTime, std::size_t>> order;
  for (std::size_t i = 0; i < runs.size(); ++i)
    order.emplace_back(runs[i].ended_at.value_or(runs[i].created_at), runs.size() - i);
  std::ranges::sort(order);
  std::vector<Run> out;
  for (const auto& [at, from_end] : order) out.push_back(std::move(runs[runs.size() - from_end]));
  return out;
}

}  // namespace

struct RunBook::Writing {
  Run run;
  std::vector<Step> steps;
  std::vector<NumberedLine> before, lines;  // `before`: on their way already, and perhaps not to arrive
  std::optional<events::Event> event;
  std::function<bool(store::Session&)> also;
};

RunBook::RunBook(const RunGround& ground)
    : ground_(ground),
      news_(ground.clock, ground.random, ground.hub, ground.conditions, ground.server_id),
      tasks_(ground_.loop, ground_.log) {}

Task<Result<>> RunBook::load(const std::function<const Plan*(const std::string&)>& find_plan) {
  auto stored = co_await ground_.store.read([](store::Session& session) {
    StoredLive out{run_repo::all_live(session), {}, run_repo::newest_ended(session, kEndsReviewed), {}};
    for (const Run& run : out.runs) out.logs.push_back(run_log_repo::extent(session, run.id));
    if (!out.ended.empty())
      out.closed =
          events::condition_repo::closed_by_hand(session, events::kRunFailedKind, earliest_end(out.ended));
    return out;
  });
  if (!stored) co_return std::unexpected(std::move(stored).error());
  for (std::size_t i = 0; i < stored->runs.size(); ++i) {
    Run& run = stored->runs[i];
    auto live = std::make_unique<LiveRun>();
    live->plan = find_plan(run.plan);
    live->log = RunLog(stored->logs[i].last, stored->logs[i].bytes, run.dropped_lines);
    live->began = ground_.clock.mono_now();
    if (run.cancel_requested_at) live->cancel_wanted = live->began;
    live->run = std::move(run);
    put(std::move(live));
  }
  for (const Run& run : in_order_of_ends(std::move(stored->ended)))
    if (!is_source_there_ || is_source_there_(run)) news_.judge_again(run, stored->closed);
  news_.close_nameless();
  co_return Result<>{};
}

void RunBook::start() {
  tasks_.spawn("runs.tick", tick_forever());
  tasks_.spawn("runs.watch", watch_forever());
  tasks_.spawn("runs.pack", pack_forever());
  to_pack_.set();
}

Task<void> RunBook::stop() {
  is_stopping_ = true;
  co_await tasks_.stop();
  std::vector<RunId> all;
  for (const auto& [id, live] : live_) all.push_back(id);
  co_await store_lines(std::move(all));
}

void RunBook::put(std::unique_ptr<LiveRun> live) {
  const Run& run = live->run;
  const RunId id = run.id;
  if (run.holds_lock) holders_[{run.target.kind, run.target.id}] = id;
  if (run.target.host) by_host_[*run.target.host].insert(id);
  live_.emplace(id, std::move(live));
}

const std::set<RunId>& RunBook::of_host(const HostId& host) const {
  static const std::set<RunId> kNone;
  const auto at = by_host_.find(host);
  return at == by_host_.end() ? kNone : at->second;
}

LiveRun* RunBook::find(const RunId& id) {
  const auto at = live_.find(id);
  return at == live_.end() ? nullptr : at->second.get();
}

const LiveRun* RunBook::find(const RunId& id) const {
  const auto at = live_.find(id);
  return at == live_.end() ? nullptr : at->second.get();
}

const LiveRun* RunBook::holder(const std::string& target_kind, const std::string& target_id) const {
  const auto at = holders_.find({target_kind, target_id});
  return at == holders_.end() ? nullptr : find(at->second);
}

void RunBook::for_each(const std::function<void(LiveRun&)>& visit) {
  for (const auto& [id, live] : live_) visit(*live);
}

void RunBook::add(Run run, const Plan* plan) {
  const RunId id = run.id;
  if (live_.contains(id)) return;
  auto live = std::make_unique<LiveRun>();
  live->plan = plan;
  live->began = ground_.clock.mono_now();
  live->run = std::move(run);
  LiveRun& added = *live;
  put(std::move(live));
  ++figures_.started;
  news_.tell(added);
  tell_listeners(added.run);
}

std::shared_ptr<const RunBook::Writing> RunBook::prepare(RunChange change) {
  auto writing = std::make_shared<Writing>();
  for (const std::uint32_t index : change.steps) writing->steps.push_back(change.run.steps.at(index - 1));
  const bool is_end = !change.run.is_live();
  if (LiveRun* live = find(change.run.id)) {
    if (is_end && live->log.dropped() > 0 && !std::exchange(live->is_drop_told, true)) {
      live->log.add_last({ground_.clock.wall_now(),
                          LogLevel::warning,
                          0,
                          std::to_string(live->log.dropped()) +
                              " more lines were left out: the log of a run holds at most 8 MiB",
                          {}});
    }
    change.run.dropped_lines = live->log.dropped();
    writing->lines = live->log.take();
    // What was said before must not get lost when it is refused: with this change it is acknowledged, or the
    // log is over.
    writing->before = live->storing;
  }
  if (is_end) writing->event = news_.end_event(change.run);
  writing->run = std::move(change.run);
  writing->also = std::move(change.also);
  return writing;
}

bool RunBook::write(store::Session& session, const std::shared_ptr<const Writing>& writing) {
  if (writing->also && !writing->also(session)) return false;
  if (!run_repo::update(session, writing->run, writing->steps)) return false;
  run_log_repo::append(session, writing->run.id, writing->before);
  run_log_repo::append(session, writing->run.id, writing->lines);
  if (writing->event) ground_.events.record(session, *writing->event);
  session.after_commit([this, writing] { apply(*writing); });
  return true;
}

Task<Result<bool>> RunBook::try_change(RunChange change) {
  const auto writing = prepare(std::move(change));
  auto* self = this;
  auto written = co_await ground_.store.write(
      [self, writing](store::Session& session) { return self->write(session, writing); },
      store::Priority::essential);
  if (!written) {
    if (LiveRun* live = find(writing->run.id)) live->log.put_back(writing->lines);
  }
  co_return written;
}

Task<bool> RunBook::change(RunChange change) {
  for (;;) {
    auto written = co_await try_change(change);
    if (written) co_return *written;
    if (is_stopping_) co_return false;
    ground_.log.warn("the state of a run could not be stored; trying again",
                     {{"run", change.run.id}, {"error", written.error()}});
    co_await ground_.clock.sleep_for(kAfterFailure);
  }
}

void RunBook::apply(const Writing& writing) {
  LiveRun* live = find(writing.run.id);
  if (live == nullptr) return;
  Run& run = live->run;
  const bool is_new_state = run.state != writing.run.state;
  run.state = writing.run.state;
  run.started_at = writing.run.started_at;
  run.ended_at = writing.run.ended_at;
  run.message = writing.run.message;
  run.exit_code = writing.run.exit_code;
  run.epoch = writing.run.epoch;
  run.dropped_lines = writing.run.dropped_lines;
  if (run.cancelled_by.empty()) run.cancelled_by = writing.run.cancelled_by;
  for (const Step& step : writing.steps) {
    run.steps.at(step.index - 1) = step;
    live->untold_steps.insert(step.index);
  }
  news_.tell_lines(run, writing.lines);
  if (is_new_state) {
    news_.tell(*live);
  } else if (news_.tell_soon(*live)) {
    something_waits(run.id);
  }
  if (run.is_live()) {
    if (is_new_state) tell_listeners(run);
    return;
  }
  end(*live);
}

void RunBook::end(LiveRun& live) {
  news_.set_hanging(live, false);
  judge(live.run);
  const Run run = std::move(live.run);
  ++figures_.ended[static_cast<std::size_t>(run.state)];
  figures_.dropped_lines += static_cast<std::uint64_t>(run.dropped_lines);
  const auto held = holders_.find({run.target.kind, run.target.id});
  if (held != holders_.end() && held->second == run.id) holders_.erase(held);
  if (run.target.host) {
    const auto mine = by_host_.find(*run.target.host);
    mine->second.erase(run.id);
    if (mine->second.empty()) by_host_.erase(mine);
  }
  live_.erase(run.id);
  to_pack_.set();
  ground_.log.info(
      "run ended",
      {{"run", run.id}, {"plan", run.plan}, {"target", run.target.name}, {"state", state_name(run.state)}});
  tell_listeners(run);
}

RunFigures RunBook::figures() const {
  RunFigures out = figures_;
  for (const auto& [id, live] : live_) ++out.live[static_cast<std::size_t>(live->run.state)];
  return out;
}

void RunBook::judge(const Run& run) {
  if (!is_source_there_ || is_source_there_(run)) news_.judge(run);
}

void RunBook::tell_listeners(const Run& run) {
  for (const auto& listener : listeners_) listener(run);
}

void RunBook::note_cancel(const RunId& id, WallTime at, const std::string& by) {
  LiveRun* live = find(id);
  if (live == nullptr) return;
  live->run.cancel_requested_at = at;
  live->run.cancelled_by = by;
  live->cancel_wanted = ground_.clock.mono_now();
  news_.tell(*live);
}

void RunBook::move_host(const HostId& host, const EnvironmentId& to) {
  for (const RunId& id : of_host(host)) {
    LiveRun& live = *find(id);
    live.run.target.environment = to;
    news_.tell(live);
  }
}

void RunBook::progress(const RunId& id, std::uint32_t step, const std::function<void(Step&)>& edit) {
  LiveRun* live = find(id);
  if (live == nullptr || step == 0 || step > live->run.steps.size()) return;
  edit(live->run.steps[step - 1]);
  live->untold_steps.insert(step);
  if (news_.tell_soon(*live)) something_waits(id);
}

void RunBook::log(const RunId& id, LogLine line) {
  LiveRun* live = find(id);
  if (live == nullptr) return;
  live->log.add(std::move(line));
  something_waits(id);
}

void RunBook::something_waits(const RunId& id) {
  waiting_.insert(id);
  waits_.set();
}

Task<void> RunBook::tick_forever() {
  for (;;) {
    co_await waits_.wait();
    co_await ground_.clock.sleep_for(RunNews::kBetweenUpdates);
    waits_.reset();
    std::vector<RunId> with_lines;
    std::size_t looked = 0;
    for (const RunId& id : std::exchange(waiting_, {})) {
      if (++looked % kPerTurn == 0) co_await ground_.clock.sleep_for(Millis(1));  // others have their turn
      LiveRun* live = find(id);
      if (live == nullptr) continue;
      if (news_.tell_due(*live)) something_waits(id);
      if (live->log.has_waiting()) with_lines.push_back(id);
    }
    co_await store_lines(std::move(with_lines));
  }
}

Task<void> RunBook::store_lines(std::vector<RunId> of) {
  struct Lines {
    RunId id;
    std::vector<NumberedLine> lines;
  };
  auto waiting = std::make_shared<std::vector<Lines>>();
  for (const RunId& id : of) {
    LiveRun* live = find(id);
    if (live == nullptr || !live->log.has_waiting()) continue;
    live->storing = live->log.take();
    waiting->push_back({id, live->storing});
  }
  if (waiting->empty()) co_return;
  auto* self = this;
  auto stored = co_await ground_.store.write([self, waiting](store::Session& session) {
    for (const Lines& one : *waiting) run_log_repo::append(session, one.id, one.lines);
    session.after_commit([self, waiting] {
      for (const Lines& one : *waiting)
        if (const LiveRun* live = self->find(one.id)) self->news_.tell_lines(live->run, one.lines);
    });
  });
  for (Lines& one : *waiting) {
    LiveRun* live = find(one.id);
    if (live == nullptr) continue;  // its end took them along
    live->storing.clear();
    if (stored) continue;
    live->log.put_back(std::move(one.lines));
    something_waits(one.id);
  }
  if (stored || is_stopping_) co_return;
  co_await ground_.clock.sleep_for(kAfterFailure);
}

Task<void> RunBook::watch_forever() {
  for (;;) {
    co_await ground_.clock.sleep_for(kBetweenWatches);
    std::vector<RunId> ids;
    ids.reserve(live_.size());
    for (const auto& [id, live] : live_) ids.push_back(id);
    std::size_t looked = 0;
    for (const RunId& id : ids) {
      if (++looked % kPerTurn == 0) co_await ground_.clock.sleep_for(Millis(1));
      LiveRun* live = find(id);
      if (live != nullptr && hangs(*live, ground_.clock.mono_now())) news_.set_hanging(*live, true);
    }
  }
}

/// Logs of runs that have ended are packed one after the other, behind live work. One that cannot be packed
/// is passed over until the next round.
Task<void> RunBook::pack_forever() {
  for (;;) {
    co_await to_pack_.wait();
    to_pack_.reset();
    std::int64_t place = 0;
    bool has_failed = false;
    for (;;) {
      auto next = co_await ground_.store.read(
          [place](store::Session& session) { return run_log_repo::next_unpacked(session, place); });
      if (next && !*next) break;
      Result<> packed = next ? Result<>{} : Result<>(std::unexpected(next.error()));
      if (next) {
        place = (*next)->sequence;
        packed = co_await pack((*next)->run);
      }
      if (packed) continue;
      // The full disk, a queue, or a slow machine.
      if (!std::exchange(has_failed, true))
        ground_.log.warn("the log of a run could not be packed; trying again later",
                         {{"run", next ? (*next)->run.text() : ""}, {"error", packed.error()}});
      co_await ground_.clock.sleep_for(kAfterFailure);
    }
    if (!has_failed) continue;
    co_await ground_.clock.sleep_for(kBetweenPackings);
    to_pack_.set();
  }
}

/// Block by block: each is a write of its own, and what stands when the server ends is gone on from.
Task<Result<>> RunBook::pack(RunId id) {
  for (std::int64_t after = 0;;) {
    FETTLE_CO_TRY(const auto block, co_await ground_.store.read([id, after](store::Session& session) {
      return run_log_repo::pack_next(session, id, after);
    }));
    if (!block) break;
    after = block->last_piece;
    const auto replaced = co_await ground_.store.write(
        [id, block = *block](store::Session& session) { run_log_repo::replace(session, id, block); },
        store::Priority::upkeep);
    if (!replaced) co_return std::unexpected(replaced.error());
  }
  co_return co_await ground_.store.write(
      [id](store::Session& session) { run_log_repo::set_packed(session, id); }, store::Priority::upkeep);
}

}  // namespace fettle::runs
