// What can be set of the server's own upkeep. A time of 0 keeps for ever.
#pragma once
#include <set>
#include <string>

#include "fettle/base/time.h"
#include "fettle/upkeep/run_history_rules.h"

namespace fettle::upkeep {

struct UpkeepSettings {
  bool is_on = true;  // runs by itself; by hand it can be started all the same
  std::chrono::hours interval{6};
  std::set<std::string> off;  // names of tasks that are skipped
  std::chrono::days events{30}, run_logs{30}, audit{0}, ended_sessions{1}, enrolment_tokens{30},
      invitations{30}, ledger{90}, host_states{400}, absent_hosts{90};
  RunsKept runs;
  std::int64_t copies = 7;  // of the server's own data; 0: all
  std::chrono::hours between_copies{24};
  std::string copy_folder;
};

/// M9: never more often, and the first a while after the start.
inline constexpr std::chrono::hours kLeastInterval{1};
inline constexpr std::chrono::minutes kFirstAfter{5};

}  // namespace fettle::upkeep
