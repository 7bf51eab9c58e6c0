#include "fettle/net/host_name.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>

#include "fettle/base/text.h"

namespace fettle::net {
namespace {

bool is_address(int family, std::string_view text) {
  std::array<unsigned char, sizeof(::in6_addr)> address{};
  return ::inet_pton(family, std::string(text).c_str(), address.data()) == 1;
}

}  // namespace

bool is_own_host(std::string_view host, std::span<const std::string> names) {
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    return end != std::string_view::npos && is_address(AF_INET6, host.substr(1, end - 1));
  }
  host = host.substr(0, host.find(':'));
  if (host.ends_with('.')) host.remove_suffix(1);
  constexpr std::string_view kBelowLocal = ".localhost";
  if (is_address(AF_INET, host) || equals_ignoring_case(host, kBelowLocal.substr(1))) return true;
  if (host.size() > kBelowLocal.size() &&
      equals_ignoring_case(host.substr(host.size() - kBelowLocal.size()), kBelowLocal)) {
    return true;
  }
  return std::ranges::any_of(names,
                             [&](const std::string& name) { return equals_ignoring_case(host, name); });
}

}  // namespace fettle::net
