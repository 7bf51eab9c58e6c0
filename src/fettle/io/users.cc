#include "fettle/io/users.h"

#include <pwd.h>

#include <vector>

namespace fettle::io {
namespace {

constexpr std::size_t kRoom = 16UL * 1024;

template <class Look>
std::optional<UserFacts> found(Look look) {
  std::vector<char> room(kRoom);
  passwd entry{};
  passwd* result = nullptr;
  if (look(entry, room, result) != 0 || result == nullptr) return std::nullopt;
  return UserFacts{entry.pw_uid, entry.pw_gid, entry.pw_name, entry.pw_dir};
}

}  // namespace

std::optional<UserFacts> find_user(const std::string& name) {
  return found([&name](passwd& entry, std::vector<char>& room, passwd*& result) {
    return ::getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &result);
  });
}

std::optional<UserFacts> find_user(std::uint32_t uid) {
  return found([uid](passwd& entry, std::vector<char>& room, passwd*& result) {
    return ::getpwuid_r(uid, &entry, room.data(), room.size(), &result);
  });
}

}  // namespace fettle::io
