#include "fettle/upkeep/run_tasks.h"

#include <fmt/format.h>

#include "fettle/runs/run_log_repo.h"
#include "fettle/runs/run_repo.h"

namespace fettle::upkeep {
namespace {

namespace run_repo = runs::run_repo;
using runs::StepContext;
using runs::StepOutcome;

constexpr std::int64_t kFoundAtOnce = 500;

void report(StepContext& step, const run_repo::Beyond& there) {
  step.set_counter(kSeen, there.seen);
  if (there.oldest_ms) step.set_counter(kOldestLeft, *there.oldest_ms);
}

Task<Result<StepOutcome>> remove_beyond(RowGround ground, std::int64_t keep, StepContext& step) {
  auto count = [keep](store::Session& session) { return run_repo::count_beyond(session, keep); };
  FETTLE_CO_TRY(const run_repo::Beyond before, co_await ground.store.read(count));
  report(step, before);
  step.set_counter(kEligible, before.eligible);
  step.set_counter(kDeleted, 0);
  if (step.is_dry())
    co_return StepOutcome{fmt::format("would remove {}", amount(before.eligible, "run", "runs"))};
  if (before.eligible == 0) co_return StepOutcome{"nothing to remove"};
  auto find = [keep](store::Session& session) { return run_repo::beyond(session, keep, kFoundAtOnce); };
  FETTLE_CO_TRY(const std::int64_t removed,
                co_await remove_found(ground, std::move(find), std::string(run_repo::remove_sql()), step));
  FETTLE_CO_TRY(const run_repo::Beyond after, co_await ground.store.read(count));
  if (after.oldest_ms) step.set_counter(kOldestLeft, *after.oldest_ms);
  co_return StepOutcome{fmt::format("removed {}", amount(removed, "run", "runs"))};
}

}  // namespace

std::vector<runs::PlanTask> run_tasks(RowGround ground, std::int64_t per_target, std::chrono::days logs) {
  runs::PlanTask history{.name = "run_history",
                         .title = "Remove old runs",
                         .why_skipped = {},
                         .function = [ground, per_target](StepContext& step) {
                           return remove_beyond(ground, per_target, step);
                         }};
  if (per_target == 0) history.why_skipped = [] { return kept_for_ever("upkeep.runs_per_target"); };
  Retention old_logs{"run_logs", "Remove logs of old runs", "upkeep.run_log_days", logs,
                     runs::run_log_repo::old_logs()};
  old_logs.find = [](store::Session& session, WallTime limit) {
    return runs::run_log_repo::runs_with_old_logs(session, limit, kFoundAtOnce);
  };
  return {std::move(history), retention_task(ground, std::move(old_logs))};
}

}  // namespace fettle::upkeep
