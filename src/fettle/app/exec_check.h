// Whether what `fettle exec` says arrives: where the spool is, whether it can be written, whether an agent
// follows it. Blocks.
#pragma once
#include <cstdint>
#include <string>

#include "fettle/cli/doctor.h"

namespace fettle::app {

/// Where the agent of the user `agent_user` looks: in the machine's spool, if that was made for this user, or
/// in a folder below its own.
std::string exec_spool_of(const std::string& data_folder, std::uint32_t agent_user);

/// As the user of this process, by leaving a file there and waiting until it is taken away.
cli::DoctorFindings check_exec(const std::string& spool);

}  // namespace fettle::app
