// Tasks of the audit log: its beginning goes, if it is to go, and the rest is verified. Loop thread.
#pragma once
#include <string>
#include <vector>

#include "fettle/access/audit_verifier.h"
#include "fettle/runs/plan.h"
#include "fettle/upkeep/retention.h"

namespace fettle::upkeep {

struct AuditGround {
  RowGround rows;
  access::AuditVerifier& verifier;
  std::string server_id;
};

std::vector<runs::PlanTask> audit_tasks(AuditGround ground, std::chrono::days keep);

}  // namespace fettle::upkeep
