#include "fettle/app/certificate_plan.h"

#include <algorithm>

#include "fettle/io/machine_names.h"
#include "fettle/net/url.h"

namespace fettle::app {
namespace {

bool is_everywhere(const std::string& address) {
  return address == "0.0.0.0" || address == "::";
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1";
}

std::string public_host(const cli::ServerOptions& options) {
  const auto url = net::parse_url(options.public_url);
  return url ? url->host : std::string();
}

std::string reachable_host(const std::string& listen_address) {
  if (!is_everywhere(listen_address)) return listen_address;
  const std::string name = io::machine_name();
  if (name.contains('.')) return name;
  const auto addresses = io::machine_addresses();
  return addresses.empty() ? name : addresses.front();
}

}  // namespace

CertificatePlan certificate_plan(const cli::ServerOptions& options) {
  CertificatePlan plan{options.data_folder, options.tls_certificate, options.tls_key, {}};
  const auto add = [&plan](const std::string& name) {
    if (!name.empty() && std::ranges::find(plan.names, name) == plan.names.end()) plan.names.push_back(name);
  };
  add(public_host(options));
  add(io::machine_name());
  if (is_everywhere(options.listen.address)) {
    for (const std::string& address : io::machine_addresses()) add(address);
  } else {
    add(options.listen.address);
  }
  add("localhost");
  add("127.0.0.1");
  add("::1");
  return plan;
}

std::string url_of(const cli::ServerOptions& options, std::uint16_t port) {
  if (!options.public_url.empty()) return options.public_url;
  std::string host = reachable_host(options.listen.address);
  if (host.contains(':')) host = "[" + host + "]";
  return (options.speaks_tls ? "https://" : "http://") + host + ":" + std::to_string(port);
}

std::vector<std::string> own_host_names(const cli::ServerOptions& options) {
  std::vector<std::string> names;
  if (std::string host = public_host(options); !host.empty()) names.push_back(std::move(host));
  if (!is_loopback(options.listen.address)) names.push_back(io::machine_name());
  return names;
}

}  // namespace fettle::app
