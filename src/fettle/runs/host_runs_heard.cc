// What the agents of hosts say of their runs, and what comes of it.
#include <algorithm>

#include "fettle/io/kill_points.h"
#include "fettle/runs/host_runs.h"
#include "fettle/runs/run_repo.h"

namespace fettle::runs {
namespace {

constexpr Seconds kAfterFailure{1};

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
  if (!taken.refused.empty()) note_ended(host.row.id, *id);
  Side* side = find_side(*id);
  if (side != nullptr && side->host == host.row.id) {
    if (side->waiting.size() < kMostWaiting) push(*id, *side, taken);
    return;
  }
  if (!taken.refused.empty()) return;
  // It is over here (cancelled, given up) and has begun there.
  ignore(send(host.row.id, wire::RunCancel{taken.run_id, taken.epoch}), "asked again where it is known");
  tasks_.spawn("runs.find_unwanted", find_unwanted(host.row.id, {{taken.run_id, taken.epoch, false}}, {}));
}

Result<> HostRuns::take_report(fleet::LiveHost& host, wire::RunReport& report) {
  const auto id = RunId::parse(report.run_id);
  if (!id) return bad_run_id();
  if (openings_.keeps(host.row.id, *id, report)) return {};
  if (report.phase > wire::RunPhase::running) note_ended(host.row.id, *id);
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
  const HostId& id = host.row.id;
  const std::uint64_t number = gates_.shut(id);
  if (!held.is_partial) gates_.clear(id);
  for (const RunId& run : std::vector(book_.of_host(id).begin(), book_.of_host(id).end())) {
    const LiveRun* live = book_.find(run);
    Side* side = find_side(run);
    if (live != nullptr && side != nullptr) take_held_one(*live, *side, held);
  }
  std::vector<wire::HeldRun> unknown;
  for (const wire::HeldRun& one : held.runs) {
    const auto run = RunId::parse(one.run_id);
    if (run && !one.is_over && book_.find(*run) == nullptr) unknown.push_back(one);
  }
  if (!unknown.empty()) {
    tasks_.spawn("runs.find_unwanted", find_unwanted(id, std::move(unknown), number));
    return;
  }
  if (gates_.open(id, number)) order_waiting(id);
}

void HostRuns::take_held_one(const LiveRun& live, Side& side, const wire::RunsHeld& held) {
  const Run& run = live.run;
  const bool is_there = names(held, run);
  if (side.is_ending) {  // given up, and about to be stored so
    if (is_there) add_unwanted(side.host, run, run.epoch);
    return;
  }
  if (is_there) side.unheld_since.reset();
  if (is_there && run.state == RunState::queued)
    push(run.id, side, wire::RunTaken{run.id.text(), run.epoch, {}});
  switch (decide_held(run, held)) {
    case HeldFate::goes_on:
      break;
    case HeldFate::order_again:
      side.ordered.reset();
      break;
    case HeldFate::cancel:
      send_cancel(run, side);
      break;
    case HeldFate::cancelled:
      end(run.id, side, RunState::cancelled, cancelled_text(run));
      break;
    case HeldFate::lost:
      // Whoever began it there by itself may not have told the agent again yet.
      if (run.target.kind == kCommandTarget) {
        if (!side.unheld_since) side.unheld_since = ground_.clock.mono_now();
        break;
      }
      end(run.id, side, RunState::interrupted, "the agent does not know this run any more");
      break;
  }
}

/// What is not known here at all may be one that the host began by itself, and is none of our business.
Task<void> HostRuns::find_unwanted(HostId host, std::vector<wire::HeldRun> held,
                                   std::optional<std::uint64_t> number) {
  struct Found {
    Run run;
    std::uint64_t epoch;
  };
  for (;;) {
    auto ended = co_await ground_.store.read([host, held](store::Session& session) {
      std::vector<Found> out;
      for (const wire::HeldRun& one : held) {
        auto run = run_repo::find(session, *RunId::parse(one.run_id));
        if (run && !run->is_live() && run->target.host == host) out.push_back({std::move(*run), one.epoch});
      }
      return out;
    });
    if (ended) {
      if (fleet_.roster().find(host) == nullptr) co_return;  // removed meanwhile, with all that it held
      for (const Found& one : *ended) add_unwanted(host, one.run, one.epoch);
      break;
    }
    if (!number) co_return;  // its next hello says it again
    co_await ground_.clock.sleep_for(kAfterFailure);
  }
  if (number && gates_.open(host, *number)) order_waiting(host);
  send_wishes();
}

Result<> HostRuns::take_opened(fleet::LiveHost& host, const wire::RunOpened& opened) {
  const auto id = RunId::parse(opened.run_id);
  if (!id) return bad_run_id();
  const LiveRun* live = book_.find(*id);
  if (live != nullptr && live->run.target.kind != kCommandTarget) {
    // What it would say of it is not about the run that we know.
    ground_.log.warn("a host says that it began a run which was ordered",
                     {{"host", host.row.id}, {"run", *id}});
    if (Side* side = find_side(*id); side != nullptr && side->host == host.row.id) {
      // It may be carrying out what we ordered all the same.
      if (side->was_ordered && !side->is_ending) add_unwanted(side->host, live->run, live->run.epoch);
      end(*id, *side, RunState::interrupted, "its host says that this run began there by itself");
    }
    return {};
  }
  openings_.take(host, *id, opened);
  return {};
}

void HostRuns::push(const RunId& id, Side& side, Action action) {
  side.waiting.push_back(std::move(action));
  if (std::exchange(side.is_applying, true)) return;
  tasks_.spawn("runs.apply", apply_waiting(id));
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

}  // namespace fettle::runs
