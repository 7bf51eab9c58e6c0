// Tasks of the history of samples: what was left to seal, roll-ups, what is too old, what belongs to nobody.
// The history does all of this from timers of its own too; upkeep makes sure, catches up, and counts. Loop
// thread.
#pragma once
#include <set>
#include <vector>

#include "fettle/metrics/tiers.h"
#include "fettle/runs/plan.h"
#include "fettle/upkeep/doubt.h"

namespace fettle::upkeep {

struct HistoryGround {
  metrics::Tiers& tiers;
  io::Clock& clock;
  Doubts& doubts;
  std::function<std::set<metrics::HostNumber>()> hosts;  // those that there are
};

std::vector<runs::PlanTask> history_tasks(HistoryGround ground);

}  // namespace fettle::upkeep
