// The plan "server-upkeep": all that this server does for itself, in order (M13). Others add theirs behind it
// with add_task. Loop thread.
#pragma once
#include <functional>
#include <string>

#include "fettle/access/access.h"
#include "fettle/fleet/fleet_service.h"
#include "fettle/runs/plan.h"
#include "fettle/store/store_care.h"
#include "fettle/upkeep/copies.h"
#include "fettle/upkeep/other_tasks.h"
#include "fettle/upkeep/retention.h"
#include "fettle/upkeep/upkeep_settings.h"

namespace fettle::upkeep {

inline constexpr const char* kPlanName = "server-upkeep";

/// What the tasks stand on; all outlive the plan.
struct UpkeepGround {
  store::Store& store;
  store::StoreCare& care;
  access::Access& access;
  fleet::Fleet& fleet;
  Doubts& doubts;
  BelievedClock& believed;
  std::string server_id;
  std::function<RememberedAnswers()> answers;
  CopyGround copies;
};

runs::Plan server_plan(const UpkeepGround& ground, const UpkeepSettings& settings);

}  // namespace fettle::upkeep
