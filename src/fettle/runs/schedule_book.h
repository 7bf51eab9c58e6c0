// The schedules as the loop knows them: rows, what their timing means, when each is due next. Loop thread.
#pragma once
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "fettle/runs/due_rules.h"
#include "fettle/runs/zone_book.h"

namespace fettle::runs {

struct LiveSchedule {
  Schedule row;
  Timing timing;
  ZonePtr zone;
  std::string fault;  // why it cannot be understood any more (its zone is gone); then it is not due
  std::optional<NextDue> next;
  std::optional<PendingRun> pending;
  std::optional<Instant> blocked;
  std::string why_blocked = "the host is away";  // as the last decision saw it
  WallTime look_at;                              // not before, though it is due: it waits for something
};

class ScheduleBook {
 public:
  /// Adds or replaces; keeps what is known of its waiting.
  LiveSchedule& put(Schedule row, Timing timing, ZonePtr zone, std::string fault = {});
  void erase(const ScheduleId& id);
  [[nodiscard]] LiveSchedule* find(const ScheduleId& id);
  [[nodiscard]] const LiveSchedule* find(const ScheduleId& id) const;
  [[nodiscard]] const std::map<ScheduleId, LiveSchedule>& all() const { return all_; }
  [[nodiscard]] std::size_t size() const { return all_.size(); }

  /// After any change of a row, its zone, its pending run or the time to look again.
  void settle(LiveSchedule& live);
  /// Those that are due, the longest due first.
  [[nodiscard]] std::vector<ScheduleId> due(WallTime now, std::size_t most) const;
  [[nodiscard]] bool is_any_due(WallTime now) const {
    return !by_look_.empty() && by_look_.begin()->first <= now;
  }
  /// Whatever it waits for: looked at now, if it ever is.
  void look_at(const ScheduleId& id, WallTime now);
  /// Those with a pending run.
  [[nodiscard]] const std::set<ScheduleId>& pending() const { return pending_; }
  /// How many are due and wait for something else than a pending run.
  [[nodiscard]] std::size_t blocked() const { return blocked_.size(); }
  /// Those of a host that wait: with a pending run, or due and blocked by something else.
  [[nodiscard]] const std::set<ScheduleId>& waiting_of(const HostId& host) const;

 private:
  std::map<ScheduleId, LiveSchedule> all_;
  std::set<std::pair<WallTime, ScheduleId>> by_look_;
  std::map<ScheduleId, WallTime> looks_;
  std::set<ScheduleId> pending_, blocked_;
  std::map<HostId, std::set<ScheduleId>> waiting_;
  std::map<ScheduleId, HostId> waits_for_;  // where it stands in waiting_

  void note_waiting(const ScheduleId& id, const std::optional<HostId>& host);
};

}  // namespace fettle::runs
