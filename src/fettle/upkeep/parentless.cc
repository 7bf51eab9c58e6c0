#include "fettle/upkeep/parentless.h"

#include <fmt/format.h>

#include <algorithm>

namespace fettle::upkeep {
namespace {

using runs::StepContext;
using runs::StepOutcome;

constexpr auto kRelations = std::to_array<Relation>({
    {"ledger", "environment_id", "environment", "id", Orphaned::kept},
    {"ledger", "host_id", "host", "id", Orphaned::kept},
    {"ledger", "run_id", "run", "id", Orphaned::kept},
    {"ledger", "schedule_id", "schedule", "id", Orphaned::kept},
    {"pending_run", "schedule_id", "schedule", "id", Orphaned::pending},
    {"schedule", "environment_id", "environment", "id", Orphaned::kept},  // people wrote it, and remove it
    {"schedule", "host_id", "host", "id", Orphaned::kept},
    {"schedule", "last_run_id", "run", "id", Orphaned::kept},
    {"schedule", "target_id", "host", "id", Orphaned::kept},
    {"run", "actor_id", "person", "id", Orphaned::kept},
    {"run", "environment_id", "environment", "id", Orphaned::kept},
    {"run", "host_id", "host", "id", Orphaned::kept},
    {"run", "schedule_id", "schedule", "id", Orphaned::kept},
    {"run", "target_id", "host", "id", Orphaned::kept},
    {"run_log", "run_id", "run", "id"},
    {"run_step", "run_id", "run", "id", Orphaned::removed, "run_id, number"},
    {"api_token", "environment_id", "environment", "id"},
    {"api_token", "person_id", "person", "id"},
    {"audit_entry", "actor_id", "person", "id", Orphaned::kept},
    {"condition", "acknowledged_by_id", "person", "id", Orphaned::kept},
    {"condition", "environment_id", "environment", "id", Orphaned::kept},
    {"condition", "source_id", "host", "id", Orphaned::kept},
    {"enrolment_token", "environment_id", "environment", "id"},
    {"enrolment_token", "for_host_id", "host", "id"},
    {"enrolment_token", "host_id", "host", "id", Orphaned::kept},
    {"event", "environment_id", "environment", "id", Orphaned::kept},
    {"event", "source_id", "host", "id", Orphaned::kept},
    {"host", "environment_id", "environment", "id", Orphaned::kept},  // a machine is never removed by itself
    {"host_state", "host_number", "host", "number", Orphaned::removed, "host_number, at"},
    {"invitation", "person_id", "person", "id"},
    {"login_session", "person_id", "person", "id"},
    {"person_role", "environment_id", "environment", "id"},
    {"person_role", "person_id", "person", "id"},
    {"person_role", "role_name", "role", "name"},
    {"person_totp", "person_id", "person", "id"},
    {"recovery_code", "person_id", "person", "id"},
    {"silence", "by_id", "person", "id", Orphaned::kept},
    {"silence", "environment_id", "environment", "id", Orphaned::settings},
    {"silence", "source_id", "host", "id", Orphaned::settings},
    {"threshold", "environment_id", "environment", "id", Orphaned::settings},
    {"threshold", "host_id", "host", "id", Orphaned::settings},
});

/// SQL of one relation, made once.
struct Statements {
  std::string name, seen, eligible, parents, remove;
};

Statements make_statements(const Relation& relation) {
  const std::string none = fmt::format(
      "{0} IS NOT NULL AND {0} <> '' AND NOT EXISTS (SELECT 1 FROM {1} AS parent WHERE parent.{2} = "
      "child.{0})",
      relation.column, relation.parent, relation.parent_column);
  return {.name = fmt::format("{}.{}", relation.child, relation.column),
          .seen = fmt::format("SELECT count(*) FROM {}", relation.child),
          .eligible = fmt::format("SELECT count(*) FROM {} AS child WHERE {}", relation.child, none),
          // Numbers are compared as numbers: cast where they are bound.
          .parents = fmt::format("SELECT DISTINCT CAST({} AS TEXT) FROM {} AS child WHERE {} LIMIT 100",
                                 relation.column, relation.child, none),
          .remove = fmt::format(
              "DELETE FROM {0} WHERE ({1}) IN (SELECT {1} FROM {0} AS child WHERE {2} = {3} LIMIT ?2)"
              " AND NOT EXISTS (SELECT 1 FROM {4} AS parent WHERE parent.{5} = {3})",
              relation.child, relation.key, relation.column,
              relation.parent_column == "number" ? "CAST(?1 AS INTEGER)" : "?1", relation.parent,
              relation.parent_column)};
}

Task<Result<StepOutcome>> run(RowGround ground, Orphaned which, StepContext& step) {
  std::int64_t eligible = 0, removed = 0;
  std::string last_table;
  step.set_counter(kDeleted, 0);
  for (const Relation& relation : kRelations) {
    if (relation.orphaned != which) continue;
    if (step.is_cancelled()) break;
    // Shared with the writes, which may outlive a cancelled run.
    const auto sql = std::make_shared<const Statements>(make_statements(relation));
    struct Counts {
      std::int64_t seen = 0, eligible = 0;
    };
    auto counted = co_await ground.store.read([sql](store::Session& session) {
      const auto integer = [](const store::Row& row) { return row.integer(0); };
      return Counts{session.query_one(sql->seen, {}, integer).value_or(0),
                    session.query_one(sql->eligible, {}, integer).value_or(0)};
    });
    if (!counted && counted.error().code == ErrorCode::timeout) {
      step.log(runs::LogLevel::warning, "too many rows to look for their parents", {{"relation", sql->name}});
      continue;
    }
    if (!counted) co_return std::unexpected(std::move(counted).error());
    if (std::exchange(last_table, std::string(relation.child)) != relation.child)
      step.count(kSeen, counted->seen);
    step.count(kEligible, counted->eligible);
    eligible += counted->eligible;
    if (counted->eligible == 0) continue;
    step.log(runs::LogLevel::info, "rows whose parent is gone",
             {{"relation", sql->name}, {"rows", std::to_string(counted->eligible)}});
    if (step.is_dry()) continue;
    auto find = [sql](store::Session& session) {
      return session.query_all(sql->parents, {}, [](const store::Row& row) { return row.text(0); });
    };
    FETTLE_CO_TRY(const std::int64_t gone, co_await remove_found(ground, std::move(find), sql->remove, step));
    removed += gone;
  }
  if (step.is_dry()) co_return StepOutcome{fmt::format("would remove {}", amount(eligible, "row", "rows"))};
  if (removed == 0) co_return StepOutcome{"nothing to remove"};
  co_return StepOutcome{fmt::format("removed {}", amount(removed, "row", "rows"))};
}

}  // namespace

std::span<const Relation> relations() {
  return kRelations;
}

std::vector<runs::PlanTask> parentless_tasks(RowGround ground) {
  return {{.name = "parentless_rows",
           .title = "Remove rows whose parent is gone",
           .why_skipped = {},
           .function = [ground](StepContext& step) { return run(ground, Orphaned::removed, step); }},
          {.name = "stale_settings",
           .title = "Remove thresholds and silences of what is gone",
           .why_skipped = {},
           .function = [ground](StepContext& step) { return run(ground, Orphaned::settings, step); }},
          {.name = "expired_pending_runs",
           .title = "Remove pending runs whose schedule is gone",
           .why_skipped = {},
           .function = [ground](StepContext& step) { return run(ground, Orphaned::pending, step); }}};
}

}  // namespace fettle::upkeep
