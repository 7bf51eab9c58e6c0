// Hands pending runs over: those that are due, and at once all of a host that says hello. Loop thread; the
// scheduler has it.
#pragma once
#include <optional>
#include <vector>

#include "fettle/runs/schedule_book.h"
#include "fettle/runs/schedule_ground.h"
#include "fettle/runs/schedule_write.h"

namespace fettle::runs {

class PendingDrain {
 public:
  PendingDrain(ScheduleGround& ground, ScheduleBook& book, SchedulerFigures& figures)
      : ground_(ground), book_(book), figures_(figures) {}

  /// One pass. `host`: only its own, due or not.
  Task<void> drain(std::optional<HostId> host);
  /// What waits for this host is looked at by the next sweep and handed over now.
  Task<void> host_came(HostId host);

 private:
  struct Way {
    access::Actor schedule;
    RunId run;
  };
  [[nodiscard]] std::optional<Way> run_in_the_way(const LiveSchedule& live) const;
  std::optional<PendingJob> decide(LiveSchedule& live, WallTime now, bool has_host_come);
  Task<void> write(std::vector<PendingJob> jobs);
  void apply(PendingResult result);

  ScheduleGround& ground_;
  ScheduleBook& book_;
  SchedulerFigures& figures_;
};

}  // namespace fettle::runs
