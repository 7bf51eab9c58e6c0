// A file that holds space for hard times: given back when the disk is full, so that what must be finished can
// be.
#pragma once
#include <cstdint>
#include <string>

#include "fettle/io/files.h"

namespace fettle::store {

class Reserve {
 public:
  Reserve(io::Files& files, std::string path, std::uint64_t size_bytes);
  /// Brings the file to its size. Error `unavailable` "disk_full" when that does not fit; then it takes no
  /// space at all.
  Result<> fill();
  /// Gives the space back. True when there was something to give.
  bool release();

 private:
  io::Files& files_;
  std::string path_;
  std::uint64_t size_bytes_;
};

}  // namespace fettle::store
