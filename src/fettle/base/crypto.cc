#include "fettle/base/crypto.h"

#include <sodium.h>

#include <algorithm>
#include <charconv>

#include "fettle/base/check.h"
#include "fettle/base/encoding.h"
#include "fettle/base/text.h"

namespace fettle {
namespace {

static_assert(std::tuple_size_v<Hash256> == crypto_hash_sha256_BYTES);
static_assert(std::tuple_size_v<Hash256> == crypto_auth_hmacsha256_BYTES);
static_assert(std::tuple_size_v<PublicKey> == crypto_sign_ed25519_PUBLICKEYBYTES);
static_assert(std::tuple_size_v<Signature> == crypto_sign_ed25519_BYTES);
static_assert(std::tuple_size_v<Nonce192> == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(std::tuple_size_v<Salt> == crypto_pwhash_argon2id_SALTBYTES);
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

std::string unpadded_base64(Bytes bytes) {
  std::string text = base64_encode(bytes);
  while (text.ends_with('=')) text.pop_back();
  return text;
}

template <std::size_t N>
bool read_unpadded_base64(std::string_view text, std::array<std::uint8_t, N>& out) {
  const auto bytes = base64_decode(std::string(text) + std::string((4 - text.size() % 4) % 4, '='));
  if (!bytes || bytes->size() != N) return false;
  std::ranges::copy(*bytes, out.begin());
  return true;
}

// The text form and its checking are written here: the library's would draw their own salt, and call a
// password wrong when there is no memory to try it (libsodium 1.0.18, argon2_verify).
constexpr std::string_view kPasswordForm = "$argon2id$v=19";

Result<Hash256> argon2id(std::string_view password, const Salt& salt, PasswordCost cost) {
  Hash256 hash{};
  if (crypto_pwhash_argon2id(hash.data(), hash.size(), password.data(), password.size(), salt.data(),
                             cost.passes, cost.memory_bytes, crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0) {
    return fail(ErrorCode::unavailable, "no_memory", "There is no memory to check a password; try again.");
  }
  return hash;
}

struct StoredPassword {
  PasswordCost cost;
  Salt salt{};
  Hash256 hash{};
};

template <class T>
bool read_number(std::string_view& text, std::string_view before, T& out) {
  if (!text.starts_with(before)) return false;
  text.remove_prefix(before.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

std::optional<StoredPassword> parse_stored_password(std::string_view text) {
  StoredPassword out;
  std::uint32_t memory_kib = 0;
  if (!text.starts_with(kPasswordForm)) return std::nullopt;
  text.remove_prefix(kPasswordForm.size());
  if (!read_number(text, "$m=", memory_kib) || !read_number(text, ",t=", out.cost.passes))
    return std::nullopt;
  const std::vector<std::string_view> parts = split(text, '$');
  if (parts.size() != 3 || parts[0] != ",p=1") return std::nullopt;
  out.cost.memory_bytes = std::size_t{memory_kib} * 1024;
  const bool is_good = out.cost.passes >= crypto_pwhash_argon2id_OPSLIMIT_MIN &&
                       out.cost.memory_bytes >= crypto_pwhash_argon2id_MEMLIMIT_MIN &&
                       read_unpadded_base64(parts[1], out.salt) && read_unpadded_base64(parts[2], out.hash);
  return is_good ? std::optional(out) : std::nullopt;
}

}  // namespace

void crypto_start() {
  FETTLE_CHECK(sodium_init() >= 0, "libsodium does not start");
}

Hash256 sha256(Bytes bytes) {
  Hash256 out{};
  crypto_hash_sha256(out.data(), bytes.data(), bytes.size());
  return out;
}

Hash256 sha256(std::string_view text) {
  return sha256(as_bytes(text));
}

struct Sha256::State {
  crypto_hash_sha256_state inner{};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  crypto_hash_sha256_init(&state_->inner);
}
Sha256::~Sha256() = default;

void Sha256::add(Bytes bytes) {
  crypto_hash_sha256_update(&state_->inner, bytes.data(), bytes.size());
}

Hash256 Sha256::finish() {
  Hash256 out{};
  crypto_hash_sha256_final(&state_->inner, out.data());
  return out;
}

Hash256 hmac_sha256(const Key256& key, Bytes bytes) {
  Hash256 out{};
  crypto_auth_hmacsha256(out.data(), bytes.data(), bytes.size(), key.reveal().data());
  return out;
}

bool constant_time_equals(Bytes a, Bytes b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

SigningKey make_signing_key(const Key256& seed) {
  std::array<std::uint8_t, 64> secret{};
  SigningKey key;
  crypto_sign_ed25519_seed_keypair(key.public_key.data(), secret.data(), seed.reveal().data());
  key.secret = Secret(secret);
  sodium_memzero(secret.data(), secret.size());
  return key;
}

Signature sign(const SigningKey& key, Bytes message) {
  Signature out{};
  crypto_sign_ed25519_detached(out.data(), nullptr, message.data(), message.size(),
                               key.secret.reveal().data());
  return out;
}

bool verify_signature(const PublicKey& key, Bytes message, const Signature& signature) {
  return crypto_sign_ed25519_verify_detached(signature.data(), message.data(), message.size(), key.data()) ==
         0;
}

std::vector<std::uint8_t> seal(const Key256& key, const Nonce192& nonce, Bytes plain, Bytes associated) {
  std::vector<std::uint8_t> out(plain.size() + kTagBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(out.data(), nullptr, plain.data(), plain.size(),
                                             associated.data(), associated.size(), nullptr, nonce.data(),
                                             key.reveal().data());
  return out;
}

std::optional<std::vector<std::uint8_t>> open_sealed(const Key256& key, const Nonce192& nonce, Bytes sealed,
                                                     Bytes associated) {
  if (sealed.size() < kTagBytes) return std::nullopt;
  std::vector<std::uint8_t> out(sealed.size() - kTagBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(out.data(), nullptr, nullptr, sealed.data(), sealed.size(),
                                                 associated.data(), associated.size(), nonce.data(),
                                                 key.reveal().data()) != 0) {
    return std::nullopt;
  }
  return out;
}

Result<std::string> hash_password(std::string_view password, const Salt& salt, PasswordCost cost) {
  FETTLE_TRY(const Hash256 hash, argon2id(password, salt, cost));
  return std::string(kPasswordForm) + "$m=" + std::to_string(cost.memory_bytes / 1024) +
         ",t=" + std::to_string(cost.passes) + ",p=1$" + unpadded_base64(salt) + "$" + unpadded_base64(hash);
}

Result<bool> verify_password(std::string_view password, const std::string& stored) {
  const auto parsed = parse_stored_password(stored);
  if (!parsed) return false;
  FETTLE_TRY(const Hash256 hash, argon2id(password, parsed->salt, parsed->cost));
  return constant_time_equals(hash, parsed->hash);
}

}  // namespace fettle
