// The audit log's rows. There is no function that changes or removes one.
#pragma once
#include <expected>
#include <optional>
#include <vector>

#include "fettle/access/audit.h"
#include "fettle/access/audit_rules.h"
#include "fettle/store/session.h"

namespace fettle::access::audit_repo {

/// Inside the write of the change that it tells of: both stand, or neither.
void append(store::Session& session, const AuditEntry& entry);

/// Newest first; `before` is a sequence (the cursor).
std::vector<AuditRow> list(store::Session& session, std::optional<std::int64_t> before, std::int64_t limit);
/// Oldest first, from `first` on.
std::vector<AuditRow> read_range(store::Session& session, std::int64_t first, std::int64_t limit);
AuditHead head(store::Session& session);

/// Walks the whole log in pages and compares its end with the remembered head, so that a cut tail is found
/// too.
std::expected<AuditHead, AuditFault> verify(store::Session& session);

}  // namespace fettle::access::audit_repo
