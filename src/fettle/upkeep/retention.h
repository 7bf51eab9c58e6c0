// Old rows of one table as a task: counted on a reader, removed in small batches of low priority (M14), and
// in doubt when nothing counts as old though older rows are there. Loop thread.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fettle/io/clock.h"
#include "fettle/runs/plan.h"
#include "fettle/store/old_rows.h"
#include "fettle/store/store.h"
#include "fettle/upkeep/believed_clock.h"
#include "fettle/upkeep/doubt.h"

namespace fettle::upkeep {

struct RowGround {
  store::Store& store;
  io::Clock& clock;
  Doubts& doubts;
  BelievedClock* believed = nullptr;  // null: the clock is right

  /// What ended before is older than `keep`; to the millisecond that rows are kept to. Says in the step where
  /// the clock is in doubt.
  [[nodiscard]] WallTime limit(Seconds keep, runs::StepContext& step) const;
};

struct Retention {
  std::string name, title;
  std::string setting;  // "upkeep.session_days"
  Seconds keep{0};      // 0: for ever, the task is skipped
  store::OldRows rows;
};

runs::PlanTask retention_task(RowGround ground, Retention what);

/// Removes batch by batch what `keys` name; `remove` as store::remove_by_keys has it. How many rows went;
/// counted in the step too.
Task<Result<std::int64_t>> remove_keys(RowGround ground, std::vector<std::string> keys, std::string remove,
                                       runs::StepContext& step);

/// The same of what `find` finds on a reader, until it finds nothing more or nothing goes.
Task<Result<std::int64_t>> remove_found(RowGround ground,
                                        std::function<std::vector<std::string>(store::Session&)> find,
                                        std::string remove, runs::StepContext& step);

/// The counters of every task that removes (M13).
inline constexpr const char* kSeen = "seen";
inline constexpr const char* kEligible = "eligible";
inline constexpr const char* kDeleted = "deleted";
inline constexpr const char* kBytes = "bytes";
inline constexpr const char* kOldestLeft =
    "oldest_left_ms";  // milliseconds since 1970; absent where nothing is left

/// "disk full (3 rows were removed before)".
Error with_removed(Error error, std::int64_t removed, std::string_view one, std::string_view many);
/// "1 row", "2 rows".
std::string amount(std::int64_t count, std::string_view one, std::string_view many);
/// "kept for ever (upkeep.audit_days = 0)".
std::string kept_for_ever(const std::string& setting);
/// Says so, or takes it back: nothing counts as old though something older is there.
void judge_eligible(Doubts& doubts, runs::StepContext& step, const std::string& task, std::int64_t eligible,
                    std::optional<bool> has_older);

}  // namespace fettle::upkeep
