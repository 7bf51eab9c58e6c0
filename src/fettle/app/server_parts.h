// Everything that one server is made of, in the order in which it is built; destruction is the reverse.
// Private to app.
#pragma once
#include <optional>
#include <string>

#include "fettle/access/access.h"
#include "fettle/app/backup_api.h"
#include "fettle/app/certificate_keeper.h"
#include "fettle/app/copy_maker.h"
#include "fettle/app/data_folder.h"
#include "fettle/app/health_api.h"
#include "fettle/app/install_api.h"
#include "fettle/app/reload.h"
#include "fettle/cli/options.h"
#include "fettle/events/condition_service.h"
#include "fettle/events/conditions_api.h"
#include "fettle/events/event_log.h"
#include "fettle/events/events_api.h"
#include "fettle/fleet/fleet_api.h"
#include "fettle/fleet/fleet_service.h"
#include "fettle/fleet/watch_api.h"
#include "fettle/io/asio_loop.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/service_notice.h"
#include "fettle/io/signals.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/system_files.h"
#include "fettle/io/system_random.h"
#include "fettle/io/task_scope.h"
#include "fettle/io/work_queue.h"
#include "fettle/logs/log_feed.h"
#include "fettle/metrics/history.h"
#include "fettle/metrics/journal.h"
#include "fettle/metrics/tiers.h"
#include "fettle/net/assets.h"
#include "fettle/net/http_server.h"
#include "fettle/net/router.h"
#include "fettle/runs/engine.h"
#include "fettle/runs/expectations.h"
#include "fettle/runs/host_runs.h"
#include "fettle/runs/schedule_service.h"
#include "fettle/store/sqlite_store.h"
#include "fettle/stream/hub.h"
#include "fettle/upkeep/believed_clock.h"
#include "fettle/upkeep/condition_doubts.h"
#include "fettle/upkeep/upkeep_service.h"

namespace fettle::app {

struct ServerParts {
  ServerParts(cli::ServerOptions chosen, io::Log& log_to_use, io::SystemFiles& files_to_use,
              std::shared_ptr<io::LogRing> log_ring, DataFolder& data_folder, std::string id,
              const access::MasterKeys& keys, std::unique_ptr<CertificateKeeper> keeper);

  cli::ServerOptions options;
  io::Log& log;
  io::SystemFiles& files;
  DataFolder& folder;
  std::string server_id;
  io::ServiceNotice service;
  std::unique_ptr<CertificateKeeper> certificate;  // null where the server speaks no TLS

  io::AsioLoop loop;
  io::SystemClock clock{loop};
  io::SystemRandom random;
  std::unique_ptr<io::WorkQueue> workers;  // large answers and files; what is queued ends with it

  store::SqliteStore store;
  stream::Hub hub;
  events::EventLog events;
  events::Conditions conditions;
  logs::LogFeed logs;
  metrics::Journal journal;
  metrics::History history;
  metrics::Tiers tiers;
  access::Access access;
  fleet::Fleet fleet;
  fleet::FleetApi fleet_api;
  upkeep::BelievedClock believed;
  runs::Engine runs;
  runs::ScheduleService schedules;
  runs::HostRuns host_runs;
  runs::Expectations expectations;
  upkeep::ConditionDoubts doubts;
  CopyMaker copies;
  upkeep::UpkeepService upkeep;
  ProgramFile program;
  InstallApi install;

  net::Router router;
  net::Assets assets;
  net::HttpServer http;
  HealthGround health;
  BackupDoor backup_door;

  Reload reload;  // what SIGHUP does
  bool is_stopping = false;
  std::optional<Error> fault;  // why it ends, when nobody asked it to
  io::TaskScope watch;         // what looks after the others; ends before they do
  io::TaskScope starting;      // cut short when it is to stop before it serves
  io::TaskScope tasks;
};

/// Loads and serves from the open store; an error ends the process before it served.
Task<Result<>> start_server(ServerParts& parts);
/// shutdown.cc: begins to stop, once; the loop ends when all is stopped.
void begin_stop(ServerParts& parts);
/// A failed write or sync (R2): says why and ends the process at once, without a further word to anyone.
[[noreturn]] void end_at_once(const io::Log& log, const Error& error);

}  // namespace fettle::app
