// Secrets at rest (S6): XChaCha20-Poly1305 under a key that is not in the database, bound to the very place
// where the secret stands, so that a row copied elsewhere does not open. A value that does not open is an
// error, never overwritten. Immutable; any thread.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "fettle/access/master_key.h"
#include "fettle/base/crypto.h"
#include "fettle/base/id.h"
#include "fettle/base/result.h"

namespace fettle::access {

/// Where a secret is stored: `slot` tells several of one row apart.
struct SecretPlace {
  EnvironmentId environment;
  std::string table;
  std::string row;
  std::string slot;
};

class SecretBox {
 public:
  explicit SecretBox(const MasterKeys& keys);

  /// version, key id, nonce, sealed bytes. The nonce is random and used once.
  [[nodiscard]] std::vector<std::uint8_t> seal(const SecretPlace& place, const Secret<>& plain,
                                               const Nonce192& nonce) const;
  /// Error: `corrupt` (secret_unknown_version, secret_unknown_key, secret_does_not_open).
  [[nodiscard]] Result<Secret<>> open(const SecretPlace& place, Bytes sealed) const;
  /// False for what is sealed under an older key: rotation walks the rows, seals those anew, and can be
  /// interrupted anywhere, because both open meanwhile.
  [[nodiscard]] bool is_sealed_with_newest(Bytes sealed) const;

 private:
  struct Sealer {
    KeyId id;
    Key256 key;
  };
  std::vector<Sealer> sealers_;  // the newest first
};

}  // namespace fettle::access
