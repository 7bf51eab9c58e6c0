// Users of this machine, by name and number. Blocks: the names may come from a directory in the network.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace fettle::io {

struct UserFacts {
  std::uint32_t uid = 0, gid = 0;
  std::string name, home;
};

std::optional<UserFacts> find_user(const std::string& name);
std::optional<UserFacts> find_user(std::uint32_t uid);

}  // namespace fettle::io
