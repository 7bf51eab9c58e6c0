// Enrolment tokens (S2): single use, 15 minutes, bound to an environment, stored hashed.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/base/id.h"
#include "fettle/base/time.h"
#include "fettle/io/random.h"

namespace fettle::fleet {

inline constexpr Seconds kEnrolmentTokenLife{15 * 60};

struct EnrolmentToken {
  EnrolmentId id;
  std::vector<std::uint8_t> hash;
  EnvironmentId environment;
  std::optional<std::string> name;  // what the host will be called; else it says itself
  WallTime created_at;
  std::string created_by;
  WallTime expires_at;
  std::optional<WallTime> used_at;
  std::optional<HostId> host;      // that it became, once it is used
  std::optional<HostId> for_host;  // it gives this one a new key, instead of adding one
};

enum class EnrolmentState : std::uint8_t { waiting, used, expired };
EnrolmentState decide_enrolment_state(const EnrolmentToken& token, WallTime now);

}  // namespace fettle::fleet
