// The zones that this machine has, for tests that run through all of them.
#pragma once
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "fettle/base/zone.h"

namespace fettle::test {

inline const std::string kZoneFolder = "/usr/share/zoneinfo";

inline std::vector<std::uint8_t> zone_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("there is no " + path + "; the package tzdata has it");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

inline Zone zone_of(const std::string& name) {
  const auto bytes = zone_bytes(kZoneFolder + "/" + name);
  auto zone = Zone::parse(name, bytes);
  if (!zone) throw std::runtime_error(zone.error().detail);
  return *zone;
}

/// Names below `folder`, without the copies of all zones that Debian keeps in posix/ and right/.
inline std::vector<std::string> zone_names(const std::string& folder = kZoneFolder) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    if (!entry.is_regular_file() || name.starts_with("posix") || name.starts_with("right")) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    char magic[4]{};
    if (in.read(magic, 4) && std::string_view(magic, 4) == "TZif") out.push_back(name);
  }
  std::ranges::sort(out);
  return out;
}

struct YearRange {
  int from = 2020, until = 2035;
};
/// FETTLE_ZONE_YEARS=1970-2040 for the long form.
inline YearRange zone_years() {
  YearRange out;
  if (const char* text = std::getenv("FETTLE_ZONE_YEARS")) std::sscanf(text, "%d-%d", &out.from, &out.until);
  return out;
}
inline bool is_long_zone_test() {
  return std::getenv("FETTLE_ZONE_YEARS") != nullptr;
}

inline std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  char buffer[65536];
  for (std::size_t got = 0; (got = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) out.append(buffer, got);
  pclose(pipe);
  return out;
}

}  // namespace fettle::test
