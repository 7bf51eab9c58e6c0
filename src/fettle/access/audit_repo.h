// The audit log's rows. There is no function that changes one; the oldest go by audit_base.h, if at all.
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

/// Which entries; what is not named does not matter.
struct Filter {
  std::optional<std::string> who;     // the actor's id, or a part of the name in any case
  std::optional<std::string> action;  // "token.create", or its beginning: "token"
  std::optional<std::string> object;  // an id
  std::optional<WallTime> from;
  std::optional<WallTime> until;  // not included
};
/// Newest first; `before` is a sequence (the cursor).
std::vector<AuditRow> list(store::Session& session, const Filter& filter, std::optional<std::int64_t> before,
                           std::int64_t limit);
/// Oldest first, from `first` on.
std::vector<AuditRow> read_range(store::Session& session, std::int64_t first, std::int64_t limit);
AuditHead head(store::Session& session);

/// A part of the way through the log: `at` is how far it was found intact, `entries` how many those are.
struct VerifyStep {
  AuditHead at;
  std::int64_t entries = 0;
  bool is_end = false;
};
/// Walks the whole log in pages and compares its end with the remembered head, so that a cut tail is found
/// too, and its beginning with what the log says of it.
std::expected<VerifyStep, AuditFault> verify(store::Session& session);

/// The same in steps that are short, each on a snapshot of its own: `at` is where the last one ended. Done
/// when `is_end` says so.
std::expected<VerifyStep, AuditFault> verify_step(store::Session& session, const AuditHead& at,
                                                  std::int64_t rows);

}  // namespace fettle::access::audit_repo
