// What a schedule orders, and whether it could be begun now. Loop thread.
#pragma once
#include <string>

#include "fettle/runs/run_service.h"
#include "fettle/runs/schedule.h"

namespace fettle::runs {

/// The run of one due time.
RunOrder order_of(const RunService& runs, const Schedule& schedule, Instant nominal, std::int32_t fold);

/// Why a schedule cannot begin its run now; all empty: it can.
struct Readiness {
  std::string cannot_run;  // whatever happens: its plan, its target or its parameters
  std::string why_away;    // for the time being: its host is away, or the server takes no more
  std::string refusal;     // its host is there and cannot take it as it is (its agent is too old)

  [[nodiscard]] const std::string& why_not_now() const { return why_away.empty() ? refusal : why_away; }
};
Readiness readiness(const RunService& runs, const Schedule& schedule);

}  // namespace fettle::runs
