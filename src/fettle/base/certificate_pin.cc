#include "fettle/base/certificate_pin.h"

#include <algorithm>

#include "fettle/base/encoding.h"

namespace fettle {
namespace {

constexpr std::string_view kAlgorithm = "sha256:";

std::optional<CertificatePin> decode(std::string_view text) {
  const auto bytes = base64url_decode(text);
  CertificatePin pin{};
  if (!bytes || bytes->size() != pin.size()) return std::nullopt;
  std::ranges::copy(*bytes, pin.begin());
  return pin;
}

}  // namespace

std::string pin_text(const CertificatePin& pin) {
  return std::string(kAlgorithm) + base64url_encode(pin);
}

std::optional<CertificatePin> parse_pin(std::string_view text) {
  if (!text.starts_with(kAlgorithm)) return std::nullopt;
  return decode(text.substr(kAlgorithm.size()));
}

std::string join_pin(std::string_view token, const std::optional<CertificatePin>& pin) {
  return std::string(token) + (pin ? "." + base64url_encode(*pin) : "");
}

std::optional<PinnedToken> split_pin(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return PinnedToken{std::string(text), std::nullopt};
  const auto pin = decode(text.substr(dot + 1));
  if (!pin) return std::nullopt;
  return PinnedToken{std::string(text.substr(0, dot)), pin};
}

}  // namespace fettle
