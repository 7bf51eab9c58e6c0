#include "fettle/cli/config_value.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "fettle/base/certificate_pin.h"
#include "fettle/base/text.h"

namespace fettle::cli {
namespace {

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T number{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

/// 4, 6, or 0 when it is no address.
int address_family(const std::string& text) {
  unsigned char bytes[sizeof(in6_addr)];
  if (inet_pton(AF_INET, text.c_str(), bytes) == 1) return 4;
  return inet_pton(AF_INET6, text.c_str(), bytes) == 1 ? 6 : 0;
}

bool is_network(std::string_view text) {
  auto slash = text.find('/');
  int family = address_family(std::string(text.substr(0, slash)));
  if (family == 0 || slash == std::string_view::npos) return family != 0;
  auto bits = parse_number<unsigned>(text.substr(slash + 1));
  return bits && *bits <= (family == 4 ? 32U : 128U);
}

/// Of "https://example.org/tools/fettle": parts of plain letters, none of them empty or of points alone.
bool is_plain_path(std::string_view path) {
  return std::ranges::all_of(split(path, '/'), [](std::string_view part) {
    const bool is_plain =
        part.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~") ==
        std::string_view::npos;
    return !part.empty() && is_plain && part.find_first_not_of('.') != std::string_view::npos;
  });
}

bool is_plain_url(std::string_view text) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    std::string_view rest = text.substr(scheme.size());
    if (rest.ends_with('/')) rest.remove_suffix(1);
    const std::size_t slash = rest.find('/');
    if (slash != std::string_view::npos && !is_plain_path(rest.substr(slash + 1))) return false;
    rest = rest.substr(0, slash);
    return !rest.empty() && rest.find_first_of("?#@ \t\"<>\\") == std::string_view::npos;
  }
  return false;
}

bool is_choice(std::string_view choices, std::string_view text) {
  auto parts = split(choices, '|');
  return std::find(parts.begin(), parts.end(), text) != parts.end();
}

std::string kind_of(const ConfigValue& value) {
  static constexpr std::string_view kNames[] = {"text", "a number", "true or false", "a list"};
  return std::string(kNames[value.index()]);
}

std::unexpected<std::string> not_allowed(const ConfigKey& key, const ConfigValue& value) {
  return std::unexpected(fmt::format("{} is not allowed; allowed is {}", to_toml(value), allowed_text(key)));
}

bool may_hold_text(const ConfigKey& key, const std::string& text) {
  if (text.find('\0') != std::string::npos || !is_valid_utf8(text)) return false;
  switch (key.type) {
    case ConfigType::text:
    case ConfigType::file:
      return true;
    case ConfigType::pin:
      return text.empty() || text == "none" || parse_pin(text).has_value();
    case ConfigType::path:
      return !text.empty();
    case ConfigType::choice:
      return is_choice(key.choices, text);
    case ConfigType::listen:
      return parse_listen_address(text).has_value();
    case ConfigType::url:
      return text.empty() || is_plain_url(text);
    case ConfigType::integer:
    case ConfigType::boolean:
    case ConfigType::networks:
    case ConfigType::labels:
    case ConfigType::choices:
      return false;
  }
  return false;
}

bool is_list(ConfigType type) {
  return type == ConfigType::networks || type == ConfigType::labels || type == ConfigType::choices;
}

bool wants_text(ConfigType type) {
  return type != ConfigType::integer && type != ConfigType::boolean && !is_list(type);
}

/// As the server takes it (fleet/host_text_rules.h), so that a mistake is told where it is made.
bool is_label(std::string_view text) {
  constexpr std::size_t kMostKey = 63, kMostValue = 128;
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view key = text.substr(0, equals), value = text.substr(equals + 1);
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  const bool is_key = !key.empty() && key.size() <= kMostKey && is_plain(key.front()) &&
                      std::ranges::all_of(key, [&](char c) {
                        return is_plain(c) || c == '.' || c == '_' || c == '-' || c == '/';
                      });
  return is_key && value.size() <= kMostValue && is_plain_text(value) && trim(value) == value;
}

bool may_hold_item(const ConfigKey& key, const std::string& item) {
  if (key.type == ConfigType::labels) return is_label(item);
  return key.type == ConfigType::choices ? is_choice(key.choices, item) : is_network(item);
}

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + '"';
}

}  // namespace

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  std::string address(text.substr(0, colon));
  int wanted = 4;
  if (address.size() >= 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
    wanted = 6;
  }
  if (!port || address_family(address) != wanted) return std::nullopt;
  return ListenAddress{std::move(address), *port};
}

std::expected<ConfigValue, std::string> check_config_value(const ConfigKey& key, ConfigValue value) {
  if (auto* text = std::get_if<std::string>(&value); text && wants_text(key.type)) {
    if (!may_hold_text(key, *text)) return not_allowed(key, value);
    if (key.type == ConfigType::url && text->ends_with('/')) text->pop_back();
    return value;
  }
  if (auto* number = std::get_if<std::int64_t>(&value); number && key.type == ConfigType::integer) {
    if (*number < key.least || *number > key.most) return not_allowed(key, value);
    return value;
  }
  if (std::holds_alternative<bool>(value) && key.type == ConfigType::boolean) return value;
  if (auto* list = std::get_if<std::vector<std::string>>(&value); list && is_list(key.type)) {
    for (const std::string& item : *list)
      if (!may_hold_item(key, item)) return not_allowed(key, item);
    constexpr std::size_t kMostLabels = 32;
    if (key.type == ConfigType::labels && list->size() > kMostLabels) return not_allowed(key, value);
    return value;
  }
  return std::unexpected(fmt::format("this is {}; allowed is {}", kind_of(value), allowed_text(key)));
}

std::expected<ConfigValue, std::string> parse_config_text(const ConfigKey& key, std::string_view text) {
  ConfigValue value = std::string(text);
  if (key.type == ConfigType::integer) {
    auto number = parse_number<std::int64_t>(text);
    if (!number) return not_allowed(key, value);
    value = *number;
  } else if (key.type == ConfigType::boolean) {
    if (text != "true" && text != "false") return not_allowed(key, value);
    value = text == "true";
  } else if (is_list(key.type)) {
    std::vector<std::string> list;
    for (std::string_view part : split(text, ','))
      if (!trim(part).empty()) list.emplace_back(trim(part));
    value = std::move(list);
  }
  return check_config_value(key, std::move(value));
}

std::string to_toml(const ConfigValue& value) {
  if (auto* text = std::get_if<std::string>(&value)) return toml_string(*text);
  if (auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  std::string out = "[";
  for (const std::string& item : std::get<std::vector<std::string>>(value))
    out += (out.size() > 1 ? ", " : "") + toml_string(item);
  return out + "]";
}

}  // namespace fettle::cli
