// What schedules need beside being run: zones that changed or came, conditions that are still true, a ledger
// within its bounds. Loop thread; the scheduler has it.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "fettle/runs/schedule_book.h"
#include "fettle/runs/schedule_ground.h"
#include "fettle/runs/zone_book.h"

namespace fettle::runs {

class ScheduleCare {
 public:
  ScheduleCare(ScheduleGround& ground, ScheduleBook& book, ZoneBook& zones)
      : ground_(ground), book_(book), zones_(zones) {}

  /// One pass over all schedules.
  Task<void> look_after();
  /// Removes old rows of the ledger, in small writes.
  Task<void> prune(std::int64_t keep_per_schedule);

 private:
  using Zones = std::map<std::string, ZonePtr>;  // of this pass; null: there is none such
  Task<ZonePtr> zone_of(Zones& zones, std::string name);
  void mend(LiveSchedule& live, const ZonePtr& zone);
  Task<void> take_zones(std::vector<ScheduleId> ids, Zones zones);
  Task<bool> take_zones_of_some(std::vector<ScheduleId> ids, const Zones& zones);

  ScheduleGround& ground_;
  ScheduleBook& book_;
  ZoneBook& zones_;
};

}  // namespace fettle::runs
