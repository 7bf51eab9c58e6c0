#include "fettle/runs/pending_drain.h"

#include "fettle/io/kill_points.h"
#include "fettle/runs/schedule_conditions.h"
#include "fettle/runs/schedule_order.h"
#include "fettle/runs/schedule_overdue.h"

namespace fettle::runs {
namespace {

// One write holds so many: a few milliseconds of the writer, and one sync for all of them.
constexpr std::size_t kBatch = 64;

}  // namespace

Task<void> PendingDrain::host_came(HostId host) {
  const WallTime now = ground_.clock.wall_now();
  std::size_t looked = 0;
  const auto& waiting = book_.waiting_of(host);
  for (const ScheduleId& id : std::vector(waiting.begin(), waiting.end())) {
    if (++looked % kSchedulesPerTurn == 0) co_await ground_.clock.sleep_for(kTurnPause);
    LiveSchedule* live = book_.find(id);
    if (live == nullptr || !live->blocked) continue;
    live->look_at = now;
    book_.settle(*live);
  }
  co_await drain(host);
}

Task<void> PendingDrain::drain(std::optional<HostId> host) {
  const WallTime now = ground_.clock.wall_now();
  const auto& all = host ? book_.waiting_of(*host) : book_.pending();
  const std::vector<ScheduleId> waiting(all.begin(), all.end());
  std::vector<PendingJob> jobs;
  std::vector<Way> in_the_way;
  std::size_t looked = 0;
  for (const ScheduleId& id : waiting) {
    if (++looked % kSchedulesPerTurn == 0) co_await ground_.clock.sleep_for(kTurnPause);
    LiveSchedule* live = book_.find(id);
    if (live == nullptr || !live->pending) continue;
    if (auto way = run_in_the_way(*live)) in_the_way.push_back(std::move(*way));
    if (auto job = decide(*live, now, host.has_value())) jobs.push_back(std::move(*job));
    if (jobs.size() >= kBatch) co_await write(std::exchange(jobs, {}));
  }
  if (!jobs.empty()) co_await write(std::move(jobs));
  for (const Way& way : in_the_way)
    ignore(co_await ground_.runs.cancel(way.schedule, way.run), "the next drain asks again, or it has ended");
}

/// The run of the schedule's own that is to make room and was not asked to: the wish that followed its due
/// time was lost with a kill or a full queue.
std::optional<PendingDrain::Way> PendingDrain::run_in_the_way(const LiveSchedule& live) const {
  const ScheduleSettings& settings = live.row.settings;
  if (settings.overlap != Overlap::cancel_running) return std::nullopt;
  const Run* holder = ground_.runs.holder(settings.target.kind, settings.target.id);
  if (holder == nullptr || holder->cancel_requested_at || !holder->occurrence ||
      holder->occurrence->schedule != live.row.id)
    return std::nullopt;
  // What waits may be the very time that has just been handed out.
  if (std::pair(holder->occurrence->nominal, holder->occurrence->fold) >=
      std::pair(WallTime(live.pending->nominal), live.pending->fold))
    return std::nullopt;
  return Way{{"schedule", live.row.id.text(), settings.name, {}}, holder->id};
}

std::optional<PendingJob> PendingDrain::decide(LiveSchedule& live, WallTime now, bool has_host_come) {
  const Target& target = live.row.settings.target;
  const Readiness ready = readiness(ground_.runs, live.row);
  const PendingDecision decision =
      decide_pending({.pending = *live.pending,
                      .schedule = &live.row,
                      .now = now,
                      .is_host_away = !ready.why_away.empty(),
                      .has_host_come = has_host_come,
                      .is_target_busy = ground_.runs.holder(target.kind, target.id) != nullptr,
                      .refusal = ready.refusal,
                      .cannot_run = ready.cannot_run});
  if (decision.step == PendingStep::wait) return std::nullopt;
  PendingJob job{.before = *live.pending,
                 .schedule = live.row,
                 .step = decision.step,
                 .start = nullptr,
                 .reason = decision.reason,
                 .event = {},
                 .server = {"server", ground_.server_id, "server", {}},
                 .now = now};
  if (decision.step == PendingStep::attempt) {
    job.start =
        ground_.runs.prepare(order_of(ground_.runs, live.row, live.pending->nominal, live.pending->fold));
  } else if (decision.step == PendingStep::abandon) {
    job.event =
        abandoned_event(ground_.random.make_id<EventId>(now), now, live.row, *live.pending, decision.reason);
  }
  return job;
}

Task<void> PendingDrain::write(std::vector<PendingJob> jobs) {
  io::reach(io::KillPoint::pending_decided);
  events::EventLog* log = &ground_.events;
  auto written = co_await ground_.store.write([jobs, log](store::Session& session) {
    std::vector<PendingResult> out;
    out.reserve(jobs.size());
    for (const PendingJob& job : jobs) out.push_back(write_pending_job(session, *log, job));
    return out;
  });
  if (!written) {  // the rows are as they were; the next drain comes
    ++figures_.failed_writes;
    ground_.log.warn("pending runs could not be handed out; they are tried again",
                     {{"error", written.error()}});
    co_return;
  }
  for (PendingResult& result : *written) apply(std::move(result));
}

void PendingDrain::apply(PendingResult result) {
  const WallTime now = ground_.clock.wall_now();
  if (result.was_abandoned) ++figures_.abandoned;
  if (result.has_failed) ++figures_.failed_attempts;
  LiveSchedule* live = book_.find(result.schedule);
  if (result.was_started && result.last) {
    ++figures_.started;
    const Millis jitter = live == nullptr ? Millis(0) : live->row.settings.jitter;
    const WallTime due = WallTime(result.last->nominal) + jitter_of(result.schedule, jitter);
    figures_.lateness_seconds.add(std::chrono::duration<double>(now - due).count());
  }
  if (live == nullptr) return;
  live->pending = std::move(result.pending);
  if (result.last && (!live->row.last || live->row.last->nominal <= result.last->nominal))
    live->row.last = result.last;
  book_.settle(*live);
  tell_overdue(ground_.conditions, *live, now);
}

}  // namespace fettle::runs
