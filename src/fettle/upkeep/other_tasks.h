// Tasks that remove nothing: hosts that nobody has seen for a long time, and what is remembered of requests.
// Loop thread.
#pragma once
#include <functional>

#include "fettle/events/condition_service.h"
#include "fettle/fleet/roster.h"
#include "fettle/io/clock.h"
#include "fettle/runs/plan.h"

namespace fettle::upkeep {

struct AbsentGround {
  fleet::Roster& roster;
  events::Conditions& conditions;
  io::Clock& clock;
};
runs::PlanTask absent_hosts_task(AbsentGround ground, std::chrono::days after);

/// Answers that are kept for repeated requests, in memory.
struct RememberedAnswers {
  std::size_t kept = 0, most = 0, bytes = 0;
};
runs::PlanTask idempotency_task(std::function<RememberedAnswers()> look);

}  // namespace fettle::upkeep
