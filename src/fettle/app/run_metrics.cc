#include "fettle/app/run_metrics.h"

namespace fettle::app {
namespace {

using runs::RunState;

double number(std::uint64_t value) {
  return static_cast<double>(value);
}

}  // namespace

void write_runs(metrics::FigureWriter& out, const runs::Engine& engine, const runs::HostRuns& hosts) {
  const runs::RunFigures book = engine.book().figures();
  out.counter("fettle_runs_started", "", "Runs that began, or were queued", number(book.started));
  out.begin_counter("fettle_runs_ended", "", "Runs that ended, by the state that they ended in");
  for (std::size_t i = 0; i < runs::kRunStates; ++i)
    if (const auto state = static_cast<RunState>(i); is_final(state))
      out.add({{"state", state_name(state)}}, number(book.ended[i]));
  out.begin_gauge("fettle_runs_live", "", "Runs that have not ended, by state");
  for (std::size_t i = 0; i < runs::kRunStates; ++i)
    if (const auto state = static_cast<RunState>(i); !is_final(state))
      out.add({{"state", state_name(state)}}, number(book.live[i]));
  out.gauge("fettle_runs_live_capacity", "", "Runs that may be live", number(runs::Engine::kMostLive));
  out.gauge("fettle_runs_waiting", "", "Runs of the server itself that wait for others of it to end",
            number(engine.server_runs().waiting()));
  out.counter("fettle_run_log_lines_dropped", "",
              "Lines left out of the logs of runs because these were full", number(book.dropped_lines));
  const runs::HostRunFigures host = hosts.figures();
  out.gauge("fettle_run_orders_unacknowledged", "",
            "Orders that were sent to agents and not taken by them yet", number(host.unacknowledged_orders));
  out.gauge("fettle_run_reports_waiting", "", "Reports of agents on runs that wait to be stored",
            number(host.waiting_reports));
  out.gauge("fettle_run_openings_waiting", "",
            "Runs that hosts began by themselves and that wait to be recorded",
            number(host.waiting_openings));
}

void write_schedules(metrics::FigureWriter& out, const runs::ScheduleService& schedules) {
  const runs::SchedulerFigures& figures = schedules.figures();
  const runs::ScheduleBook& book = schedules.book();
  out.gauge("fettle_schedules", "", "Schedules", number(book.size()));
  out.gauge("fettle_schedules_capacity", "", "Schedules that there may be", number(runs::kMostSchedules));
  out.gauge("fettle_schedules_blocked", "", "Schedules with a due time that waits for its host",
            number(book.blocked()));
  out.gauge("fettle_pending_runs", "", "Due times that wait to be handed to their hosts",
            number(book.pending().size()));
  out.counter("fettle_pending_runs_failed_attempts", "", "Attempts to hand one over that were refused",
              number(figures.failed_attempts));
  out.counter("fettle_pending_runs_abandoned", "", "Pending runs that were given up",
              number(figures.abandoned));
  out.counter("fettle_schedule_starts", "", "Runs that schedules began", number(figures.started));
  out.counter("fettle_schedule_starts_repeated", "", "Due times that turned out to have their run already",
              number(figures.repeated));
  out.counter("fettle_schedule_decisions", "", "Looks at a schedule for what is due",
              number(figures.decisions));
  out.counter("fettle_schedule_failed_writes", "", "Writes of decisions that the store refused",
              number(figures.failed_writes));
  out.counter("fettle_schedule_clock_corrections", "",
              "Schedules whose times were computed anew for a wrong clock",
              number(figures.clock_corrections));
  out.histogram("fettle_schedule_start_lateness_seconds", "seconds",
                "How long after their due time schedules began runs", figures.lateness_seconds);
  out.histogram("fettle_schedule_sweep_seconds", "seconds",
                "How long the sweeps took that found something due", figures.sweep_seconds);
  out.gauge("fettle_schedule_zones", "", "Time zones in memory", number(schedules.zones()));
  out.gauge("fettle_schedule_zones_capacity", "", "Time zones that may be in memory",
            number(runs::ZoneBook::kMostZones));
}

}  // namespace fettle::app
