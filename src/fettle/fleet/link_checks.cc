#include "fettle/fleet/link_checks.h"

#include <algorithm>

#include "fettle/base/crypto.h"
#include "fettle/base/encoding.h"

namespace fettle::fleet {

net::CloseCode close_code_for(const Error& error) {
  if (error.reason == "protocol") return net::CloseCode::protocol_unsupported;
  if (error.reason == "host_locked") return net::CloseCode::cloned;
  switch (error.code) {
    case ErrorCode::unauthenticated:
      return net::CloseCode::unauthenticated;
    case ErrorCode::not_found:
    case ErrorCode::gone:
      return net::CloseCode::revoked;
    case ErrorCode::too_large:
      return net::CloseCode::too_big;
    case ErrorCode::rate_limited:
      return net::CloseCode::too_fast;
    case ErrorCode::unavailable:
      return net::CloseCode::try_later;
    case ErrorCode::internal:
    case ErrorCode::io:
      return net::CloseCode::internal;
    default:
      return net::CloseCode::bad_message;
  }
}

std::unexpected<Error> host_locked() {
  return fail(
      ErrorCode::conflict, "host_locked",
      "two agents run with the identity of this host; stop or enrol one of them anew, then unlock the "
      "host on its page");
}

std::string version_text(wire::Version version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor);
}

bool is_signed_by(std::span<const std::uint8_t> key_bytes, std::string_view text,
                  std::string_view signature_bytes) {
  PublicKey key{};
  Signature signature{};
  if (key_bytes.size() != key.size() || signature_bytes.size() != signature.size()) return false;
  std::ranges::copy(key_bytes, key.begin());
  std::ranges::copy(as_bytes(signature_bytes), signature.begin());
  return verify_signature(key, as_bytes(text), signature);
}

}  // namespace fettle::fleet
