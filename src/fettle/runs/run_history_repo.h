// What there is of runs that have ended, target by target in the order of an index, and how it goes: no
// question takes longer the more runs and targets there are. Inside a read or a write; for upkeep.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "fettle/io/clock.h"
#include "fettle/runs/run_history.h"
#include "fettle/store/old_rows.h"
#include "fettle/store/session.h"

namespace fettle::runs::run_history_repo {

enum class Counting : std::uint8_t { exact, none };

struct Limits {
  std::int64_t per_target = 0;              // the newest that stay; 0: all
  std::optional<WallTime> commands_before;  // runs of commands that ended before go
  Counting counting = Counting::exact;      // `none` where a target has too many for the time of a read
};

/// Targets behind `after`, as many as fit into a moment, and at least one.
struct Part {
  std::vector<TargetRuns> targets;
  bool is_end = false;
};
Part look(store::Session& session, const io::Clock& clock, const TargetKey& after, const Limits& limits);

/// Removes one batch (M14), the log of a run before the run; `going` loses what is done. Counts runs.
store::RemovedRows remove(store::Session& session, const io::Clock& clock, std::vector<GoingRuns>& going);

}  // namespace fettle::runs::run_history_repo
