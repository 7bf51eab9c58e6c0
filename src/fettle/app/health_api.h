// Whether this server is alive, whether it can take work, and its figures and the fleet's for Prometheus
// (T11).
#pragma once
#include "fettle/access/environments.h"
#include "fettle/fleet/fleet_service.h"
#include "fettle/io/asio_loop.h"
#include "fettle/io/work_queue.h"
#include "fettle/metrics/journal.h"
#include "fettle/net/http_server.h"
#include "fettle/net/router.h"
#include "fettle/runs/engine.h"
#include "fettle/runs/host_runs.h"
#include "fettle/runs/schedule_service.h"
#include "fettle/store/store.h"
#include "fettle/stream/hub.h"

namespace fettle::app {

/// Everything that has figures; all outlive the routes.
struct HealthGround {
  io::Clock& clock;
  io::AsioLoop& loop;
  io::WorkQueue& workers;
  const store::Store& store;
  const metrics::Journal& journal;
  const stream::Hub& hub;
  fleet::Fleet& fleet;
  const access::Environments& environments;
  const net::HttpServer& http;
  const io::WorkQueue& passwords;
  const net::Router& router;
  const runs::Engine& runs;
  const runs::HostRuns& host_runs;
  const runs::ScheduleService& schedules;
  bool metrics_open_on_loopback = false;
  bool is_stopping = false;
};

void add_health_routes(net::Router& router, HealthGround& ground);

}  // namespace fettle::app
