// Cryptography, all of it over libsodium, as pure functions: every random byte comes in as a parameter. Any
// thread, after crypto_start(). Keys are Secrets; what is compared against a secret is compared in constant
// time.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/base/secret.h"

namespace fettle {

/// Once in main and in each test program that needs it, before threads start; again does no harm.
void crypto_start();

using Bytes = std::span<const std::uint8_t>;
using Hash256 = std::array<std::uint8_t, 32>;
using Key256 = Secret<std::array<std::uint8_t, 32>>;

Hash256 sha256(Bytes bytes);
Hash256 sha256(std::string_view text);

/// SHA-256 of what comes in pieces; `finish` once, at the end.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(Bytes bytes);
  [[nodiscard]] Hash256 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};
/// RFC 2104 over SHA-256.
Hash256 hmac_sha256(const Key256& key, Bytes bytes);
/// False for different sizes; the time depends on the sizes alone.
bool constant_time_equals(Bytes a, Bytes b);

// Ed25519 (RFC 8032).
using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;
struct SigningKey {
  Secret<std::array<std::uint8_t, 64>> secret;  // as the library wants it: seed and public key
  PublicKey public_key{};
};
SigningKey make_signing_key(const Key256& seed);
Signature sign(const SigningKey& key, Bytes message);
bool verify_signature(const PublicKey& key, Bytes message, const Signature& signature);

// XChaCha20-Poly1305: the nonce may be random, and must not come twice with one key.
using Nonce192 = std::array<std::uint8_t, 24>;
std::vector<std::uint8_t> seal(const Key256& key, const Nonce192& nonce, Bytes plain, Bytes associated);
/// nullopt when key, nonce, associated data or a single bit differ.
std::optional<std::vector<std::uint8_t>> open_sealed(const Key256& key, const Nonce192& nonce, Bytes sealed,
                                                     Bytes associated);

/// What one hash costs; the default takes about 0.2 s of a core (Source: measured, libsodium 1.0.18).
struct PasswordCost {
  std::size_t memory_bytes = 64UL * 1024 * 1024;
  std::uint64_t passes = 3;
};
using Salt = std::array<std::uint8_t, 16>;
/// argon2id in the usual text form `$argon2id$v=19$m=65536,t=3,p=1$salt$hash`. Blocks: password queue only.
/// `unavailable` when there is no memory for it.
Result<std::string> hash_password(std::string_view password, const Salt& salt, PasswordCost cost);
/// Costs what the stored hash says. False for a text that is no hash.
Result<bool> verify_password(std::string_view password, const std::string& stored);

}  // namespace fettle
