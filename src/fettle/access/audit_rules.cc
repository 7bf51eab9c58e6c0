#include "fettle/access/audit_rules.h"

#include "fettle/base/encoding.h"

namespace fettle::access {
namespace {

constexpr std::string_view kFormat = "fettle-audit-1";

void append_number(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFFU);
}

void append_text(std::string& out, std::string_view text) {
  append_number(out, text.size());
  out += text;
}

}  // namespace

std::string canonical_bytes(std::int64_t sequence, const AuditEntry& entry) {
  std::string out;
  append_text(out, kFormat);
  append_number(out, static_cast<std::uint64_t>(sequence));
  append_number(out, static_cast<std::uint64_t>(unix_ms(entry.at)));
  for (const std::string_view text :
       {std::string_view(entry.actor.kind), std::string_view(entry.actor.id),
        std::string_view(entry.actor.name), std::string_view(entry.actor.address),
        std::string_view(entry.action), std::string_view(entry.object), std::string_view(entry.detail)}) {
    append_text(out, text);
  }
  return out;
}

Hash256 audit_hash(const Hash256& previous, std::int64_t sequence, const AuditEntry& entry) {
  std::string bytes(as_text(previous));
  bytes += canonical_bytes(sequence, entry);
  return sha256(bytes);
}

std::expected<AuditHead, AuditFault> verify_audit(std::span<const AuditRow> rows, const AuditHead& before) {
  AuditHead head = before;
  for (const AuditRow& row : rows) {
    const std::int64_t expected = head.sequence + 1;
    if (row.sequence != expected) {
      return std::unexpected(AuditFault{
          expected, "is missing or out of order: " + std::to_string(row.sequence) + " stands there"});
    }
    if (row.hash != audit_hash(head.hash, row.sequence, row.entry)) {
      return std::unexpected(AuditFault{expected, "was changed, or an entry before it was removed"});
    }
    head = {row.sequence, row.hash};
  }
  return head;
}

}  // namespace fettle::access
