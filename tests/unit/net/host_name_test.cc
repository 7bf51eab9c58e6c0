#include "fettle/net/host_name.h"

#include <gtest/gtest.h>

#include <vector>

namespace fettle::net {
namespace {

TEST(HostName, KnowsItsOwn) {
  const std::vector<std::string> names{"fleet.example"};
  for (const char* own :
       {"localhost", "LocalHost:8420", "localhost.", "a.localhost:1", "127.0.0.1:8420", "[::1]:8420",
        "192.0.2.7", "[2001:db8::1]", "fleet.example", "Fleet.Example:443", "fleet.example."}) {
    EXPECT_TRUE(is_own_host(own, names)) << own;
  }
  for (const char* foreign : {"evil.example", "evil.example:8420", "localhost.evil.example", "notlocalhost",
                              ".localhost", "127.0.0.1.evil.example", "fleet.example.evil", "a.fleet.example",
                              "[evil]", "[::1", "[127.0.0.1]", "2130706433", "127.1", ""}) {
    EXPECT_FALSE(is_own_host(foreign, names)) << foreign;
  }
}

}  // namespace
}  // namespace fettle::net
