#include "fettle/access/audit_repo.h"

#include "fettle/access/audit_base.h"
#include "fettle/access/stored_hash.h"

namespace fettle::access::audit_repo {
namespace {

constexpr std::string_view kHead = "SELECT sequence, hash FROM audit_head WHERE id = 1";
constexpr std::string_view kSetHead = "UPDATE audit_head SET sequence = ?1, hash = ?2 WHERE id = 1";
constexpr std::string_view kInsert =
    "INSERT INTO audit_entry (sequence, at, actor_kind, actor_id, actor_name, address, action, object, "
    "detail, hash)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
constexpr std::string_view kNewestFirst =
    "SELECT sequence, at, actor_kind, actor_id, actor_name, address, action, object, detail, hash"
    " FROM audit_entry WHERE sequence < ?1"
    " AND (?3 IS NULL OR actor_id = ?3 OR instr(lower(actor_name), lower(?3)) > 0)"
    " AND (?4 IS NULL OR action = ?4 OR substr(action, 1, length(?4) + 1) = ?4 || '.')"
    " AND (?5 IS NULL OR object = ?5)"
    " AND (?6 IS NULL OR at >= ?6) AND (?7 IS NULL OR at < ?7)"
    " ORDER BY sequence DESC LIMIT ?2";
constexpr std::string_view kOldestFirst =
    "SELECT sequence, at, actor_kind, actor_id, actor_name, address, action, object, detail, hash"
    " FROM audit_entry WHERE sequence >= ?1 ORDER BY sequence LIMIT ?2";

constexpr std::string_view kCount = "SELECT count(*) FROM audit_entry";

constexpr std::int64_t kPage = 500;

AuditRow read_row(const store::Row& row) {
  AuditRow out;
  out.sequence = row.integer(0);
  out.entry.at = wall_from_unix_ms(row.integer(1));
  out.entry.actor = {row.text(2), row.text(3), row.text(4), row.text(5)};
  out.entry.action = row.text(6);
  out.entry.object = row.text(7);
  out.entry.detail = row.text(8);
  out.hash = read_hash(row.blob(9));
  return out;
}

}  // namespace

AuditHead head(store::Session& session) {
  return session
      .query_one(kHead, {},
                 [](const store::Row& row) { return AuditHead{row.integer(0), read_hash(row.blob(1))}; })
      .value_or(AuditHead{});
}

void append(store::Session& session, const AuditEntry& entry) {
  const AuditHead last = head(session);
  const std::int64_t sequence = last.sequence + 1;
  const Hash256 hash = audit_hash(last.hash, sequence, entry);
  const Actor& actor = entry.actor;
  session.execute(kInsert, {sequence, unix_ms(entry.at), actor.kind, actor.id, actor.name, actor.address,
                            entry.action, entry.object, entry.detail, std::span<const std::uint8_t>(hash)});
  session.execute(kSetHead, {sequence, std::span<const std::uint8_t>(hash)});
}

std::vector<AuditRow> list(store::Session& session, const Filter& filter, std::optional<std::int64_t> before,
                           std::int64_t limit) {
  std::optional<std::int64_t> from;
  std::optional<std::int64_t> until;
  if (filter.from) from = unix_ms(*filter.from);
  if (filter.until) until = unix_ms(*filter.until);
  return session.query_all(
      kNewestFirst,
      {before.value_or(INT64_MAX), limit, filter.who, filter.action, filter.object, from, until}, read_row);
}

std::vector<AuditRow> read_range(store::Session& session, std::int64_t first, std::int64_t limit) {
  return session.query_all(kOldestFirst, {first, limit}, read_row);
}

std::expected<VerifyStep, AuditFault> verify_step(store::Session& session, const AuditHead& at,
                                                  std::int64_t rows) {
  // What was removed since the last step need not be looked at any more.
  const AuditHead base = audit_base::find(session);
  const AuditHead& before = at.sequence < base.sequence ? base : at;
  const std::vector<AuditRow> next = read_range(session, before.sequence + 1, rows);
  if (!next.empty()) {
    const auto end = verify_audit(next, before);
    if (!end) return std::unexpected(end.error());
    return VerifyStep{.at = *end, .entries = end->sequence - base.sequence};
  }
  if (const auto fault = audit_base::check(session, base)) return std::unexpected(*fault);
  // A row numbered 0 or less would otherwise not be looked at.
  const auto count = session.query_one(kCount, {}, [](const store::Row& row) { return row.integer(0); });
  if (count.value_or(0) != before.sequence - base.sequence)
    return std::unexpected(AuditFault{0, "there are entries outside the chain"});
  if (head(session) != before) {
    return std::unexpected(AuditFault{before.sequence + 1, "the log ends before its remembered head"});
  }
  return VerifyStep{.at = before, .entries = before.sequence - base.sequence, .is_end = true};
}

std::expected<VerifyStep, AuditFault> verify(store::Session& session) {
  VerifyStep step;
  while (!step.is_end) {
    auto next = verify_step(session, step.at, kPage);
    if (!next) return std::unexpected(next.error());
    step = *next;
  }
  return step;
}

}  // namespace fettle::access::audit_repo
