// The files of packaging/ that the program carries, so that a host can be installed from its server alone.
#pragma once
#include <string_view>

namespace fettle::app {

std::string_view packaged_install_sh();
std::string_view packaged_fettle_agent_service();
std::string_view packaged_agent_policy_toml();

}  // namespace fettle::app
