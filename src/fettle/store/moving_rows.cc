#include "fettle/store/moving_rows.h"

#include <charconv>

#include "fettle/store/old_rows.h"

namespace fettle::store {
namespace {

std::int64_t sequence_of(const std::string& place) {
  std::int64_t out = INT64_MAX;
  std::from_chars(place.data(), place.data() + place.size(), out);
  return out;
}

}  // namespace

MovingRows moving_rows(const std::string& table, const std::string& index, const std::string& owner) {
  const std::string of_owner = " WHERE " + owner + " = ?1 AND sequence < ";
  return {.end = "SELECT sequence FROM " + table + " INDEXED BY " + index + of_owner +
                 "?2 ORDER BY sequence DESC LIMIT 1 OFFSET ?3",
          .move = "UPDATE " + table + " INDEXED BY " + index + " SET environment_id = ?2" + of_owner +
                  "?3 AND sequence >= ?4 AND environment_id <> ?2"};
}

std::optional<std::string> move_some(Session& session, const MovingRows& rows, const MoveStep& step) {
  const std::int64_t before = sequence_of(step.after);
  const auto end = session.query_one(rows.end, {step.owner, before, kRowsAStep - 1},
                                     [](const Row& row) { return row.integer(0); });
  session.execute(rows.move, {step.owner, step.to, before, end.value_or(0)});
  if (!end) return std::nullopt;
  return std::to_string(*end);
}

}  // namespace fettle::store
