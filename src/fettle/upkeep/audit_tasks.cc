#include "fettle/upkeep/audit_tasks.h"

#include <fmt/format.h>

#include "fettle/access/audit_base.h"

namespace fettle::upkeep {
namespace {

namespace audit_base = access::audit_base;
using runs::LogLevel;
using runs::StepContext;
using runs::StepOutcome;

constexpr const char* kBroken = "audit.broken";
constexpr const char* kName = "audit_retention";

/// As store::remove_old_rows: some at a time, until the time of a batch is over.
store::RemovedRows remove_batch(store::Session& session, const io::Clock& clock, std::int64_t through) {
  const MonoTime end = clock.mono_now() + store::kLongestBatch;
  const std::int64_t free_before = store::free_bytes(session);
  store::RemovedRows out;
  do {
    const std::int64_t removed = audit_base::remove_some(session, through, store::kRowsAStep);
    out.rows += removed;
    out.is_end = removed == 0;
  } while (!out.is_end && out.rows + store::kRowsAStep <= store::kMostRowsABatch && clock.mono_now() < end);
  out.bytes = std::max<std::int64_t>(0, store::free_bytes(session) - free_before);
  return out;
}

Task<Result<StepOutcome>> remove_old(AuditGround ground, std::chrono::days keep, StepContext& step) {
  store::Store& store = ground.rows.store;
  const WallTime limit = ground.rows.limit(keep, step);
  FETTLE_CO_TRY(const audit_base::Old old, co_await store.read([limit](store::Session& session) {
    return audit_base::count(session, limit);
  }));
  step.set_counter(kSeen, old.seen);
  step.set_counter(kEligible, old.eligible);
  step.set_counter(kDeleted, 0);
  if (old.oldest_ms) step.set_counter(kOldestLeft, *old.oldest_ms);
  judge_eligible(ground.rows.doubts, step, kName, old.eligible, old.has_older);
  if (step.is_dry())
    co_return StepOutcome{fmt::format("would remove {}", amount(old.eligible, "entry", "entries"))};
  if (old.eligible == 0) co_return StepOutcome{"nothing to remove"};
  const access::AuditEntry by{
      ground.rows.clock.wall_now(), {"server", ground.server_id, "server", ""}, "", ground.server_id, ""};
  const std::int64_t through = old.through;
  auto announced = co_await store.write(
      [by, through](store::Session& session) { return audit_base::announce(session, by, through); });
  if (!announced) co_return std::unexpected(std::move(announced).error());
  std::int64_t removed = 0;
  for (bool is_end = false; !is_end && !step.is_cancelled();) {
    const io::Clock* clock = &ground.rows.clock;
    FETTLE_CO_TRY(const store::RemovedRows batch, co_await store.write(
                                                      [clock, through](store::Session& session) {
                                                        return remove_batch(session, *clock, through);
                                                      },
                                                      store::Priority::upkeep));
    is_end = batch.is_end;
    removed += batch.rows;
    step.count(kDeleted, batch.rows);
    step.count(kBytes, batch.bytes);
    step.progress(std::min(1.0, static_cast<double>(removed) / static_cast<double>(old.eligible)));
  }
  FETTLE_CO_TRY(const audit_base::Old left, co_await store.read([limit](store::Session& session) {
    return audit_base::count(session, limit);
  }));
  if (left.oldest_ms) step.set_counter(kOldestLeft, *left.oldest_ms);
  co_return StepOutcome{fmt::format("removed {}", amount(removed, "entry", "entries"))};
}

Task<Result<StepOutcome>> verify(AuditGround ground, StepContext& step) {
  auto verdict = co_await ground.verifier.verify();
  if (!verdict) co_return std::unexpected(std::move(verdict).error());
  step.set_counter(kSeen, verdict->entries);
  if (!verdict->fault) {
    ground.rows.doubts.close(kBroken, "");
    co_return StepOutcome{fmt::format("{}, unbroken", amount(verdict->entries, "entry", "entries"))};
  }
  const std::string message =
      fmt::format("Entry {} of the audit log {}", verdict->fault->sequence, verdict->fault->what);
  step.log(LogLevel::error, message);
  ground.rows.doubts.open({.kind = kBroken,
                           .target = "",
                           .title = "The audit log is broken",
                           .message = message,
                           .severity = events::ConditionSeverity::error});
  co_return fail(ErrorCode::corrupt, "audit_broken", message);
}

}  // namespace

std::vector<runs::PlanTask> audit_tasks(AuditGround ground, std::chrono::days keep) {
  runs::PlanTask old{
      .name = kName,
      .title = "Remove the beginning of the audit log",
      .why_skipped = {},
      .function = [ground, keep](StepContext& step) { return remove_old(ground, keep, step); }};
  if (keep.count() == 0) old.why_skipped = [] { return kept_for_ever("upkeep.audit_days"); };
  return {std::move(old),
          {.name = "verify_audit",
           .title = "Verify the audit log",
           .why_skipped = {},
           .function = [ground](StepContext& step) { return verify(ground, step); }}};
}

}  // namespace fettle::upkeep
