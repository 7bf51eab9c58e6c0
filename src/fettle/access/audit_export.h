// The audit log as a file: CSV (RFC 4180) for people, JSON lines for programs. Pure.
#pragma once
#include <span>
#include <string>

#include "fettle/access/audit.h"

namespace fettle::access {

/// With a line of titles. A cell that a spreadsheet would take for a formula begins with an apostrophe.
std::string audit_csv(std::span<const AuditRow> rows);
/// One object a line, as the API says an entry: enough to verify the chain from its first entry on.
std::string audit_json_lines(std::span<const AuditRow> rows);

}  // namespace fettle::access
