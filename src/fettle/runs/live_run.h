// A run that is not over, as the loop knows it.
#pragma once
#include <cstdint>
#include <optional>
#include <set>

#include "fettle/base/time.h"
#include "fettle/runs/plan.h"
#include "fettle/runs/run.h"
#include "fettle/runs/run_log.h"

namespace fettle::runs {

struct LiveRun {
  /// As committed; counters, fraction and message of the present step are ahead of the store, which gets them
  /// with the step's end.
  Run run;
  const Plan* plan = nullptr;  // null: this version has no such plan (any more)
  RunLog log;
  std::vector<NumberedLine> storing;  // lines on their way to the store by themselves
  MonoTime began;                     // here
  std::optional<MonoTime> cancel_wanted;
  std::optional<MonoTime> told;          // when the stream heard of it last
  bool is_untold = false;                // something changed since
  std::set<std::uint32_t> untold_steps;  // those that changed since, by their index
  bool is_drop_told = false;             // its log says how many lines were left out
  bool is_hanging = false;               // a condition says so
};

}  // namespace fettle::runs
