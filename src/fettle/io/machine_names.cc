#include "fettle/io/machine_names.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>

namespace fettle::io {
namespace {

/// Empty for what nobody elsewhere can use.
std::string address_of(const ::ifaddrs& entry) {
  if (entry.ifa_addr == nullptr || (entry.ifa_flags & IFF_UP) == 0 || (entry.ifa_flags & IFF_LOOPBACK) != 0)
    return {};
  std::array<char, INET6_ADDRSTRLEN> out{};
  const void* bytes = nullptr;
  if (entry.ifa_addr->sa_family == AF_INET) {
    const auto* address = reinterpret_cast<const ::sockaddr_in*>(entry.ifa_addr);
    if ((ntohl(address->sin_addr.s_addr) >> 16) == 0xa9fe) return {};  // 169.254.0.0/16
    bytes = &address->sin_addr;
  } else if (entry.ifa_addr->sa_family == AF_INET6) {
    const auto* address = reinterpret_cast<const ::sockaddr_in6*>(entry.ifa_addr);
    if (IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr)) return {};
    bytes = &address->sin6_addr;
  } else {
    return {};
  }
  return ::inet_ntop(entry.ifa_addr->sa_family, bytes, out.data(), out.size()) != nullptr ? out.data() : "";
}

}  // namespace

std::string machine_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

std::vector<std::string> machine_addresses() {
  std::vector<std::string> v4, v6;
  ::ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return v4;
  for (const ::ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    std::string address = address_of(*entry);
    if (!address.empty()) (address.contains(':') ? v6 : v4).push_back(std::move(address));
  }
  ::freeifaddrs(list);
  v4.insert(v4.end(), v6.begin(), v6.end());
  return v4;
}

}  // namespace fettle::io
