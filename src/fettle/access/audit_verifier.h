// Walks the audit log of a running server from its first entry to its last, in steps that hold nobody up.
// Loop thread.
#pragma once
#include <optional>

#include "fettle/access/audit_rules.h"
#include "fettle/io/clock.h"
#include "fettle/store/store.h"

namespace fettle::access {

struct AuditVerdict {
  WallTime at;
  std::int64_t entries = 0;  // intact, from the first one that is there
  std::optional<AuditFault> fault;
};

class AuditVerifier {
 public:
  AuditVerifier(io::Clock& clock, store::Store& store) : clock_(clock), store_(store) {}
  /// `unavailable` (verification_running) while another one runs: it costs a reader.
  Task<Result<AuditVerdict>> verify();

 private:
  Task<Result<AuditVerdict>> walk();

  io::Clock& clock_;
  store::Store& store_;
  bool is_running_ = false;
};

}  // namespace fettle::access
