// Where the audit log begins: after its first entry, or, when old entries were removed, behind the last of
// those. Before anything is removed an entry of the log itself says up to where and what the hash there is,
// so that a beginning that nobody announced is found like an entry that was changed. Inside a read or a
// write.
#pragma once
#include <optional>
#include <string_view>

#include "fettle/access/audit_rules.h"
#include "fettle/store/session.h"

namespace fettle::access::audit_base {

std::string_view schema_sql();

/// The last entry that was removed; the default where none was.
AuditHead find(store::Session& session);
/// Whether what is left says that entries up to `base` may be gone.
std::optional<AuditFault> check(store::Session& session, const AuditHead& base);

struct Old {
  std::int64_t seen = 0;
  std::int64_t eligible = 0;  // from the first entry on, without a gap: what is younger ends the row
  std::int64_t through = 0;   // the last of them
  std::optional<std::int64_t> oldest_ms;
  bool has_older = false;  // by another way of counting
};
Old count(store::Session& session, WallTime limit);

/// Says in the log that the entries up to `through` go. Errors: `not_found` when there is no such entry.
Result<> announce(store::Session& session, const AuditEntry& by, std::int64_t through);
/// Removes at most `most` of those that were announced; how many.
std::int64_t remove_some(store::Session& session, std::int64_t through, std::int64_t most);

inline constexpr std::string_view kAction = "audit.prune";

}  // namespace fettle::access::audit_base
