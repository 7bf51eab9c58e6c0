// The figures of runs and schedules in GET /metrics. Loop thread.
#pragma once
#include "fettle/metrics/figure_writer.h"
#include "fettle/runs/engine.h"
#include "fettle/runs/host_runs.h"
#include "fettle/runs/schedule_service.h"

namespace fettle::app {

void write_runs(metrics::FigureWriter& out, const runs::Engine& engine, const runs::HostRuns& hosts);
void write_schedules(metrics::FigureWriter& out, const runs::ScheduleService& schedules);

}  // namespace fettle::app
