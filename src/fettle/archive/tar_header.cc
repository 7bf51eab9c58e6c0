#include "fettle/archive/tar_header.h"

#include <algorithm>

#include "fettle/base/text.h"

namespace fettle::archive {
namespace {

struct Field {
  std::size_t at, size;
};
constexpr Field kName{0, 100}, kMode{100, 8}, kUser{108, 8}, kGroup{116, 8}, kSize{124, 12}, kTime{136, 12},
    kSum{148, 8}, kType{156, 1}, kMagic{257, 8}, kPrefix{345, 155};
constexpr std::string_view kUstar{
    "ustar\0"
    "00",
    8};
constexpr std::uint64_t kOctalLimit = 1ULL << 33U;  // eleven octal digits
constexpr char kBase256 = static_cast<char>(0x80);

using Block = std::array<char, kTarBlock>;

void put(Block& block, Field field, std::string_view text) {
  std::ranges::copy(text.substr(0, field.size), block.begin() + static_cast<std::ptrdiff_t>(field.at));
}

void put_octal(Block& block, Field field, std::uint64_t value) {
  for (std::size_t i = field.size - 1; i-- > 0;) {
    block[field.at + i] = static_cast<char>('0' + (value & 7U));
    value >>= 3U;
  }
}

void put_size(Block& block, std::uint64_t value) {
  if (value < kOctalLimit) return put_octal(block, kSize, value);
  for (std::size_t i = kSize.size; i-- > 1;) {
    block[kSize.at + i] = static_cast<char>(value & 0xffU);
    value >>= 8U;
  }
  block[kSize.at] = kBase256;
}

std::string_view text_of(std::string_view block, Field field) {
  const std::string_view all = block.substr(field.at, field.size);
  return all.substr(0, all.find('\0'));
}

std::optional<std::uint64_t> number_of(std::string_view block, Field field) {
  std::string_view digits = block.substr(field.at, field.size);
  std::uint64_t value = 0;
  if (digits[0] == kBase256) {
    for (std::size_t i = 1; i < digits.size(); ++i) {
      if (value >> 56U != 0) return std::nullopt;
      value = value << 8U | static_cast<unsigned char>(digits[i]);
    }
    return value;
  }
  digits = digits.substr(0, digits.find_first_of(std::string_view("\0 ", 2)));
  if (digits.empty()) return std::nullopt;
  for (const char c : digits) {
    if (c < '0' || c > '7') return std::nullopt;
    value = value << 3U | static_cast<unsigned>(c - '0');
  }
  return value;
}

/// Over the block with its own field as spaces.
std::uint64_t sum_of(std::string_view block) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool is_own = i >= kSum.at && i < kSum.at + kSum.size;
    sum += is_own ? static_cast<unsigned char>(' ') : static_cast<unsigned char>(block[i]);
  }
  return sum;
}

std::unexpected<Error> corrupt(std::string_view why) {
  return fail(ErrorCode::corrupt, "bad_archive", "the archive cannot be read: " + std::string(why));
}

}  // namespace

bool is_safe_name(std::string_view name) {
  if (name.empty() || has_control(name)) return false;
  return std::ranges::none_of(
      split(name, '/'), [](std::string_view part) { return part.empty() || part == "." || part == ".."; });
}

Result<std::array<char, kTarBlock>> tar_header(const TarEntry& entry) {
  Block block{};
  std::string_view name = entry.name;
  if (name.size() > kName.size) {
    const std::size_t slash = name.find('/', name.size() - kName.size - 1);
    if (slash == std::string_view::npos || slash > kPrefix.size) {
      return fail(ErrorCode::too_large, "name_too_long",
                  "the path " + entry.name + " does not fit a tar file");
    }
    put(block, kPrefix, name.substr(0, slash));
    name.remove_prefix(slash + 1);
  }
  put(block, kName, name);
  put_octal(block, kMode, 0600);
  put_octal(block, kUser, 0);
  put_octal(block, kGroup, 0);
  put_size(block, entry.size);
  put_octal(block, kTime, static_cast<std::uint64_t>(std::max<std::int64_t>(entry.modified, 0)));
  block[kType.at] = '0';
  put(block, kMagic, kUstar);
  put_octal(block, {kSum.at, kSum.size - 1}, sum_of({block.data(), block.size()}));
  block[kSum.at + kSum.size - 1] = ' ';
  return block;
}

Result<std::optional<TarEntry>> parse_tar_header(std::string_view block) {
  if (block.size() != kTarBlock) return corrupt("it ends within an entry");
  if (block.find_first_not_of('\0') == std::string_view::npos) return std::optional<TarEntry>();
  const bool is_sum_closed = block.substr(kSum.at + kSum.size - 2, 2) == std::string_view("\0 ", 2);
  if (!is_sum_closed || number_of(block, kSum) != sum_of(block))
    return corrupt("the sum of a header is wrong");
  if (block.substr(kMagic.at, kMagic.size) != kUstar || block[kType.at] != '0') {
    return corrupt("there is something other than a file in it");
  }
  TarEntry entry;
  entry.name = std::string(text_of(block, kPrefix));
  if (!entry.name.empty()) entry.name += '/';
  entry.name += text_of(block, kName);
  const auto size = number_of(block, kSize);
  const auto time = number_of(block, kTime);
  if (!size || !time || !is_safe_name(entry.name)) return corrupt("a header makes no sense");
  entry.size = *size;
  entry.modified = static_cast<std::int64_t>(*time);
  return std::optional(std::move(entry));
}

}  // namespace fettle::archive
