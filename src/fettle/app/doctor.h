// `fettle doctor`: looks at a server or an agent from the outside, whether it runs or does not start. Blocks.
#pragma once
#include <string>

#include "fettle/cli/doctor.h"
#include "fettle/cli/options.h"
#include "fettle/net/client.h"

namespace fettle::app {

cli::DoctorFindings examine_server(const cli::ServerOptions& options);
cli::DoctorFindings examine_agent(const cli::AgentOptions& options);

/// What both have in common (doctor_machine.cc).
struct Examined {
  std::string role;    // "server"
  std::string folder;  // its data
  std::string unit;    // "fettle-server.service"
};
void examine_folder(cli::DoctorFindings& findings, const Examined& who);
void examine_clock(cli::DoctorFindings& findings);
void examine_unit(cli::DoctorFindings& findings, const Examined& who);
void examine_programs(cli::DoctorFindings& findings);
/// A bounded GET; whatever the status, it is an answer. `pins` as in net::ClientRequest.
Result<net::ClientAnswer> ask(const std::string& url, const std::vector<CertificatePin>& pins);

}  // namespace fettle::app
