// The agent's policy file: what the server may ask of this host (docs/install.md,
// packaging/agent-policy.toml). A key that is not known is an error, so that a word that is mistyped allows
// nothing by accident.
#pragma once
#include <string>
#include <vector>

#include "fettle/cli/config.h"
#include "fettle/cli/options.h"
#include "fettle/cli/surroundings.h"

namespace fettle::cli {

inline constexpr std::string_view kPolicyPath = "/etc/fettle/agent-policy.toml";

struct PolicyOutcome {
  PolicyOptions policy;
  std::vector<ConfigProblem> problems;  // with any, there is no policy to run on
};

/// `path` is for messages.
PolicyOutcome parse_policy(const std::string& path, std::string_view text);

/// Reads `named`, or the system's file, which may be missing: then what is built in counts. Errors:
/// `forbidden`
/// ("file_not_trusted") when others than root can change it, `unprocessable` ("file_unreadable").
Result<PolicyOutcome> load_policy(const std::string& named, const Surroundings& surroundings);

}  // namespace fettle::cli
