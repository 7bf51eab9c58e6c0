#include "fettle/wire/messages.h"

#include <sodium/crypto_hash_sha256.h>

#include <array>

#include "fettle/base/encoding.h"
#include "fettle/base/text.h"

namespace fettle::wire {
namespace {

/// Length before content, so that no two sets share one input.
void hash_text(crypto_hash_sha256_state& state, std::string_view text) {
  const std::string clean = clean_text(text);
  std::array<std::uint8_t, 4> length{};
  for (std::size_t i = 0; i < length.size(); ++i)
    length[i] = static_cast<std::uint8_t>(clean.size() >> 8 * i);
  crypto_hash_sha256_update(&state, length.data(), length.size());
  crypto_hash_sha256_update(&state, as_bytes(clean).data(), clean.size());
}

}  // namespace

std::string clean_text(std::string_view text) {
  if (is_valid_utf8(text)) return std::string(truncate_utf8(text, kMaxText));
  std::string out;
  for (std::size_t at = 0; at < text.size() && out.size() < kMaxText;) {
    const CodePoint point = decode_code_point(text, at);
    append_utf8(out, point.value);
    at += point.size;
  }
  return std::string(truncate_utf8(out, kMaxText));
}

std::uint64_t series_set_id(const SeriesSet& set) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  hash_text(state, set.boot_id);
  for (const Series& series : set.series) {
    hash_text(state, series.metric);
    hash_text(state, series.label);
    const auto kind = static_cast<std::uint8_t>(series.kind);
    crypto_hash_sha256_update(&state, &kind, 1);
  }
  std::array<std::uint8_t, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256_final(&state, digest.data());
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < 8; ++i) id = id << 8 | digest[i];
  return id == 0 ? 1 : id;
}

std::string hello_signing_input(std::string_view nonce, std::string_view server_id,
                                std::string_view host_id) {
  std::string input = "fettle-hello-v1";
  input.append(nonce).append(server_id).append(host_id);
  return input;
}

}  // namespace fettle::wire
