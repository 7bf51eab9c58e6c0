// What the settings of server.listen, server.tls, server.public_url and server.trusted_proxies say together.
// Pure.
#pragma once
#include <string_view>
#include <vector>

#include "fettle/cli/config.h"

namespace fettle::cli {

/// 127.0.0.0/8 or ::1.
bool is_loopback(std::string_view address);
/// "auto" is decided here.
bool speaks_tls(const Config& config);

struct TransportFault {
  std::string_view key;   // the setting to change
  std::string_view text;  // what is wrong, and what to do
};
/// Each value is allowed by itself already.
std::vector<TransportFault> find_transport_faults(const Config& config);

}  // namespace fettle::cli
