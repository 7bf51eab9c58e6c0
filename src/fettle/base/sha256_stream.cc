#include "fettle/base/sha256_stream.h"

#include <sodium.h>

namespace fettle {

struct Sha256Stream::State {
  crypto_hash_sha256_state hash;
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  crypto_hash_sha256_init(&state_->hash);
}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&& other) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&& other) noexcept = default;

void Sha256Stream::add(Bytes bytes) {
  crypto_hash_sha256_update(&state_->hash, bytes.data(), bytes.size());
}

Hash256 Sha256Stream::finish() {
  Hash256 out{};
  crypto_hash_sha256_final(&state_->hash, out.data());
  return out;
}

}  // namespace fettle
