#include "fettle/access/secret_box.h"

#include "fettle/base/check.h"
#include "fettle/base/encoding.h"

namespace fettle::access {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kKeyIdAt = 1;
constexpr std::size_t kNonceAt = kKeyIdAt + std::tuple_size_v<KeyId>;
constexpr std::size_t kSealedAt = kNonceAt + std::tuple_size_v<Nonce192>;

void append_field(std::string& out, std::string_view text) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(text.size() >> shift & 0xFFU);
  out += text;
}

/// Each field with its length before it, so that no two places look alike.
std::string associated_data(std::uint8_t version, const SecretPlace& place, const KeyId& key) {
  std::string out;
  append_field(out, "fettle-secret");
  out += static_cast<char>(version);
  append_field(out, place.environment.text());
  append_field(out, place.table);
  append_field(out, place.row);
  append_field(out, place.slot);
  append_field(out, as_text(key));
  return out;
}

std::unexpected<Error> corrupt(std::string_view reason, const SecretPlace& place) {
  return fail(ErrorCode::corrupt, reason,
              "The stored secret " + place.table + "/" + place.row + "/" + place.slot + " cannot be opened.");
}

bool has_key_id(Bytes sealed, const KeyId& id) {
  return sealed.size() >= kSealedAt && std::ranges::equal(sealed.subspan(kKeyIdAt, id.size()), id);
}

}  // namespace

SecretBox::SecretBox(const MasterKeys& keys) {
  FETTLE_CHECK(!keys.empty(), "a secret box without a key");
  for (const Key256& master : keys) {
    // The master key itself seals nothing: other purposes may be given keys of their own later.
    sealers_.push_back({key_id_of(master), Key256(hmac_sha256(master, as_bytes("fettle secrets 1")))});
  }
}

std::vector<std::uint8_t> SecretBox::seal(const SecretPlace& place, const Secret<>& plain,
                                          const Nonce192& nonce) const {
  const Sealer& newest = sealers_.front();
  const std::string associated = associated_data(kVersion, place, newest.id);
  std::vector<std::uint8_t> out{kVersion};
  out.insert(out.end(), newest.id.begin(), newest.id.end());
  out.insert(out.end(), nonce.begin(), nonce.end());
  const auto sealed = fettle::seal(newest.key, nonce, as_bytes(plain.reveal()), as_bytes(associated));
  out.insert(out.end(), sealed.begin(), sealed.end());
  return out;
}

Result<Secret<>> SecretBox::open(const SecretPlace& place, Bytes sealed) const {
  if (sealed.size() < kSealedAt || sealed[0] != kVersion) return corrupt("secret_unknown_version", place);
  for (const Sealer& sealer : sealers_) {
    if (!has_key_id(sealed, sealer.id)) continue;
    Nonce192 nonce{};
    std::ranges::copy(sealed.subspan(kNonceAt, nonce.size()), nonce.begin());
    const std::string associated = associated_data(sealed[0], place, sealer.id);
    const auto plain = open_sealed(sealer.key, nonce, sealed.subspan(kSealedAt), as_bytes(associated));
    if (!plain) return corrupt("secret_does_not_open", place);
    return Secret(std::string(as_text(*plain)));
  }
  return corrupt("secret_unknown_key", place);
}

bool SecretBox::is_sealed_with_newest(Bytes sealed) const {
  return has_key_id(sealed, sealers_.front().id);
}

}  // namespace fettle::access
