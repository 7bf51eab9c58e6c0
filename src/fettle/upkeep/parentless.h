// Which rows belong to which, and what becomes of those whose parent is gone. A test holds the table against
// the schema, so that a column that points at something is never forgotten.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "fettle/runs/plan.h"
#include "fettle/upkeep/retention.h"

namespace fettle::upkeep {

enum class Orphaned : std::uint8_t {
  removed,   // worth nothing without its parent
  settings,  // what people set for it: thresholds, silences
  pending,   // work that waits for it
  kept,      // it tells of what was
};

struct Relation {
  std::string_view child, column, parent, parent_column;
  Orphaned orphaned = Orphaned::removed;
  std::string_view key = "rowid";  // of the child; columns where it has no rowid
};
std::span<const Relation> relations();

/// A task each: rows whose parent is gone, settings of environments and hosts that are gone, and pending runs
/// of schedules that are gone.
std::vector<runs::PlanTask> parentless_tasks(RowGround ground);

}  // namespace fettle::upkeep
