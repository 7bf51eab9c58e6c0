// One life of a simulated server: the real store, journal, hub and fleet on a simulated disk, without HTTP in
// between. Agents arrive as message channels, pages attach to the hub.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "fettle/events/condition_service.h"
#include "fettle/events/event_log.h"
#include "fettle/fleet/fleet_service.h"
#include "fettle/io/log.h"
#include "fettle/io/sim/sim_clock.h"
#include "fettle/io/sim/sim_files.h"
#include "fettle/io/task_scope.h"
#include "fettle/metrics/history.h"
#include "fettle/metrics/journal.h"
#include "fettle/metrics/tiers.h"
#include "fettle/runs/engine.h"
#include "fettle/runs/host_runs.h"
#include "fettle/store/sqlite/sim_vfs.h"
#include "fettle/store/sqlite_store.h"
#include "fettle/stream/hub.h"

namespace fettle::sim {

/// What a play may choose of the server's bounds; small segments so that a short run has several.
struct SimServerShape {
  std::uint64_t segment_bytes = 64 * 1024;
  std::size_t journal_queue = metrics::JournalSettings{}.queue_records;
  std::size_t store_queue = store::SqliteStoreOptions{}.queue_capacity;
  std::function<void(runs::RunService&)> add_plans;  // beside those that every host can carry out
};

class SimServer {
 public:
  SimServer(io::SimLoop& loop, io::SimClock& clock, io::SimDisk& disk, io::SimRandom random,
            const io::Log& log, const SimServerShape& shape = {});

  /// False when the disk failed before it served.
  Task<bool> start();
  Task<void> stop();
  /// Serves an agent until its channel ends.
  void accept(std::unique_ptr<net::MessageChannel> channel);
  /// A failed write or sync was met: a real server would have ended by now.
  [[nodiscard]] bool has_failed() const { return has_failed_; }

  io::SimFiles files;
  io::SimRandom random;
  store::SimVfs vfs;
  store::SqliteStore store;
  stream::Hub hub;
  events::EventLog events;
  events::Conditions conditions;
  metrics::Journal journal;
  metrics::History history;
  metrics::Tiers tiers;
  fleet::Fleet fleet;
  runs::Engine runs;
  runs::HostRuns host_runs;

 private:
  store::SqliteStoreOptions store_options(const SimServerShape& shape);
  std::function<void(runs::RunService&)> add_plans_;
  bool has_failed_ = false;
  io::SimClock& clock_;
  io::TaskScope links_;
};

inline constexpr const char* kJournalFolder = "data/journal";
inline constexpr const char* kHistoryFolder = "data/history";

}  // namespace fettle::sim
