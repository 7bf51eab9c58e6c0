#include "fettle/runs/host_runs.h"

#include <algorithm>

#include "fettle/base/text.h"
#include "fettle/io/kill_points.h"
#include "fettle/runs/expectation_rules.h"
#include "fettle/runs/run_repo.h"

namespace fettle::runs {
namespace {

constexpr Seconds kBetweenSweeps{5};
constexpr Seconds kBetweenRepeats{10};  // of an order, of a wish to cancel
constexpr Seconds kAfterFailure{1};
constexpr Seconds kBetweenOpenings{1};  // while a host begins more than is opened at once
/// A run that its host began by itself, and that the agent does not know (any more).
constexpr Seconds kUnheldLimit{3600};
/// Of a run that no plan of this server stands behind: one that its host began by itself.
constexpr Seconds kAbandonOwnAfter{7 * 24 * 3600};

Seconds abandon_after(const LiveRun& live) {
  return live.plan != nullptr ? live.plan->abandon_after : kAbandonOwnAfter;
}

Seconds step_deadline(const Plan* plan) {
  Seconds longest{0};
  if (plan != nullptr)
    for (const PlanTask& task : plan->tasks) longest = std::max(longest, task.deadline);
  return longest;
}

std::string minutes_text(Seconds time) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(time).count();
  return std::to_string(minutes) + (minutes == 1 ? " minute" : " minutes");
}

std::string cancelled_text(const Run& run) {
  return run.cancelled_by.empty() ? "cancelled" : "cancelled by " + run.cancelled_by;
}

/// What one change of a run holds, for a test that has the server killed while it is stored.
struct Applied {
  bool is_taken = false, has_report = false, is_end = false;
};
struct AppliedPoints {
  io::KillPoint taken, step, result;
};
void reach(const Applied& what, const AppliedPoints& points) {
  if (what.is_taken) io::reach(points.taken);
  if (what.has_report) io::reach(points.step);
  if (what.is_end) io::reach(points.result);
}

Result<> bad_run_id() {
  return fail(ErrorCode::corrupt, "bad_run_id", "this is not the id of a run");
}

}  // namespace

HostRuns::HostRuns(const RunGround& ground, fleet::Fleet& fleet, Engine& engine)
    : ground_(ground),
      fleet_(fleet),
      engine_(engine),
      book_(engine.book()),
      tasks_(ground_.loop, ground_.log) {}

void HostRuns::connect() {
  engine_.set_host_carrier(*this);
  engine_.add_target_kind(std::string(kHostTarget), [this](const std::string& text) -> std::optional<Target> {
    const auto id = HostId::parse(text);
    const fleet::LiveHost* host = id ? fleet_.roster().find(*id) : nullptr;
    if (host == nullptr) return std::nullopt;
    return Target{std::string(kHostTarget), text, host->row.name, host->row.environment, *id};
  });
  engine_.on_changed([this](const Run& run) {
    if (!run.is_live()) sides_.erase(run.id);
  });
  fleet_.on_work([this](fleet::LiveHost& host, wire::Message& message) { return take(host, message); });
  fleet_.on_removed([this](const HostId& host) { host_removed(host); });
  fleet_.on_moved([this](const fleet::LiveHost& host, const EnvironmentId& /*from*/) {
    book_.move_host(host.row.id, host.row.environment);
  });
  fleet_.care().on_move_write(run_repo::move_host);
}

Task<Result<>> HostRuns::load() {
  std::vector<Run> live;
  book_.for_each([&](const LiveRun& one) {
    if (one.run.target.host) live.push_back(one.run);
  });
  if (live.empty()) co_return Result<>{};
  auto reported = co_await ground_.store.read([live](store::Session& session) {
    std::vector<std::uint64_t> out;
    for (const Run& run : live) out.push_back(run_repo::reported(session, run.id));
    return out;
  });
  if (!reported) co_return std::unexpected(std::move(reported).error());
  // What is queued may have been ordered: the server ended before it knew.
  for (std::size_t i = 0; i < live.size(); ++i) add_side(live[i], true, (*reported)[i]);
  co_return Result<>{};
}

void HostRuns::start() {
  tasks_.spawn("runs.host_sweep", sweep_forever());
}

Task<void> HostRuns::stop() {
  is_stopping_ = true;
  co_await tasks_.stop();
}

HostRuns::Side* HostRuns::find_side(const RunId& id) {
  const auto at = sides_.find(id);
  return at == sides_.end() ? nullptr : &at->second;
}

void HostRuns::add_side(const Run& run, bool was_ordered, std::uint64_t received) {
  Side side;
  side.host = *run.target.host;
  side.began = ground_.clock.mono_now();
  side.was_ordered = was_ordered;
  side.received = received;
  if (run.cancel_requested_at) side.cancel_wanted = side.began;
  sides_.emplace(run.id, std::move(side));
}

Result<> HostRuns::check(const Target& target) const {
  const fleet::LiveHost* host = fleet_.roster().find(*target.host);
  if (host == nullptr) return fail(ErrorCode::not_found, "not_found", "there is no such host");
  if (host->link == nullptr) {
    return fail(ErrorCode::unavailable, "host_offline",
                host->row.name + " is not connected; try again when it is");
  }
  if (!host->row.agent || host->row.agent->protocol.minor < wire::kMinorWithRuns) {
    return fail(ErrorCode::conflict, "agent_too_old",
                "the agent of " + host->row.name + " is too old for runs; update it");
  }
  return {};
}

EnvironmentId HostRuns::place(store::Session& session, const Target& target) const {
  return run_repo::place_of_host(session, *target.host).value_or(target.environment);
}

void HostRuns::begin(const RunId& id) {
  const LiveRun* live = book_.find(id);
  if (live == nullptr) return;
  add_side(live->run, false, 0);
  send_order(live->run, sides_.at(id));
}

void HostRuns::cancel(const RunId& id) {
  const LiveRun* live = book_.find(id);
  Side* side = find_side(id);
  if (live == nullptr || side == nullptr) return;
  side->cancel_wanted = ground_.clock.mono_now();
  if (!side->was_ordered) return end(id, *side, RunState::cancelled, cancelled_text(live->run));
  send_cancel(live->run, *side);
}

bool HostRuns::send(const HostId& host, const wire::Message& message) {
  fleet::LiveHost* there = fleet_.roster().find(host);
  return there != nullptr && fleet_.send(*there, message);
}

void HostRuns::send_order(const Run& run, Side& side) {
  if (!send(side.host, make_order(run, step_deadline(engine_.find_plan(run.plan))))) return;
  side.was_ordered = true;
  side.ordered = ground_.clock.mono_now();
  io::reach(io::KillPoint::order_sent);
}

void HostRuns::send_cancel(const Run& run, Side& side) {
  if (send(side.host, wire::RunCancel{run.id.text(), run.epoch})) side.cancel_sent = ground_.clock.mono_now();
}

void HostRuns::acknowledge(const HostId& host, const wire::RunReport& report) {
  ignore(send(host, wire::RunReportAck{report.run_id, report.epoch, report.sequence}),
         "who misses it reports again");
}

Result<> HostRuns::take(fleet::LiveHost& host, wire::Message& message) {
  if (is_stopping_) return {};
  if (auto* report = std::get_if<wire::RunReport>(&message)) return take_report(host, *report);
  if (const auto* taken = std::get_if<wire::RunTaken>(&message)) take_taken(host, *taken);
  if (const auto* held = std::get_if<wire::RunsHeld>(&message)) take_held(host, *held);
  if (const auto* opened = std::get_if<wire::RunOpened>(&message)) return take_opened(host, *opened);
  return {};
}

void HostRuns::take_taken(fleet::LiveHost& host, const wire::RunTaken& taken) {
  const auto id = RunId::parse(taken.run_id);
  if (!id) return;
  Side* side = find_side(*id);
  if (side != nullptr && side->host == host.row.id) {
    if (side->waiting.size() < kMostWaiting) push(*id, *side, taken);
    return;
  }
  // It is over here (cancelled, given up) and has begun there.
  if (taken.refused.empty()) {
    ignore(send(host.row.id, wire::RunCancel{taken.run_id, taken.epoch}),
           "its next hello says that it has the run");
  }
}

Result<> HostRuns::take_report(fleet::LiveHost& host, wire::RunReport& report) {
  const auto id = RunId::parse(report.run_id);
  if (!id) return bad_run_id();
  if (const auto opening = opening_.find(*id); opening != opening_.end()) {
    auto& reports = opening->second.reports;
    if (opening->second.host == host.row.id && reports.size() < kMostWaiting)
      reports.push_back(std::move(report));
    return {};
  }
  Side* side = find_side(*id);
  const LiveRun* live = book_.find(*id);
  if (live == nullptr || side == nullptr || side->host != host.row.id) {
    acknowledge(host.row.id, report);
    return {};
  }
  side->unheld_since.reset();
  switch (decide_report(live->run, side->received, report)) {
    case ReportFate::apply:
      if (side->waiting.size() >= kMostWaiting) break;
      side->received = std::max(side->received, report.sequence);
      push(*id, *side, std::move(report));
      break;
    case ReportFate::acknowledge:
      // What still waits for its write is acknowledged with it.
      if (report.epoch < live->run.epoch || (!side->is_applying && side->waiting.empty()))
        acknowledge(host.row.id, report);
      break;
    case ReportFate::pass_over:
      break;
  }
  return {};
}

void HostRuns::take_held(fleet::LiveHost& host, const wire::RunsHeld& held) {
  std::vector<const LiveRun*> mine;
  book_.for_each([&](const LiveRun& live) {
    if (live.run.target.host == host.row.id) mine.push_back(&live);
  });
  for (const LiveRun* live : mine) {
    const Run& run = live->run;
    Side* side = find_side(run.id);
    if (side == nullptr || side->is_ending) continue;
    const HeldFate fate = decide_held(run, held.runs);
    const bool is_there = fate == HeldFate::goes_on || fate == HeldFate::cancel;
    if (is_there) side->unheld_since.reset();
    if (is_there && run.state == RunState::queued)
      push(run.id, *side, wire::RunTaken{run.id.text(), run.epoch, {}});
    switch (fate) {
      case HeldFate::goes_on:
        break;
      case HeldFate::order_again:
        send_order(run, *side);
        break;
      case HeldFate::cancel:
        send_cancel(run, *side);
        break;
      case HeldFate::cancelled:
        end(run.id, *side, RunState::cancelled, cancelled_text(run));
        break;
      case HeldFate::lost:
        // Whoever began it there by itself may not have told the agent again yet.
        if (run.target.kind == kCommandTarget) {
          if (!side->unheld_since) side->unheld_since = ground_.clock.mono_now();
          break;
        }
        end(run.id, *side, RunState::interrupted, "the agent does not know this run any more");
        break;
    }
  }
  std::vector<wire::HeldRun> unknown;
  for (const wire::HeldRun& one : held.runs) {
    const auto id = RunId::parse(one.run_id);
    if (id && !one.is_over && book_.find(*id) == nullptr) unknown.push_back(one);
  }
  if (!unknown.empty()) tasks_.spawn("runs.end_unwanted", end_unwanted(host.row.id, std::move(unknown)));
}

/// What goes on there although it has ended here. What is not known here at all may be one that the host
/// began by itself, and is none of our business.
Task<void> HostRuns::end_unwanted(HostId host, std::vector<wire::HeldRun> held) {
  auto ended = co_await ground_.store.read([host, held](store::Session& session) {
    std::vector<wire::HeldRun> out;
    for (const wire::HeldRun& one : held) {
      const auto run = run_repo::find(session, *RunId::parse(one.run_id));
      if (run && !run->is_live() && run->target.host == host) out.push_back(one);
    }
    return out;
  });
  if (!ended) co_return;  // its next hello says it again
  for (const wire::HeldRun& one : *ended)
    ignore(send(host, wire::RunCancel{one.run_id, one.epoch}), "its next hello says it again");
}

bool HostRuns::may_open(const HostId& host, OpenPace& pace) {
  const MonoTime now = ground_.clock.mono_now();
  const double seconds = std::chrono::duration<double>(now - pace.filled).count();
  pace.tokens = std::min<double>(kMostOpenedAtOnce, pace.tokens + seconds * kOpenedPerSecond);
  pace.filled = now;
  if (pace.tokens < 1 || book_.size() >= Engine::kMostLive) return false;
  std::size_t own = 0;
  for (const auto& [id, side] : sides_) {
    const LiveRun* live = side.host == host ? book_.find(id) : nullptr;
    if (live != nullptr && live->run.target.kind == kCommandTarget) ++own;
  }
  if (own >= kMostOwn) return false;
  pace.tokens -= 1;
  return true;
}

Result<> HostRuns::take_opened(fleet::LiveHost& host, const wire::RunOpened& opened) {
  const auto id = RunId::parse(opened.run_id);
  if (!id) return bad_run_id();
  if (const LiveRun* live = book_.find(*id)) {
    if (live->run.target.kind == kCommandTarget) return {};
    // What it would say of it is not about the run that we know.
    ground_.log.warn("a host says that it began a run which was ordered",
                     {{"host", host.row.id}, {"run", *id}});
    if (Side* side = find_side(*id); side != nullptr && side->host == host.row.id)
      end(*id, *side, RunState::interrupted, "its host says that this run began there by itself");
    return {};
  }
  if (opening_.contains(*id)) return {};
  OpenPace& pace =
      paces_.try_emplace(host.row.id, OpenPace{.filled = ground_.clock.mono_now(), .waiting = {}})
          .first->second;
  if (pace.waiting.size() >= kMostToOpen) {
    ground_.log.warn("a host begins more runs than are recorded",
                     {{"host", host.row.id}, {"name", host.row.name}, {"run", opened.run_id}});
    return {};
  }
  opening_[*id] = {host.row.id, {}};
  pace.waiting.push_back(opened);
  if (!std::exchange(pace.is_opening, true)) tasks_.spawn("runs.open_waiting", open_waiting(host.row.id));
  return {};
}

/// One a host: opens what it began, in order, as fast as it may.
Task<void> HostRuns::open_waiting(HostId host) {
  for (;;) {
    const auto at = paces_.find(host);
    const fleet::LiveHost* there = fleet_.roster().find(host);
    if (at == paces_.end() || there == nullptr) co_return;
    OpenPace& pace = at->second;
    if (pace.waiting.empty()) {
      pace.is_opening = false;
      co_return;
    }
    if (may_open(host, pace)) {
      const wire::RunOpened& opened = pace.waiting.front();
      tasks_.spawn("runs.open", open_run(make_opened(opened, *RunId::parse(opened.run_id), there->row,
                                                     ground_.clock.wall_now())));
      pace.waiting.pop_front();
    } else {
      co_await ground_.clock.sleep_for(kBetweenOpenings);
    }
  }
}

/// Until it is stored: its reports would be taken for those of a run that nobody knows.
Task<void> HostRuns::open_run(Run opened) {
  const auto asked = std::make_shared<const Run>(std::move(opened));
  const RunId id = asked->id;
  auto* self = this;
  for (;;) {
    auto stored = co_await ground_.store.write(
        [self, asked](store::Session& session) {
          if (run_repo::find(session, asked->id)) return;  // told once more
          const auto run = std::make_shared<Run>(*asked);
          run->target.environment = self->place(session, run->target);
          run_repo::insert(session, *run);
          io::reach(io::KillPoint::opened_written);
          const auto noted = expectation_repo::note(session, *run);
          session.after_commit([self, run, noted] {
            io::reach(io::KillPoint::opened_committed);
            self->book_.add(*run, nullptr);
            self->add_side(*run, true, 0);
            self->tell_expectation(*run, noted);
          });
        },
        store::Priority::essential);
    if (stored) break;
    co_await ground_.clock.sleep_for(kAfterFailure);
  }
  const auto opening = opening_.extract(id);
  fleet::LiveHost* host = opening ? fleet_.roster().find(opening.mapped().host) : nullptr;
  if (host == nullptr) co_return;
  for (wire::RunReport& report : opening.mapped().reports)
    ignore(take_report(*host, report), "its id was read before");
}

/// What is wrong with what was expected: that is for the run's log, the command knows nothing of it.
void HostRuns::tell_expectation(const Run& run, expectation_repo::Noted noted) {
  std::string why;
  if (noted == expectation_repo::Noted::too_many)
    why = "only " + std::to_string(kMostExpectations) + " commands of one host are expected";
  if (const auto times = expected_times(run)) {
    if (const auto timing = parse_expected(*times); !timing) why = timing.error();
  }
  if (why.empty()) return;
  book_.log(run.id, {ground_.clock.wall_now(), LogLevel::warning, 0, "--expect is of no effect: " + why, {}});
}

void HostRuns::push(const RunId& id, Side& side, Action action) {
  side.waiting.push_back(std::move(action));
  if (std::exchange(side.is_applying, true)) return;
  tasks_.spawn("runs.apply", apply_waiting(id));
}

void HostRuns::end(const RunId& id, Side& side, RunState state, std::string why) {
  if (std::exchange(side.is_ending, true)) return;
  push(id, side, HostRunEnd{state, std::move(why)});
}

/// The one writer of a host's run: what has come of it, in order, in one change after the other.
Task<void> HostRuns::apply_waiting(RunId id) {
  struct Applying {
    HostRuns& runs;
    RunId id;
    ~Applying() {
      if (Side* side = runs.find_side(id)) side->is_applying = false;
    }
  };
  const Applying applying{*this, id};
  for (;;) {
    const LiveRun* live = book_.find(id);
    Side* side = find_side(id);
    if (live == nullptr || side == nullptr || side->waiting.empty()) co_return;
    const HostId host = side->host;
    const WallTime now = ground_.clock.wall_now();
    const std::uint64_t epoch = live->run.epoch;
    HostRunChange change;
    change.run = live->run;
    for (const Action& action : std::exchange(side->waiting, {})) {
      if (const auto* taken = std::get_if<wire::RunTaken>(&action)) apply_taken(change, *taken, now);
      if (const auto* report = std::get_if<wire::RunReport>(&action)) apply_report(change, *report, now);
      if (const auto* last = std::get_if<HostRunEnd>(&action)) apply_end(change, *last, now);
    }
    if (!change.is_changed) continue;
    for (LogLine& line : change.lines) book_.log(id, std::move(line));
    using enum io::KillPoint;
    const Applied applied{live->run.state == RunState::queued, change.reported > 0, !change.run.is_live()};
    reach(applied, {taken_arrived, step_arrived, result_arrived});
    RunChange stored{std::move(change.run), std::move(change.steps), nullptr};
    stored.also = [id, reported = change.reported, applied](store::Session& session) {
      if (reported > 0) run_repo::set_reported(session, id, reported);
      reach(applied, {taken_written, step_written, result_written});
      return true;
    };
    if (!co_await book_.change(std::move(stored))) co_return;
    reach(applied, {taken_committed, step_committed, result_committed});
    if (change.reported > 0) {
      ignore(send(host, wire::RunReportAck{id.text(), epoch, change.reported}),
             "who misses it reports again");
      if (applied.is_end) io::reach(result_acknowledged);
    }
  }
}

Task<void> HostRuns::sweep_forever() {
  for (;;) {
    co_await ground_.clock.sleep_for(kBetweenSweeps);
    sweep();
  }
}

void HostRuns::sweep() {
  for (auto& [id, side] : sides_) {
    if (const LiveRun* live = book_.find(id); live != nullptr && !side.is_ending) sweep_one(*live, side);
  }
  const MonoTime now = ground_.clock.mono_now();
  std::erase_if(paces_, [&](const auto& one) {
    return !one.second.is_opening && now - one.second.filled > Seconds(kMostOpenedAtOnce);
  });
}

void HostRuns::sweep_one(const LiveRun& live, Side& side) {
  const Run& run = live.run;
  const fleet::LiveHost* host = fleet_.roster().find(side.host);
  if (host == nullptr) return end(run.id, side, RunState::interrupted, "its host was removed");
  const MonoTime now = ground_.clock.mono_now();
  const Seconds limit = abandon_after(live);
  if (host->link != nullptr) {
    side.away_since.reset();
  } else if (!side.away_since) {
    side.away_since = now;
  }
  if (side.away_since && now - *side.away_since >= limit) {
    return end(run.id, side, RunState::abandoned, "its host has been away for " + minutes_text(limit));
  }
  if (side.cancel_wanted && now - *side.cancel_wanted >= limit) {
    return end(run.id, side, RunState::abandoned,
               "its agent did not end it within " + minutes_text(limit) + " after it was cancelled");
  }
  if (side.unheld_since && now - *side.unheld_since >= kUnheldLimit) {
    return end(run.id, side, RunState::interrupted, "nothing was heard of it since its agent came back");
  }
  if (run.state == RunState::queued && now - side.began >= limit) {
    return end(run.id, side, RunState::abandoned, "its agent did not take it within " + minutes_text(limit));
  }
  if (host->link == nullptr) return;
  const auto is_due = [&](const std::optional<MonoTime>& last) {
    return !last || now - *last >= kBetweenRepeats;
  };
  if (side.cancel_wanted) {
    if (is_due(side.cancel_sent)) send_cancel(run, side);
  } else if (run.state == RunState::queued && is_due(side.ordered)) {
    send_order(run, side);
  }
}

void HostRuns::host_removed(const HostId& host) {
  if (const auto pace = paces_.extract(host)) {
    for (const wire::RunOpened& opened : pace.mapped().waiting) opening_.erase(*RunId::parse(opened.run_id));
  }
  for (auto& [id, side] : sides_)
    if (side.host == host) end(id, side, RunState::interrupted, "its host was removed");
}

}  // namespace fettle::runs
