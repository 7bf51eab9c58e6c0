#include "fettle/cli/config_file.h"

namespace fettle::cli {
namespace {
/// The parser met what its own text rules out; version 3.3 does so on some broken headers ("[[[").
struct ParserLost {};
}  // namespace
}  // namespace fettle::cli

// An assertion of the parser is an error of the file here, never the end of the process.
#ifdef NDEBUG
#error "TOML++ turns its assertions into assumptions under NDEBUG"
#endif
#define TOML_ASSERT(expr) ((expr) ? static_cast<void>(0) : throw ::fettle::cli::ParserLost{})
#define TOML_EXCEPTIONS 1
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <tuple>

#include "fettle/base/encoding.h"
#include "fettle/base/text.h"

namespace fettle::cli {
namespace {

/// Version 3.3 of the parser is undefined for letters such as "Ÿ" in the wrong place. It therefore sees ASCII
/// alone: every other byte, and the mark itself, as a mark and two hex digits, taken back in what it read.
constexpr char kMark = '~';

std::string to_ascii(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && c != kMark)
      out += c;
    else
      out += {kMark, kDigits[byte >> 4], kDigits[byte & 0xF]};
  }
  return out;
}

std::string from_ascii(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::array<std::uint8_t, 1> byte{};
    if (text[at] == kMark && hex_decode(text.substr(at + 1, 2), byte)) {
      out += static_cast<char>(byte[0]);
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

/// The line of the first byte that is no UTF-8.
std::optional<std::uint32_t> find_unreadable_line(std::string_view text) {
  std::uint32_t line = 1;
  for (const std::string_view part : split(text, '\n')) {
    if (!is_valid_utf8(part)) return line;
    ++line;
  }
  return std::nullopt;
}

std::optional<ConfigValue> value_of(const toml::node& node) {
  if (auto text = node.value_exact<std::string>()) return ConfigValue(from_ascii(*text));
  if (auto number = node.value_exact<std::int64_t>()) return ConfigValue(*number);
  if (auto flag = node.value_exact<bool>()) return ConfigValue(*flag);
  const toml::array* array = node.as_array();
  if (!array) return std::nullopt;
  std::vector<std::string> list;
  for (const toml::node& item : *array) {
    auto text = item.value_exact<std::string>();
    if (!text) return std::nullopt;
    list.push_back(from_ascii(*text));
  }
  return ConfigValue(std::move(list));
}

void flatten(const toml::table& table, const std::string& prefix, std::vector<FileSetting>& out) {
  for (const auto& [key, node] : table) {
    std::string name = prefix + from_ascii(key.str());
    if (const toml::table* inner = node.as_table())
      flatten(*inner, name + '.', out);
    else
      out.push_back({std::move(name), key.source().begin.line, value_of(node)});
  }
}

bool loses_parser(std::string_view text) {
  try {
    static_cast<void>(toml::parse(text));
  } catch (const ParserLost&) {
    return true;
  } catch (const toml::parse_error&) {
  }
  return false;
}

/// The line at which the parser is lost: the shortest beginning of the text that loses it ends there.
std::uint32_t find_lost_line(std::string_view text) {
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') ends.push_back(i + 1);
  auto found =
      std::ranges::partition_point(ends, [&](std::size_t end) { return !loses_parser(text.substr(0, end)); });
  return static_cast<std::uint32_t>(found - ends.begin()) + 1;
}

}  // namespace

std::expected<std::vector<FileSetting>, FileFault> parse_config_file(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (auto line = find_unreadable_line(text)) return std::unexpected(FileFault{*line, "this is no UTF-8"});
  const std::string ascii = to_ascii(text);
  std::vector<FileSetting> settings;
  try {
    flatten(toml::parse(std::string_view(ascii)), "", settings);
  } catch (const toml::parse_error& error) {
    return std::unexpected(FileFault{error.source().begin.line, from_ascii(error.description())});
  } catch (const ParserLost&) {
    return std::unexpected(FileFault{find_lost_line(ascii), "this is no TOML"});
  }
  std::ranges::sort(settings, {},
                    [](const FileSetting& setting) { return std::tie(setting.line, setting.name); });
  return settings;
}

}  // namespace fettle::cli
