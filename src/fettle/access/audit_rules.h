// The chain of the audit log: what is hashed, and whether a stretch of rows is unbroken. Pure, so that
// a copy of the log can be verified offline.
#pragma once
#include <expected>
#include <span>
#include <string>

#include "fettle/access/audit.h"

namespace fettle::access {

/// The bytes that stand for an entry: a format mark, then each field with its length before it, numbers as
/// eight bytes with the highest first. No two entries have the same bytes.
std::string canonical_bytes(std::int64_t sequence, const AuditEntry& entry);
/// SHA-256 of the hash before and the canonical bytes.
Hash256 audit_hash(const Hash256& previous, std::int64_t sequence, const AuditEntry& entry);

struct AuditFault {
  std::int64_t sequence = 0;  // where the chain breaks first
  std::string what;
};

/// The head after these rows, when they continue the chain from `before`.
std::expected<AuditHead, AuditFault> verify_audit(std::span<const AuditRow> rows, const AuditHead& before);

}  // namespace fettle::access
