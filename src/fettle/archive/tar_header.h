// The 512 bytes before each entry of a tar file. Source: POSIX.1-2017, pax, "ustar Interchange Format"; sizes
// beyond 8 GiB in base 256, as GNU tar writes and reads them. Regular files only.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fettle/base/result.h"

namespace fettle::archive {

inline constexpr std::size_t kTarBlock = 512;

struct TarEntry {
  std::string name;  // relative, with slashes
  std::uint64_t size = 0;
  std::int64_t modified = 0;  // seconds since the epoch
};

/// A relative path without empty, "." and ".." parts, without control characters.
bool is_safe_name(std::string_view name);

/// `too_large` when the name does not fit (more than 100 bytes behind the last slash that fits).
Result<std::array<char, kTarBlock>> tar_header(const TarEntry& entry);
/// nullopt for a block of zeros (the end). `corrupt` for all that tar_header does not write.
Result<std::optional<TarEntry>> parse_tar_header(std::string_view block);
/// Zeros that fill the last block of an entry.
constexpr std::size_t tar_padding(std::uint64_t size) {
  return static_cast<std::size_t>((kTarBlock - size % kTarBlock) % kTarBlock);
}

}  // namespace fettle::archive
