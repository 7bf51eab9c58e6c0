#include "fettle/access/password_rules.h"

#include <set>

#include "fettle/base/text.h"

namespace fettle::access {
namespace {

/// What people type when they are made to type twelve characters, without the digits and signs around it.
constexpr std::array<std::string_view, 56> kCommon{
    "password",         "passwords",    "passwordpassword", "mypassword",
    "secretpassword",   "newpassword",  "adminpassword",    "rootpassword",
    "passphrase",       "admin",        "adminadmin",       "administrator",
    "superuser",        "root",         "rootroot",         "rootrootroot",
    "operator",         "fettle",       "fettlefettle",     "fettleadmin",
    "server",           "localhost",    "welcome",          "welcomehome",
    "welcomewelcome",   "letmein",      "letmeinplease",    "letmeinnow",
    "changeme",         "changemenow",  "changemeplease",   "secret",
    "secretsecret",     "topsecret",    "default",          "testtesttest",
    "testing",          "qwerty",       "qwertyuiop",       "qwertyqwerty",
    "qwertzuiop",       "azertyuiop",   "asdfghjkl",        "asdfasdfasdf",
    "zxcvbnm",          "qazwsxedc",    "abcdefghijkl",     "abcdefghijklm",
    "abcdefghijklmnop", "abcabcabcabc", "iloveyou",         "iloveyouforever",
    "sunshine",         "football",     "trustnoone",       "correcthorsebatterystaple"};

constexpr std::size_t kFewestDistinct = 5;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

/// Lower case, without what is no letter at both ends.
std::string core_of(std::string_view password) {
  const std::string lower = to_lower_ascii(password);
  const auto first = std::ranges::find_if(lower, is_letter);
  const auto last = std::find_if(lower.rbegin(), lower.rend(), is_letter).base();
  return first < last ? std::string(first, last) : std::string();
}

/// "123456789012", "abababababab", "qqqqqqqqqqqq": few characters, or each the next of the one before it.
bool is_monotonous(std::string_view password) {
  const std::set<char> distinct(password.begin(), password.end());
  if (distinct.size() < kFewestDistinct) return true;
  std::size_t steps = 0;
  for (std::size_t i = 1; i < password.size(); ++i) {
    const int step = password[i] - password[i - 1];
    if (step == 1 || step == -1 || (password[i - 1] == '9' && password[i] == '0')) ++steps;
  }
  return steps + 2 >= password.size();
}

/// What cannot be seen, or turns the direction of what stands around it: two names would look like one.
bool is_invisible(char32_t c) {
  return c == 0xAD || c == 0x61C || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF ||
         (c >= 0xE0000 && c <= 0xE0FFF);
}

bool has_invisible(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode_code_point(text, at);
    if (is_invisible(point.value)) return true;
    at += point.size;
  }
  return false;
}

}  // namespace

Result<> check_password(std::string_view password, std::string_view name) {
  const std::size_t length = count_code_points(password);
  if (length < kShortestPassword) {
    return fail_field("/body/password", "The password must have at least 12 characters.");
  }
  if (length > kLongestPassword) {
    return fail_field("/body/password", "The password must have at most 128 characters.");
  }
  if (!is_valid_utf8(password)) return fail_field("/body/password", "The password must be valid text.");
  const std::string core = core_of(password);
  const bool is_common = std::ranges::find(kCommon, core) != kCommon.end();
  const bool is_name = !core.empty() && core == core_of(name);
  if (is_common || is_name || is_monotonous(password)) {
    return fail_field("/body/password", "The password is too easily guessed; a few unrelated words are not.");
  }
  return {};
}

Result<std::string> check_name(std::string_view name) {
  const std::string_view trimmed = trim(name);
  if (trimmed.empty()) return fail_field("/body/name", "The name must not be empty.");
  if (count_code_points(trimmed) > kLongestName) {
    return fail_field("/body/name", "The name must have at most 64 characters.");
  }
  if (has_control(trimmed)) {
    return fail_field("/body/name", "The name must be text without control characters.");
  }
  if (has_invisible(trimmed)) {
    return fail_field("/body/name", "The name must be text without invisible characters.");
  }
  return std::string(trimmed);
}

std::string name_key(std::string_view name) {
  return to_lower_ascii(trim(name));
}

}  // namespace fettle::access
