// Which certificate a server gets, and how it is reached: read off its options and the machine it runs on.
#pragma once
#include <string>

#include "fettle/app/certificate_keeper.h"
#include "fettle/cli/options.h"

namespace fettle::app {

CertificatePlan certificate_plan(const cli::ServerOptions& options);

/// public_url, or what stands for it: a server that listens on all addresses is reached by the machine's name
/// if that is a full one, else by its first address.
std::string url_of(const cli::ServerOptions& options, std::uint16_t port);

/// Names beside addresses and localhost under which requests are served.
std::vector<std::string> own_host_names(const cli::ServerOptions& options);

}  // namespace fettle::app
