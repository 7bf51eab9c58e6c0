// The environments and roles that are there from the beginning. Their ids are fixed, so that every store has
// the same ones and no module has to look them up.
#pragma once
#include <string_view>

#include "fettle/base/id.h"

namespace fettle::access {

/// env_00000000000070008000000000000001 and ...02: UUIDv7 of the epoch.
inline const EnvironmentId kDefaultEnvironment{Uuid{0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}};
inline const EnvironmentId kSystemEnvironment{Uuid{0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 2}};
inline constexpr std::string_view kDefaultEnvironmentName = "default";
inline constexpr std::string_view kSystemEnvironmentName = "system";

inline constexpr std::string_view kViewerRole = "viewer";
inline constexpr std::string_view kOperatorRole = "operator";
inline constexpr std::string_view kAdministratorRole = "administrator";

}  // namespace fettle::access
