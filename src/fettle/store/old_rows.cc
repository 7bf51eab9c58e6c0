#include "fettle/store/old_rows.h"

namespace fettle::store {
namespace {

constexpr std::string_view kFreeBytes =
    "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size";

std::int64_t first_integer(const Row& row) {
  return row.integer(0);
}

}  // namespace

OldRows old_rows_by_time(const std::string& table, const std::string& key, const std::string& time) {
  OldRows out;
  out.table = table;
  out.count = "SELECT count(*) FROM " + table;
  out.eligible = "SELECT count(*) FROM " + table + " WHERE " + time + " < ?1";
  out.remove = "DELETE FROM " + table + " WHERE " + key + " IN (SELECT " + key + " FROM " + table +
               " WHERE " + time + " < ?1 ORDER BY " + time + " LIMIT ?2)";
  out.oldest = "SELECT min(" + time + ") FROM " + table;
  out.older = "SELECT 1 FROM " + table + " WHERE " + time + " < unixepoch(?1) * 1000 LIMIT 1";
  return out;
}

std::int64_t free_bytes(Session& session) {
  return session.query_one(kFreeBytes, {}, first_integer).value_or(0);
}

std::optional<std::int64_t> oldest_ms(Session& session, const OldRows& rows) {
  std::optional<std::int64_t> oldest;
  session.query(rows.oldest, {}, [&](const Row& row) { oldest = row.optional_integer(0); });
  return oldest;
}

OldRowCount count_old_rows(Session& session, const OldRows& rows, WallTime limit) {
  OldRowCount out;
  out.eligible = session.query_one(rows.eligible, {unix_ms(limit)}, first_integer).value_or(0);
  out.has_older = session.query_one(rows.older, {format_time(limit)}, first_integer).has_value();
  out.oldest_ms = oldest_ms(session, rows);
  out.seen = session.query_one(rows.count, {}, first_integer).value_or(0);
  return out;
}

RemovedRows remove_old_rows(Session& session, const io::Clock& clock, const OldRows& rows, WallTime limit) {
  const MonoTime end = clock.mono_now() + kLongestBatch;
  const std::int64_t free_before = free_bytes(session);
  RemovedRows out;
  do {
    if (!rows.dependants.empty()) session.execute(rows.dependants, {unix_ms(limit), kRowsAStep});
    const std::int64_t removed = session.execute(rows.remove, {unix_ms(limit), kRowsAStep});
    out.rows += removed;
    out.is_end = removed < kRowsAStep;
  } while (!out.is_end && out.rows + kRowsAStep <= kMostRowsABatch && clock.mono_now() < end);
  out.bytes = std::max<std::int64_t>(0, free_bytes(session) - free_before);
  return out;
}

RemovedRows remove_by_keys(Session& session, const io::Clock& clock, const std::string& remove,
                           std::vector<std::string>& keys) {
  const MonoTime end = clock.mono_now() + kLongestBatch;
  const std::int64_t free_before = free_bytes(session);
  RemovedRows out;
  while (!keys.empty() && out.rows + kRowsAStep <= kMostRowsABatch) {
    const std::int64_t removed = session.execute(remove, {keys.back(), kRowsAStep});
    out.rows += removed;
    if (removed < kRowsAStep) keys.pop_back();
    if (clock.mono_now() >= end) break;  // after a step: a batch gets on, however slow the machine is
  }
  out.is_end = keys.empty();
  out.bytes = std::max<std::int64_t>(0, free_bytes(session) - free_before);
  return out;
}

}  // namespace fettle::store
