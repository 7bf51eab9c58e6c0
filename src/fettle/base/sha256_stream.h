// SHA-256 over bytes that come in pieces; crypto.h has the one for bytes that are at hand.
#pragma once
#include <memory>

#include "fettle/base/crypto.h"

namespace fettle {

class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&& other) noexcept;
  Sha256Stream& operator=(Sha256Stream&& other) noexcept;
  void add(Bytes bytes);
  /// Once.
  Hash256 finish();

 private:
  struct State;  // the library's, whose header stays in the .cc
  std::unique_ptr<State> state_;
};

}  // namespace fettle
