#include "fettle/runs/scheduler.h"

#include <fmt/format.h>

#include <algorithm>

#include "fettle/access/audit_repo.h"
#include "fettle/io/async_event.h"
#include "fettle/io/kill_points.h"
#include "fettle/runs/schedule_order.h"
#include "fettle/runs/schedule_overdue.h"

namespace fettle::runs {
namespace {

// One write holds so many decisions: a few milliseconds of the writer, and one sync for all of them.
constexpr std::size_t kBatch = 64;
// Decided before anything of it is written: eight writes, which share a sync.
constexpr std::size_t kPerPass = 512;
// After a failed write the store is left alone for a while.
constexpr Millis kAfterFailure{5'000};

/// What a decision costs, as a multiple of most: where many missed times run, as many are computed.
std::size_t weight_of(const ScheduleSettings& settings) {
  constexpr std::size_t kTimesAWeight = 20;
  return settings.misfire == Misfire::run_all ? 1 + settings.misfire_limit / kTimesAWeight : 1;
}

}  // namespace

Scheduler::Scheduler(ScheduleGround& ground, ScheduleBook& book, ZoneBook& zones, SchedulerSettings settings)
    : ground_(ground),
      book_(book),
      settings_(settings),
      drain_(ground, book, figures_),
      care_(ground, book, zones),
      tasks_(ground.loop, ground.log) {}

void Scheduler::start() {
  ground_.runs.on_changed([this](const Run& run) { run_changed(run); });
  tasks_.spawn("schedules: sweep", sweep_forever());
  tasks_.spawn("schedules: drain", drain_forever());
  tasks_.spawn("schedules: look after", look_after_forever());
}

Task<void> Scheduler::sweep_forever() {
  while (true) {
    co_await sweep();
    if (std::exchange(is_drain_wanted_, false)) co_await drain({});
    co_await ground_.clock.sleep_for(settings_.sweep);
  }
}

Task<void> Scheduler::drain_forever() {
  while (true) {
    co_await ground_.clock.sleep_for(settings_.drain);
    co_await drain({});
  }
}

Task<void> Scheduler::look_after_forever() {
  constexpr int kPruneEvery = 60;
  for (int round = 1;; ++round) {
    co_await ground_.clock.sleep_for(settings_.upkeep);
    co_await look_after();
    if (round % kPruneEvery == 1) co_await prune();
  }
}

void Scheduler::host_came(const HostId& host) {
  if (book_.waiting_of(host).empty()) return;
  tasks_.spawn("schedules: host came", drain_.host_came(host));
}

void Scheduler::run_changed(const Run& run) {
  if (run.is_live()) return;
  is_drain_wanted_ = is_drain_wanted_ || !book_.pending().empty();
  // The next of those that were missed may run now.
  if (!run.occurrence) return;
  LiveSchedule* live = book_.find(run.occurrence->schedule);
  if (live == nullptr || live->look_at == WallTime()) return;
  live->look_at = {};
  book_.settle(*live);
}

std::optional<RunId> Scheduler::live_run(const LiveSchedule& live) const {
  const Target& target = live.row.settings.target;
  const Run* holder = ground_.runs.holder(target.kind, target.id);
  if (holder == nullptr || !holder->occurrence || holder->occurrence->schedule != live.row.id)
    return std::nullopt;
  return holder->id;
}

std::optional<DueJob> Scheduler::decide(LiveSchedule& live, WallTime now) {
  const Plan* plan = ground_.runs.find_plan(live.row.settings.plan);
  const Readiness ready = readiness(ground_.runs, live.row);
  const DueFacts facts{live.row,
                       live.timing,
                       *live.zone,
                       now,
                       live_run(live),
                       live.pending ? &*live.pending : nullptr,
                       live.blocked,
                       !ready.why_not_now().empty(),
                       plan != nullptr && plan->misses == Misses::queued,
                       ready.cannot_run,
                       ready.why_not_now()};
  DueJob job{live.row, decide_due(facts), nullptr, now};
  if (!facts.why_away.empty()) live.why_blocked = facts.why_away;
  ++figures_.decisions;
  if (!job.decision.has_effect(live.row)) {
    live.blocked = job.decision.blocked;
    // What is due and waits is looked at again after a while; what is not due has its time.
    const bool is_waiting = live.next && live.next->at <= now;
    live.look_at = is_waiting ? now + settings_.wait : WallTime();
    book_.settle(live);
    return std::nullopt;
  }
  if (const auto* start = std::get_if<StartDue>(&job.decision.action))
    job.start = ground_.runs.prepare(order_of(ground_.runs, live.row, start->fire.at, start->fire.fold));
  return job;
}

Task<void> Scheduler::look_at_all(WallTime now) {
  std::vector<ScheduleId> ids;
  ids.reserve(book_.size());
  for (const auto& [id, live] : book_.all()) ids.push_back(id);
  std::size_t looked = 0;
  for (const ScheduleId& id : ids) {
    if (++looked % kSchedulesPerTurn == 0)
      co_await ground_.clock.sleep_for(kTurnPause);  // others have their turn
    book_.look_at(id, now);
  }
}

Task<void> Scheduler::sweep() {
  ++figures_.sweeps;
  const WallTime now = ground_.clock.wall_now();
  const MonoTime mono = ground_.clock.mono_now();
  const auto seen = std::exchange(seen_, std::pair(now, mono));
  std::string correction;
  if (seen) {
    const auto moved = std::chrono::round<Seconds>((now - seen->first) - (mono - seen->second));
    if (moved > kClockCorrection || moved < -kClockCorrection) {
      correction = fmt::format("the clock was moved by {} s", moved.count());
      co_await look_at_all(now);
    }
  } else {
    co_await look_at_all(now);  // the clock may have been corrected while no server ran
  }
  was_corrected_ = false;
  // Each pass settles what it looked at; the bound is for a clock that runs away meanwhile.
  const std::size_t most_passes = 2 + 2 * (book_.size() / kPerPass + 1);
  const bool is_any_due = book_.is_any_due(now);
  bool is_fine = true;
  for (std::size_t pass = 0; is_fine && pass < most_passes && book_.is_any_due(now); ++pass) {
    std::vector<DueJob> jobs;
    std::size_t looked = 0;
    for (const ScheduleId& id : book_.due(now, kPerPass)) {
      if (looked >= kSchedulesPerTurn) {
        looked = 0;
        co_await ground_.clock.sleep_for(kTurnPause);  // others have their turn
      }
      LiveSchedule* live = book_.find(id);
      if (live == nullptr || !live->next) continue;
      looked += weight_of(live->row.settings);
      if (auto job = decide(*live, now)) jobs.push_back(std::move(*job));
    }
    if (jobs.empty()) {
      co_await ground_.clock.sleep_for(kTurnPause);
    } else {
      is_fine = co_await write_batches(std::move(jobs));
    }
  }
  if (is_any_due)
    figures_.sweep_seconds.add(std::chrono::duration<double>(ground_.clock.mono_now() - mono).count());
  if (was_corrected_ && correction.empty()) correction = "due times were settled ahead of the clock";
  if (!correction.empty()) co_await tell_clock(std::move(correction));
}

/// What several writes at once have in common; shared, since a stop ends them in any order.
struct Scheduler::Batches {
  std::size_t left = 0;
  bool is_fine = true;
  io::AsyncEvent done;
};

Task<void> Scheduler::write_batch(std::shared_ptr<Batches> all, std::vector<DueJob> jobs) {
  struct End {
    Batches& all;
    ~End() {
      if (--all.left == 0) all.done.set();
    }
  };
  const End end{*all};
  const bool is_fine = co_await write_due(std::move(jobs));
  all->is_fine = all->is_fine && is_fine;
}

/// At the same time, so that they share the syncs of the store.
Task<bool> Scheduler::write_batches(std::vector<DueJob> jobs) {
  auto all = std::make_shared<Batches>();
  all->left = (jobs.size() + kBatch - 1) / kBatch;
  for (std::size_t at = 0; at < jobs.size(); at += kBatch) {
    const auto begin = jobs.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = jobs.begin() + static_cast<std::ptrdiff_t>(std::min(at + kBatch, jobs.size()));
    tasks_.spawn("schedules: write",
                 write_batch(all, {std::make_move_iterator(begin), std::make_move_iterator(end)}));
  }
  co_await all->done.wait();
  co_return all->is_fine;
}

Task<bool> Scheduler::write_due(std::vector<DueJob> jobs) {
  io::reach(io::KillPoint::due_decided);
  auto written = co_await ground_.store.write([jobs](store::Session& session) {
    std::vector<DueResult> out;
    out.reserve(jobs.size());
    for (const DueJob& job : jobs) out.push_back(write_due_job(session, job));
    return out;
  });
  if (written) {
    for (std::size_t i = 0; i < jobs.size(); ++i) apply(jobs[i], std::move((*written)[i]));
    co_return true;
  }
  ++figures_.failed_writes;
  if (jobs.size() > 1) {  // one of them may be at fault: the others need not wait for it
    bool is_any_done = false;
    for (DueJob& job : jobs) is_any_done = co_await write_due({std::move(job)}) || is_any_done;
    co_return is_any_done;
  }
  ground_.log.warn("a due time could not be written down; it is tried again",
                   {{"schedule", jobs.front().before.id}, {"error", written.error()}});
  if (LiveSchedule* live = book_.find(jobs.front().before.id)) {
    live->look_at = ground_.clock.wall_now() + kAfterFailure;
    book_.settle(*live);
  }
  co_return false;
}

void Scheduler::apply(const DueJob& job, DueResult result) {
  LiveSchedule* live = book_.find(job.before.id);
  if (result.was_lost) {
    if (live == nullptr) return;
    if (!result.fresh) {
      book_.erase(job.before.id);
    } else if (result.fresh->revision == live->row.revision) {
      live->row.settled_until = result.fresh->settled_until;
      live->row.last = result.fresh->last;
      live->pending = std::move(result.pending);
      live->look_at = {};
      book_.settle(*live);
    } else {  // changed by somebody whose commit is about to be told
      live->look_at = job.now + settings_.sweep;
      book_.settle(*live);
    }
    return;
  }
  if (result.run) {
    ++figures_.started;
    if (const auto* start = std::get_if<StartDue>(&job.decision.action)) {
      const Micros late = ground_.clock.wall_now() -
                          (WallTime(start->fire.at) + jitter_of(job.before.id, job.before.settings.jitter));
      figures_.lateness_seconds.add(std::chrono::duration<double>(late).count());
      if (start->outcome == LedgerOutcome::ran) figures_.latest_start = std::max(figures_.latest_start, late);
    }
  }
  if (result.is_repeated) ++figures_.repeated;
  if (job.decision.is_clock_corrected) {
    was_corrected_ = true;
    ++figures_.clock_corrections;
  }
  if (const auto* pend = std::get_if<PendDue>(&job.decision.action); pend != nullptr && pend->cancels) {
    struct Cancel {
      static Task<void> go(RunService& runs, access::Actor actor, RunId id) {
        ignore(co_await runs.cancel(std::move(actor), id), "it may have ended by itself");
      }
    };
    tasks_.spawn("schedules: make room",
                 Cancel::go(ground_.runs, {"schedule", job.before.id.text(), job.before.settings.name, {}},
                            *pend->cancels));
  }
  if (live == nullptr) return;
  if (live->row.revision == job.before.revision) live->row.settled_until = job.decision.settled_until;
  if (result.last_anew) live->row.last = *result.last_anew;
  if (result.last) live->row.last = result.last;
  live->pending = std::move(result.pending);
  live->blocked = job.decision.blocked;
  live->look_at = live->blocked ? job.now + settings_.wait : WallTime();
  book_.settle(*live);
  tell_overdue(ground_.conditions, *live, ground_.clock.wall_now());
}

Task<void> Scheduler::tell_clock(std::string detail) {
  const WallTime now = ground_.clock.wall_now();
  ground_.log.warn("the clock was corrected; due times are computed anew", {{"what", detail}});
  const access::AuditEntry entry{now,
                                 {"server", ground_.server_id, "server", {}},
                                 "schedules.clock_corrected",
                                 ground_.server_id,
                                 std::move(detail)};
  ignore(co_await ground_.store.write(
             [entry](store::Session& session) { access::audit_repo::append(session, entry); },
             store::Priority::essential),
         "it is in the server's log as well");
}

}  // namespace fettle::runs
