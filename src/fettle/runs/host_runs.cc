#include "fettle/runs/host_runs.h"

#include <algorithm>

#include "fettle/base/text.h"
#include "fettle/io/kill_points.h"
#include "fettle/runs/ledger_repo.h"
#include "fettle/runs/run_repo.h"

namespace fettle::runs {
namespace {

constexpr Seconds kBetweenSweeps{5};
constexpr Seconds kBetweenRepeats{10};  // of an order, of a wish to cancel
/// Looked at in one turn of the loop: a fraction of a millisecond.
constexpr std::size_t kPerTurn = 500;
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

}  // namespace

HostRuns::HostRuns(const RunGround& ground, fleet::Fleet& fleet, Engine& engine)
    : ground_(ground),
      fleet_(fleet),
      engine_(engine),
      book_(engine.book()),
      openings_(ground, fleet, book_,
                {.on_stored = [this](const Run& run) { add_side(run, true, 0); },
                 .on_report =
                     [this](fleet::LiveHost& host, wire::RunReport& report) {
                       ignore(take_report(host, report), "its id was read before");
                     }}),
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
  fleet_.on_hello([this](fleet::LiveHost& host) { gates_.shut(host.row.id); });
  fleet_.on_removed([this](const HostId& host) { host_removed(host); });
  fleet_.on_moved([this](const fleet::LiveHost& host, const EnvironmentId& /*from*/) {
    book_.move_host(host.row.id, host.row.environment);
  });
  fleet_.care().on_move_write([](store::Session& session, const fleet::HostMove& move) {
    run_repo::move_host(session, move.host, move.route.to);
  });
  fleet_.care().history().add_kind({.name = "run",
                                    .is_of_hosts_only = true,
                                    .move = [rows = run_repo::moving_runs()](auto& session, auto& step) {
                                      return store::move_some(session, rows, step);
                                    }});
  fleet_.care().history().add_kind(
      {.name = "ledger", .is_of_hosts_only = true, .move = ledger_repo::move_some});
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
  co_await openings_.stop();
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

HostRunFigures HostRuns::figures() const {
  HostRunFigures out;
  for (const auto& [id, side] : sides_) {
    const LiveRun* live = book_.find(id);
    if (live != nullptr && live->run.state == RunState::queued && side.was_ordered)
      ++out.unacknowledged_orders;
    out.waiting_reports += side.waiting.size();
  }
  out.waiting_openings = openings_.waiting();
  return out;
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

std::optional<EnvironmentId> HostRuns::place(store::Session& session, const Target& target) const {
  return run_repo::place_of_host(session, *target.host);
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
  if (!gates_.is_open(side.host)) return;  // its agent is about to say what it holds
  if (const auto other = gates_.in_the_way(side.host, run.target)) {
    if (std::exchange(side.is_wait_told, true)) return;
    return book_.log(run.id, {ground_.clock.wall_now(),
                              LogLevel::info,
                              0,
                              "waits for the end of " + other->text() +
                                  ", which has ended here and goes on on its host; it was told to end",
                              {}});
  }
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

void HostRuns::add_unwanted(const HostId& host, const Run& run, std::uint64_t epoch) {
  gates_.add(host, {run.id, epoch, run.target});
}

void HostRuns::note_ended(const HostId& host, const RunId& id) {
  if (gates_.erase(host, id)) order_waiting(host);
}

/// What waits for its host's word, or for the end of another run there.
void HostRuns::order_waiting(const HostId& host) {
  for (const RunId& id : std::vector(book_.of_host(host).begin(), book_.of_host(host).end())) {
    const LiveRun* live = book_.find(id);
    Side* side = find_side(id);
    if (live == nullptr || side == nullptr || side->is_ending || side->ordered || side->cancel_wanted)
      continue;
    if (live->run.state == RunState::queued) send_order(live->run, *side);
  }
}

void HostRuns::send_wishes() {
  for (const HostGates::Wish& wish : gates_.due_wishes(ground_.clock.mono_now()))
    ignore(send(wish.host, wire::RunCancel{wish.run.text(), wish.epoch}), "asked again");
}

void HostRuns::end(const RunId& id, Side& side, RunState state, std::string why) {
  if (std::exchange(side.is_ending, true)) return;
  // Given up while its agent may have it: before its target is free, that is known to be in the way.
  const LiveRun* live = book_.find(id);
  if (state == RunState::abandoned && side.was_ordered && live != nullptr)
    add_unwanted(side.host, live->run, live->run.epoch);
  push(id, side, HostRunEnd{state, std::move(why)});
}

Task<void> HostRuns::sweep_forever() {
  for (;;) {
    co_await ground_.clock.sleep_for(kBetweenSweeps);
    co_await sweep();
  }
}

Task<void> HostRuns::sweep() {
  std::vector<RunId> ids;
  ids.reserve(sides_.size());
  for (const auto& [id, side] : sides_) ids.push_back(id);
  std::size_t looked = 0;
  for (const RunId& id : ids) {
    if (++looked % kPerTurn == 0) co_await ground_.clock.sleep_for(Millis(1));  // others have their turn
    const LiveRun* live = book_.find(id);
    Side* side = find_side(id);
    if (live != nullptr && side != nullptr && !side->is_ending) sweep_one(*live, *side);
  }
  openings_.sweep();
  send_wishes();
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
    const auto other = gates_.in_the_way(side.host, run.target);
    return end(run.id, side, RunState::abandoned,
               other ? "its host did not end " + other->text() + " within " + minutes_text(limit)
                     : "its agent did not take it within " + minutes_text(limit));
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
  openings_.forget(host);
  gates_.forget(host);
  for (const RunId& id : std::vector(book_.of_host(host).begin(), book_.of_host(host).end()))
    if (Side* side = find_side(id)) end(id, *side, RunState::interrupted, "its host was removed");
}

}  // namespace fettle::runs
