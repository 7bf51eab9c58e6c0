#include "fettle/cli/transport_rules.h"

#include "fettle/base/check.h"
#include "fettle/cli/config_value.h"

namespace fettle::cli {
namespace {

bool listens_on_loopback(const Config& config) {
  const auto listen = parse_listen_address(config.text("server.listen"));
  FETTLE_CHECK(listen.has_value(), "a checked value");
  return is_loopback(listen->address);
}

}  // namespace

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1";
}

bool speaks_tls(const Config& config) {
  const std::string& chosen = config.text("server.tls");
  if (chosen != "auto") return chosen == "on";
  return !config.text("server.tls_certificate").empty() || !listens_on_loopback(config);
}

std::vector<TransportFault> find_transport_faults(const Config& config) {
  std::vector<TransportFault> faults;
  const bool has_tls = speaks_tls(config);
  const bool has_certificate = !config.text("server.tls_certificate").empty();
  const bool has_key = !config.text("server.tls_key").empty();
  const bool has_proxies = !config.list("server.trusted_proxies").empty();
  const std::string& url = config.text("server.public_url");
  if (has_certificate && !has_key)
    faults.push_back({"server.tls_certificate", "needs its private key: name that in server.tls_key"});
  if (has_key && !has_certificate)
    faults.push_back({"server.tls_key", "needs its certificate: name that in server.tls_certificate"});
  if (has_certificate && !has_tls)
    faults.push_back(
        {"server.tls", "is off, so server.tls_certificate would not be used: take one of them away"});
  // Passwords and samples would go over the network in the open.
  if (!has_tls && !has_proxies && !listens_on_loopback(config))
    faults.push_back({"server.tls",
                      "is off, and so the server listens on loopback only: use 127.0.0.1 or ::1, or name the "
                      "proxy that ends TLS in server.trusted_proxies; others than it are then turned away"});
  // Behind a proxy that is not believed all clients are one to the limits, and cookies are those of plain
  // HTTP.
  if (!has_tls && url.starts_with("https://") && !has_proxies)
    faults.push_back(
        {"server.public_url",
         "begins with https, so a proxy ends TLS before this server: name it in "
         "server.trusted_proxies ([\"127.0.0.1\"] for one on this machine), or set server.tls to "
         "\"on\""});
  if (has_tls && url.starts_with("http://"))
    faults.push_back(
        {"server.public_url", "begins with http, but the server speaks TLS: it begins with https"});
  return faults;
}

}  // namespace fettle::cli
