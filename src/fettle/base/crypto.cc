#include "fettle/base/crypto.h"

#include <sodium.h>

#include <cerrno>

#include "fettle/base/check.h"
#include "fettle/base/encoding.h"

namespace fettle {
namespace {

static_assert(std::tuple_size_v<Hash256> == crypto_hash_sha256_BYTES);
static_assert(std::tuple_size_v<Hash256> == crypto_auth_hmacsha256_BYTES);
static_assert(std::tuple_size_v<PublicKey> == crypto_sign_ed25519_PUBLICKEYBYTES);
static_assert(std::tuple_size_v<Signature> == crypto_sign_ed25519_BYTES);
static_assert(std::tuple_size_v<Nonce192> == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(std::tuple_size_v<Salt> == crypto_pwhash_argon2id_SALTBYTES);
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

std::unexpected<Error> no_memory() {
  return fail(ErrorCode::unavailable, "no_memory", "There is no memory to check a password; try again.");
}

std::string unpadded_base64(Bytes bytes) {
  std::string text = base64_encode(bytes);
  while (text.ends_with('=')) text.pop_back();
  return text;
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
  Hash256 hash{};
  // The text form of the library would draw its own salt, so the form is written here; verifying is the
  // library's.
  const int failed =
      crypto_pwhash_argon2id(hash.data(), hash.size(), password.data(), password.size(), salt.data(),
                             cost.passes, cost.memory_bytes, crypto_pwhash_argon2id_ALG_ARGON2ID13);
  if (failed != 0) return no_memory();
  return "$argon2id$v=19$m=" + std::to_string(cost.memory_bytes / 1024) +
         ",t=" + std::to_string(cost.passes) + ",p=1$" + unpadded_base64(salt) + "$" + unpadded_base64(hash);
}

Result<bool> verify_password(std::string_view password, const std::string& stored) {
  if (stored.size() >= crypto_pwhash_argon2id_STRBYTES) return false;
  std::array<char, crypto_pwhash_argon2id_STRBYTES> text{};
  std::copy(stored.begin(), stored.end(), text.begin());
  // EINVAL is another password, nothing a text that is no hash; what is left had no memory (libsodium 1.0.18,
  // pwhash_argon2id.c).
  errno = 0;
  if (crypto_pwhash_argon2id_str_verify(text.data(), password.data(), password.size()) == 0) return true;
  if (errno == ENOMEM) return no_memory();
  return false;
}

}  // namespace fettle
