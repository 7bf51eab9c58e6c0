// A SHA-256 as it comes out of a blob column.
#pragma once
#include "fettle/base/crypto.h"
#include "fettle/store/session.h"

namespace fettle::access {

/// All zeros for a blob of another size: it then equals no hash.
inline Hash256 read_hash(const store::Blob& blob) {
  Hash256 hash{};
  if (blob.size() == hash.size()) std::copy(blob.begin(), blob.end(), hash.begin());
  return hash;
}

}  // namespace fettle::access
