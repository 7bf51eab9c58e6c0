#include "fettle/upkeep/run_tasks.h"

#include <fmt/format.h>

#include "fettle/runs/run_history_repo.h"
#include "fettle/runs/run_log_repo.h"

namespace fettle::upkeep {
namespace {

namespace history = runs::run_history_repo;
namespace logs_repo = runs::run_log_repo;
using runs::LogLevel;
using runs::StepContext;
using runs::StepOutcome;

Task<Result<history::Part>> look(RowGround ground, runs::TargetKey after, history::Limits limits,
                                 StepContext& step) {
  const io::Clock* clock = &ground.clock;
  const auto ask = [&](history::Limits with) {
    return ground.store.read([clock, after, with](store::Session& session) {
      return history::look(session, *clock, after, with);
    });
  };
  auto part = co_await ask(limits);
  if (part || part.error().code != ErrorCode::timeout) co_return part;
  // A look gives way after each target, so it is one of them that has too many.
  step.log(LogLevel::info, "a target has too many runs to count them beforehand");
  limits.counting = history::Counting::none;
  co_return co_await ask(limits);
}

Task<Result<std::int64_t>> remove_runs(RowGround ground, std::vector<runs::GoingRuns> going,
                                       StepContext& step) {
  std::int64_t removed = 0;
  while (!going.empty() && !step.is_cancelled()) {
    struct Batch {
      store::RemovedRows gone;
      std::vector<runs::GoingRuns> left;
    };
    const io::Clock* clock = &ground.clock;
    auto batch = co_await ground.store.write(
        [clock, going](store::Session& session) {
          Batch out{{}, going};  // a piece may be run again
          out.gone = history::remove(session, *clock, out.left);
          return out;
        },
        store::Priority::upkeep);
    if (!batch) co_return std::unexpected(with_removed(std::move(batch).error(), removed, "run", "runs"));
    going = std::move(batch->left);
    removed += batch->gone.rows;
    step.count(kDeleted, batch->gone.rows);
    step.count(kBytes, batch->gone.bytes);
  }
  co_return removed;
}

Task<Result<StepOutcome>> remove_old_runs(RowGround ground, RunsKept keep, StepContext& step) {
  history::Limits limits{.per_target = keep.per_target, .commands_before = {}};
  if (keep.commands.count() > 0) limits.commands_before = ground.limit(keep.commands, step);
  step.set_counter(kDeleted, 0);
  HistoryWalk walk(keep.commands_per_host);
  std::int64_t removed = 0;
  runs::TargetKey after;
  for (bool is_end = false; !is_end && !step.is_cancelled();) {
    FETTLE_CO_TRY(const history::Part part, co_await look(ground, after, limits, step));
    is_end = part.is_end;
    std::vector<runs::GoingRuns> going;
    for (const runs::TargetRuns& one : part.targets) {
      after = one.target;
      std::ranges::move(walk.take(one), std::back_inserter(going));
    }
    step.set_counter(kSeen, walk.seen());
    step.set_counter(kEligible, walk.eligible());
    if (step.is_dry()) continue;
    FETTLE_CO_TRY(const std::int64_t gone, co_await remove_runs(ground, std::move(going), step));
    removed += gone;
  }
  walk.finish();
  const auto oldest = step.is_dry() ? walk.oldest_ms() : walk.oldest_left_ms();
  if (oldest && !step.is_cancelled()) step.set_counter(kOldestLeft, *oldest);
  if (step.is_dry())
    co_return StepOutcome{fmt::format("would remove {}", amount(walk.eligible(), "run", "runs"))};
  if (removed == 0) co_return StepOutcome{"nothing to remove"};
  co_return StepOutcome{fmt::format("removed {}", amount(removed, "run", "runs"))};
}

struct LogsFound {
  std::int64_t seen = 0, eligible = 0, removed = 0;
  std::optional<std::int64_t> oldest_ms, oldest_left_ms;
};

void add(LogsFound& sum, const logs_repo::LogsPart& part) {
  const auto keep_lower = [](std::optional<std::int64_t>& lowest, std::optional<std::int64_t> other) {
    if (other && (!lowest || *other < *lowest)) lowest = other;
  };
  sum.seen += part.seen;
  sum.eligible += part.eligible;
  keep_lower(sum.oldest_ms, part.oldest_ms);
  keep_lower(sum.oldest_left_ms, part.oldest_left_ms);
}

Task<Result<StepOutcome>> remove_old_logs(RowGround ground, std::chrono::days keep, StepContext& step) {
  const WallTime limit = ground.limit(keep, step);
  const io::Clock* clock = &ground.clock;
  // Before anything goes; too slow on a large store says nothing.
  const auto has_older = co_await ground.store.read(
      [limit](store::Session& session) { return logs_repo::has_older(session, limit); });
  step.set_counter(kDeleted, 0);
  LogsFound found;
  std::string after;
  for (bool is_end = false; !is_end && !step.is_cancelled();) {
    FETTLE_CO_TRY(logs_repo::LogsPart part,
                  co_await ground.store.read([clock, after, limit](store::Session& session) {
                    return logs_repo::look_for_old(session, *clock, after, limit);
                  }));
    add(found, part);
    step.set_counter(kSeen, found.seen);
    step.set_counter(kEligible, found.eligible);
    is_end = part.is_end;
    after = std::move(part.last);
    if (step.is_dry()) continue;
    FETTLE_CO_TRY(const std::int64_t gone, co_await remove_keys(ground, std::move(part.old),
                                                                std::string(logs_repo::remove_sql()), step));
    found.removed += gone;
  }
  if (step.is_cancelled())
    co_return StepOutcome{fmt::format("removed {}", amount(found.removed, "row", "rows"))};
  judge_eligible(ground.doubts, step, "run_logs", found.eligible,
                 has_older ? std::optional(*has_older) : std::nullopt);
  const auto oldest = step.is_dry() ? found.oldest_ms : found.oldest_left_ms;
  if (oldest) step.set_counter(kOldestLeft, *oldest);
  if (step.is_dry())
    co_return StepOutcome{fmt::format("would remove {}", amount(found.eligible, "row", "rows"))};
  if (found.removed == 0) co_return StepOutcome{"nothing to remove"};
  co_return StepOutcome{fmt::format("removed {}", amount(found.removed, "row", "rows"))};
}

}  // namespace

std::vector<runs::PlanTask> run_tasks(RowGround ground, const RunsKept& keep, std::chrono::days logs) {
  runs::PlanTask history{
      .name = "run_history",
      .title = "Remove old runs",
      .why_skipped = {},
      .function = [ground, keep](StepContext& step) { return remove_old_runs(ground, keep, step); }};
  if (keep.per_target == 0 && keep.commands_per_host == 0 && keep.commands.count() == 0)
    history.why_skipped = [] { return kept_for_ever("upkeep.runs_per_target"); };
  runs::PlanTask old_logs{
      .name = "run_logs",
      .title = "Remove logs of old runs",
      .why_skipped = {},
      .function = [ground, logs](StepContext& step) { return remove_old_logs(ground, logs, step); }};
  if (logs.count() == 0) old_logs.why_skipped = [] { return kept_for_ever("upkeep.run_log_days"); };
  return {std::move(history), std::move(old_logs)};
}

}  // namespace fettle::upkeep
