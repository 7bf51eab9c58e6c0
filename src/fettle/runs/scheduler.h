// Makes runs of what is due. One sweep looks at whatever is due next; occurrence, run and how far the
// schedule is settled are one transaction, so that a restart, a second server or a step of the clock changes
// nothing. Loop thread; ScheduleService starts and stops it.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fettle/io/task_scope.h"
#include "fettle/runs/pending_drain.h"
#include "fettle/runs/schedule_care.h"

namespace fettle::runs {

class Scheduler {
 public:
  Scheduler(ScheduleGround& ground, ScheduleBook& book, ZoneBook& zones, SchedulerSettings settings);

  void start();
  /// Ends at once; a write that is under way is committed or not, and found so at the next start.
  Task<void> stop() { return tasks_.stop(); }

  /// The host is here: what waits for it is handed over, due or not.
  void host_came(const HostId& host);
  /// One pass over what is due; for tests, and what the sweep does.
  Task<void> sweep();
  /// One pass over the pending runs. `host`: only its own, due or not.
  Task<void> drain(std::optional<HostId> host) { return drain_.drain(host); }
  Task<void> look_after() { return care_.look_after(); }
  Task<void> prune() { return care_.prune(settings_.keep_per_schedule); }
  [[nodiscard]] const SchedulerFigures& figures() const { return figures_; }

 private:
  Task<void> sweep_forever();
  Task<void> drain_forever();
  Task<void> look_after_forever();
  std::optional<DueJob> decide(LiveSchedule& live, WallTime now);
  Task<void> look_at_all(WallTime now);
  struct Batches;
  Task<void> write_batch(std::shared_ptr<Batches> all, std::vector<DueJob> jobs);
  Task<bool> write_batches(std::vector<DueJob> jobs);
  Task<bool> write_due(std::vector<DueJob> jobs);
  void apply(const DueJob& job, DueResult result);
  void run_changed(const Run& run);
  Task<void> tell_clock(std::string detail);
  [[nodiscard]] std::optional<RunId> live_run(const LiveSchedule& live) const;

  ScheduleGround& ground_;
  ScheduleBook& book_;
  SchedulerSettings settings_;
  SchedulerFigures figures_;
  PendingDrain drain_;
  ScheduleCare care_;
  std::optional<std::pair<WallTime, MonoTime>> seen_;  // both clocks at the last sweep
  bool is_drain_wanted_ = false;
  bool was_corrected_ = false;  // by decisions of this sweep
  io::TaskScope tasks_;
};

}  // namespace fettle::runs
