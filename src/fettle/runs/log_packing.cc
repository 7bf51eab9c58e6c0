#include "fettle/runs/log_packing.h"

#include <zstd.h>

#include "fettle/base/check.h"

namespace fettle::runs {
namespace {
constexpr int kLevel = 3;                                          // logs shrink to about a tenth
constexpr unsigned long long kMostUnpacked = 64ULL * 1024 * 1024;  // far beyond what one block holds
}  // namespace

store::Blob pack_text(std::string_view text) {
  store::Blob out(ZSTD_compressBound(text.size()));
  const std::size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), kLevel);
  FETTLE_CHECK(ZSTD_isError(size) == 0, "zstd has the room that it asked for");
  out.resize(size);
  return out;
}

std::string unpack_text(const store::Blob& packed) {
  const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  FETTLE_CHECK(size <= kMostUnpacked, "a packed log that this module did not write");
  std::string out(size, '\0');
  const std::size_t got = ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size());
  FETTLE_CHECK(ZSTD_isError(got) == 0 && got == out.size(), "a packed log that this module did not write");
  return out;
}

}  // namespace fettle::runs
