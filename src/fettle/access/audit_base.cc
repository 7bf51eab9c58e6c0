#include "fettle/access/audit_base.h"

#include <charconv>

#include "fettle/access/audit_repo.h"
#include "fettle/access/stored_hash.h"
#include "fettle/base/encoding.h"

namespace fettle::access::audit_base {
namespace {

// A copy that an older version made has no such table, and nothing removed.
constexpr std::string_view kHasTable =
    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'audit_base'";
constexpr std::string_view kFind = "SELECT sequence, hash FROM audit_base WHERE id = 1";
constexpr std::string_view kSet = "UPDATE audit_base SET sequence = ?1, hash = ?2 WHERE id = 1";
constexpr std::string_view kAnnounced =
    "SELECT detail FROM audit_entry WHERE action = ?1 ORDER BY sequence DESC LIMIT 1";
constexpr std::string_view kEntryAt = "SELECT sequence, hash FROM audit_entry WHERE sequence = ?1";
constexpr std::string_view kRemove = "DELETE FROM audit_entry WHERE sequence <= ?1";
constexpr std::string_view kCount = "SELECT count(*) FROM audit_entry";
constexpr std::string_view kFirst = "SELECT sequence, at FROM audit_entry ORDER BY sequence LIMIT 1";
constexpr std::string_view kFirstYoung =
    "SELECT sequence FROM audit_entry WHERE at >= ?1 ORDER BY sequence LIMIT 1";
constexpr std::string_view kLast = "SELECT max(sequence) FROM audit_entry";
// The first entry decides: it holds up all behind it.
constexpr std::string_view kOlder =
    "SELECT 1 FROM (SELECT at FROM audit_entry ORDER BY sequence LIMIT 1) WHERE at < unixepoch(?1) * 1000";

constexpr std::string_view kThrough = "through ";
constexpr std::string_view kHash = ", hash ";

AuditHead read_head(const store::Row& row) {
  return {row.integer(0), read_hash(row.blob(1))};
}

std::string announcement(const AuditHead& last) {
  return std::string(kThrough) + std::to_string(last.sequence) + std::string(kHash) + hex_encode(last.hash);
}

/// The number in an announcement; 0 when it is none.
std::int64_t announced_through(std::string_view detail) {
  if (!detail.starts_with(kThrough)) return 0;
  detail.remove_prefix(kThrough.size());
  std::int64_t through = 0;
  const auto parsed = std::from_chars(detail.data(), detail.data() + detail.size(), through);
  return parsed.ec == std::errc{} ? through : 0;
}

}  // namespace

std::string_view schema_sql() {
  return R"sql(
CREATE TABLE audit_base (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  sequence INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT;
INSERT INTO audit_base (id, sequence, hash) VALUES (1, 0, zeroblob(32));
)sql";
}

AuditHead find(store::Session& session) {
  const auto has_table =
      session.query_one(kHasTable, {}, [](const store::Row& row) { return row.integer(0); });
  if (!has_table) return {};
  return session.query_one(kFind, {}, read_head).value_or(AuditHead{});
}

std::optional<AuditFault> check(store::Session& session, const AuditHead& base) {
  if (base.sequence == 0) {
    if (base == AuditHead{}) return std::nullopt;
    return AuditFault{1, "the remembered beginning of the log was changed"};
  }
  const auto detail =
      session.query_one(kAnnounced, {kAction}, [](const store::Row& row) { return row.text(0); });
  const std::int64_t through = detail ? announced_through(*detail) : 0;
  // Where the removal was interrupted the beginning lies before what was announced; the next entry has its
  // hash.
  if (base.sequence < through) return std::nullopt;
  if (base.sequence == through && *detail == announcement(base)) return std::nullopt;
  return AuditFault{base.sequence, "entries up to here were removed without the log saying so"};
}

Old count(store::Session& session, WallTime limit) {
  const auto integer = [](const store::Row& row) { return row.integer(0); };
  Old out;
  out.seen = session.query_one(kCount, {}, integer).value_or(0);
  std::int64_t first = 0;
  session.query(kFirst, {}, [&](const store::Row& row) {
    first = row.integer(0);
    out.oldest_ms = row.integer(1);
  });
  if (out.seen == 0) return out;
  const auto young = session.query_one(kFirstYoung, {unix_ms(limit)}, integer);
  out.through = young ? *young - 1 : session.query_one(kLast, {}, integer).value_or(0);
  out.eligible = out.through - first + 1;
  out.has_older = session.query_one(kOlder, {format_time(limit)}, integer).has_value();
  return out;
}

Result<> announce(store::Session& session, const AuditEntry& by, std::int64_t through) {
  const auto last = session.query_one(kEntryAt, {through}, read_head);
  if (!last) return fail(ErrorCode::not_found, "not_found", "the audit log has no entry of this number");
  AuditEntry entry = by;
  entry.action = kAction;
  entry.detail = announcement(*last);
  audit_repo::append(session, entry);
  return {};
}

std::int64_t remove_some(store::Session& session, std::int64_t through, std::int64_t most) {
  const std::int64_t last = std::min(through, find(session).sequence + most);
  const auto base = session.query_one(kEntryAt, {last}, read_head);
  if (!base) return 0;
  session.execute(kSet, {base->sequence, std::span<const std::uint8_t>(base->hash)});
  return session.execute(kRemove, {base->sequence});
}

}  // namespace fettle::access::audit_base
