// Rows that follow their owner to another environment: what the module of a table says of them, and how they
// go, the newest first, a few at a time.
#pragma once
#include <optional>
#include <string>

#include "fettle/store/session.h"

namespace fettle::store {

/// Of a table with the columns `sequence`, which grows, and `environment_id`. Constants of the program.
struct MovingRows {
  std::string end;   // the row at which the next few end
  std::string move;  // takes them along
};
/// `index` begins with the column of the owner and goes on with `sequence`.
MovingRows moving_rows(const std::string& table, const std::string& index, const std::string& owner);

/// The next few rows of an owner.
struct MoveStep {
  std::string owner, to;
  std::string after;  // where the step before ended; empty: there was none
};
/// Inside a write: takes kRowsAStep of them along, and says where it ended; nothing when that was all.
std::optional<std::string> move_some(Session& session, const MovingRows& rows, const MoveStep& step);

}  // namespace fettle::store
