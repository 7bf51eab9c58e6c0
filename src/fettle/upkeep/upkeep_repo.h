// The totals of upkeep over the lifetime of the data, and its last run. Inside a read or a write.
#pragma once
#include <optional>
#include <vector>

#include "fettle/runs/run.h"
#include "fettle/runs/run_log.h"
#include "fettle/store/session.h"

namespace fettle::upkeep {

struct UpkeepTotals {
  std::int64_t runs = 0, failed = 0, duration_ms = 0;  // without dry runs
  runs::Counters counters;
};

namespace upkeep_repo {

UpkeepTotals totals(store::Session& session);
/// Counts the runs that have ended since it was called last, each once. How many.
std::int64_t count_up(store::Session& session);
/// The newest that has ended, with its steps.
std::optional<runs::Run> last_run(store::Session& session);

struct LoggedLine {
  runs::RunId run;
  runs::NumberedLine line;
};
/// The newest lines of the newest runs, in their order.
std::vector<LoggedLine> newest_lines(store::Session& session, std::size_t most);
/// Of the runs that `newest_lines` looks at.
std::int64_t count_lines(store::Session& session);

}  // namespace upkeep_repo
}  // namespace fettle::upkeep
