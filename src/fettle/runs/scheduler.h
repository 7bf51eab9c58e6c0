// Makes runs of what is due. One sweep looks at whatever is due next; occurrence, run and how far the
// schedule is settled are one transaction, so that a restart, a second server or a step of the clock changes
// nothing. Loop thread; ScheduleService starts and stops it.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fettle/events/condition_service.h"
#include "fettle/events/event_log.h"
#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/random.h"
#include "fettle/io/task_scope.h"
#include "fettle/runs/run_service.h"
#include "fettle/runs/schedule_book.h"
#include "fettle/runs/schedule_write.h"
#include "fettle/store/store.h"

namespace fettle::runs {

/// What schedules stand on; all outlive them.
struct ScheduleGround {
  io::Loop& loop;
  io::Clock& clock;
  io::Random& random;
  io::Log log;
  store::Store& store;
  events::EventLog& events;
  events::Conditions& conditions;
  RunService& runs;
  ZoneBookGround zones;
  std::string server_id;
  EnvironmentId system_environment;
};

struct SchedulerSettings {
  Millis sweep{1'000};
  Millis drain{30'000};
  Millis upkeep{60'000};  // zones, conditions, moved targets
  Millis wait{60'000};    // until a due time that waits for its host is decided anew
  std::int64_t keep_per_schedule = 1'000;
};

struct SchedulerFigures {
  std::uint64_t sweeps = 0, decisions = 0, started = 0, repeated = 0, failed_writes = 0, abandoned = 0;
  std::uint64_t clock_corrections = 0;
  Micros latest_start{0};  // how late the latest start in time was
};

class Scheduler {
 public:
  Scheduler(ScheduleGround& ground, ScheduleBook& book, ZoneBook& zones, SchedulerSettings settings);

  void start();
  /// Ends at once; a write that is under way is committed or not, and found so at the next start.
  Task<void> stop() { return tasks_.stop(); }

  /// Background work of whoever owns it; ends with it.
  void spawn(const char* name, Task<void> work) { tasks_.spawn(name, std::move(work)); }
  /// The host is here: what waits for it is handed over, due or not.
  void host_came(const HostId& host);
  /// One pass over what is due; for tests, and what the sweep does.
  Task<void> sweep();
  /// One pass over the pending runs. `host`: only its own, due or not.
  Task<void> drain(std::optional<HostId> host);
  /// Zones, conditions, targets that moved.
  Task<void> look_after();
  /// Removes old rows of the ledger, in small writes.
  Task<void> prune();
  [[nodiscard]] const SchedulerFigures& figures() const { return figures_; }

 private:
  Task<void> sweep_forever();
  Task<void> drain_forever();
  Task<void> look_after_forever();
  Task<void> host_came_later(HostId host);
  /// The clock was set: whatever they wait for, all are looked at.
  Task<void> look_at_all(WallTime now);
  std::optional<DueJob> decide(LiveSchedule& live, WallTime now);
  std::optional<PendingJob> decide_waiting(LiveSchedule& live, WallTime now, bool has_host_come);
  struct Batches;
  Task<void> write_batch(std::shared_ptr<Batches> all, std::vector<DueJob> jobs);
  Task<bool> write_batches(std::vector<DueJob> jobs);
  Task<bool> write_due(std::vector<DueJob> jobs);
  Task<void> write_pending(std::vector<PendingJob> jobs);
  void apply(const DueJob& job, DueResult result);
  void apply(PendingResult result);
  void run_changed(const Run& run);
  void tell_overdue(const LiveSchedule& live);
  Task<void> tell_clock(std::string detail);
  [[nodiscard]] std::optional<RunId> live_run(const LiveSchedule& live) const;

  ScheduleGround& ground_;
  ScheduleBook& book_;
  ZoneBook& zones_;
  SchedulerSettings settings_;
  SchedulerFigures figures_;
  std::optional<std::pair<WallTime, MonoTime>> seen_;  // both clocks at the last sweep
  bool is_drain_wanted_ = false;
  bool was_corrected_ = false;  // by decisions of this sweep
  io::TaskScope tasks_;
};

}  // namespace fettle::runs
