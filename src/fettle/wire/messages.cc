#include "fettle/wire/messages.h"

#include "fettle/base/crypto.h"
#include "fettle/base/text.h"

namespace fettle::wire {
namespace {

/// Length before content, so that no two sets share one input.
void append_counted(std::string& out, std::string_view text) {
  const std::string clean = clean_text(text);
  for (std::size_t i = 0; i < 4; ++i)
    out += static_cast<char>(static_cast<std::uint8_t>(clean.size() >> 8 * i));
  out += clean;
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t limit) {
  if (is_valid_utf8(text)) return std::string(truncate_utf8(text, limit));
  std::string out;
  for (std::size_t at = 0; at < text.size() && out.size() < limit;) {
    const CodePoint point = decode_code_point(text, at);
    append_utf8(out, point.value);
    at += point.size;
  }
  return std::string(truncate_utf8(out, limit));
}

std::uint64_t series_set_id(const SeriesSet& set) {
  std::string input;
  append_counted(input, set.boot_id);
  for (const Series& series : set.series) {
    append_counted(input, series.metric);
    append_counted(input, series.label);
    input += static_cast<char>(series.kind);
  }
  const Hash256 digest = sha256(std::string_view(input));
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < 8; ++i) id = id << 8 | digest[i];
  return id == 0 ? 1 : id;
}

std::string hello_signing_input(const HelloFacts& facts) {
  std::string input = facts.channel_binding.empty() ? "fettle-hello-v1" : "fettle-hello-v2";
  input.append(facts.nonce).append(facts.server_id).append(facts.host_id).append(facts.channel_binding);
  return input;
}

std::string key_signing_input(std::string_view server_id, std::string_view host_id,
                              std::string_view public_key) {
  std::string input = "fettle-key-v1";
  input.append(server_id).append(host_id).append(public_key);
  return input;
}

}  // namespace fettle::wire
