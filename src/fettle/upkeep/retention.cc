#include "fettle/upkeep/retention.h"

#include <fmt/format.h>

namespace fettle::upkeep {
namespace {

using runs::LogLevel;
using runs::StepContext;
using runs::StepOutcome;

constexpr const char* kNothingEligible = "upkeep.nothing_eligible";

/// What is known of the table before; without it when it is too large to be counted in the time of a read.
Task<Result<std::optional<store::OldRowCount>>> count(RowGround ground, std::shared_ptr<const Retention> what,
                                                      WallTime limit) {
  auto counted = co_await ground.store.read(
      [what, limit](store::Session& session) { return store::count_old_rows(session, what->rows, limit); });
  if (counted) co_return std::optional(*counted);
  if (counted.error().code == ErrorCode::timeout) co_return std::optional<store::OldRowCount>();
  co_return std::unexpected(std::move(counted).error());
}

void report(StepContext& step, const std::optional<store::OldRowCount>& counted, const Retention& what) {
  if (!counted) {
    step.log(LogLevel::info, "there are too many rows to count them beforehand",
             {{"table", what.rows.table}});
    return;
  }
  step.set_counter(kSeen, counted->seen);
  step.set_counter(kEligible, counted->eligible);
  step.set_counter(kDeleted, 0);
  if (counted->oldest_ms) step.set_counter(kOldestLeft, *counted->oldest_ms);
}

Task<Result<std::int64_t>> remove_by_time(RowGround ground, std::shared_ptr<const Retention> what,
                                          WallTime limit, std::optional<store::OldRowCount> counted,
                                          StepContext& step) {
  std::int64_t removed = 0;
  for (bool is_end = false; !is_end && !step.is_cancelled();) {
    const io::Clock* clock = &ground.clock;
    auto batch = co_await ground.store.write(
        [what, limit, clock](store::Session& session) {
          return store::remove_old_rows(session, *clock, what->rows, limit);
        },
        store::Priority::upkeep);
    if (!batch) co_return std::unexpected(with_removed(std::move(batch).error(), removed, "row", "rows"));
    is_end = batch->is_end;
    removed += batch->rows;
    step.count(kDeleted, batch->rows);
    step.count(kBytes, batch->bytes);
    if (counted && counted->eligible > 0)
      step.progress(std::min(1.0, static_cast<double>(removed) / static_cast<double>(counted->eligible)));
  }
  co_return removed;
}

Task<Result<StepOutcome>> remove_old(RowGround ground, std::shared_ptr<const Retention> what,
                                     StepContext& step) {
  const WallTime limit = ground.limit(what->keep, step);
  FETTLE_CO_TRY(const auto counted, co_await count(ground, what, limit));
  report(step, counted, *what);
  if (counted) judge_eligible(ground.doubts, step, what->name, counted->eligible, counted->has_older);
  if (step.is_dry()) {
    if (!counted) co_return StepOutcome{"too many rows to count"};
    co_return StepOutcome{fmt::format("would remove {}", amount(counted->eligible, "row", "rows"))};
  }
  std::int64_t removed = 0;
  if (!counted || counted->eligible > 0) {
    FETTLE_CO_TRY(removed, co_await remove_by_time(ground, what, limit, counted, step));
  }
  if (removed > 0) {
    auto left = co_await ground.store.read(
        [what](store::Session& session) { return store::oldest_ms(session, what->rows); });
    if (left && *left) step.set_counter(kOldestLeft, **left);
  }
  co_return StepOutcome{removed == 0 ? "nothing to remove"
                                     : fmt::format("removed {}", amount(removed, "row", "rows"))};
}

}  // namespace

WallTime RowGround::limit(Seconds keep, StepContext& step) const {
  const WallTime now = believed == nullptr ? clock.wall_now() : believed->now();
  if (believed != nullptr && believed->doubted_since()) {
    step.log(LogLevel::warning,
             "the clock went far ahead lately; until it has gone on for a day, ages count from before",
             {{"clock", format_time(clock.wall_now())}, {"counted_from", format_time(now)}});
  }
  return wall_from_unix_ms(unix_ms(now - keep));
}

Task<Result<std::int64_t>> remove_keys(RowGround ground, std::vector<std::string> keys, std::string remove,
                                       StepContext& step) {
  std::int64_t removed = 0;
  while (!keys.empty() && !step.is_cancelled()) {
    struct Batch {
      store::RemovedRows gone;
      std::vector<std::string> left;
    };
    const io::Clock* clock = &ground.clock;
    auto batch = co_await ground.store.write(
        [clock, remove, keys](store::Session& session) {
          Batch out{{}, keys};  // a piece may be run again
          out.gone = store::remove_by_keys(session, *clock, remove, out.left);
          return out;
        },
        store::Priority::upkeep);
    if (!batch) co_return std::unexpected(with_removed(std::move(batch).error(), removed, "row", "rows"));
    keys = std::move(batch->left);
    removed += batch->gone.rows;
    step.count(kDeleted, batch->gone.rows);
    step.count(kBytes, batch->gone.bytes);
  }
  co_return removed;
}

Task<Result<std::int64_t>> remove_found(RowGround ground,
                                        std::function<std::vector<std::string>(store::Session&)> find,
                                        std::string remove, StepContext& step) {
  std::int64_t removed = 0;
  for (bool has_more = true; has_more && !step.is_cancelled();) {
    FETTLE_CO_TRY(std::vector<std::string> keys, co_await ground.store.read(find));
    FETTLE_CO_TRY(const std::int64_t gone, co_await remove_keys(ground, std::move(keys), remove, step));
    removed += gone;
    has_more = gone > 0;
  }
  co_return removed;
}

Error with_removed(Error error, std::int64_t removed, std::string_view one, std::string_view many) {
  error.detail = fmt::format("{} ({} were removed before)", error.detail, amount(removed, one, many));
  return error;
}

std::string amount(std::int64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string kept_for_ever(const std::string& setting) {
  return "kept for ever (" + setting + " = 0)";
}

void judge_eligible(Doubts& doubts, StepContext& step, const std::string& task, std::int64_t eligible,
                    std::optional<bool> has_older) {
  if (!has_older) return;
  if (eligible > 0 || !*has_older) return doubts.close(kNothingEligible, task);
  const std::string message =
      "The task " + task + " finds nothing that is old enough to go, though older rows are there.";
  step.log(LogLevel::warning, message);
  doubts.open({.kind = kNothingEligible,
               .target = task,
               .title = "Upkeep passes over old rows: " + task,
               .message = message});
}

runs::PlanTask retention_task(RowGround ground, Retention what) {
  runs::PlanTask task;
  task.name = what.name;
  task.title = what.title;
  if (what.keep == Seconds(0)) task.why_skipped = [why = kept_for_ever(what.setting)] { return why; };
  // Shared by the runs of the task.
  auto shared = std::make_shared<const Retention>(std::move(what));
  task.function = [ground, shared](StepContext& step) { return remove_old(ground, shared, step); };
  return task;
}

}  // namespace fettle::upkeep
