#include "fettle/agent/policy_rules.h"

#include <algorithm>

namespace fettle::agent {

Millis decide_allowed_interval(const HeartbeatPolicy& policy, Millis asked) {
  return std::clamp(asked, policy.fastest, std::max(policy.fastest, policy.slowest));
}

}  // namespace fettle::agent
