// Any bytes as a block of coded rows: refused or decoded, never a crash; what is decoded can be coded again.
#include <numeric>

#include "fettle/base/check.h"
#include "fettle/metrics/block.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fettle::metrics;
  if (size < 2) return 0;
  const BlockShape shape{.rows = 1U + data[0] % 128U, .columns = data[1] % 64U};
  const std::span<const std::uint8_t> bytes(data + 2, size - 2);
  std::vector<std::uint32_t> all(shape.columns);
  std::iota(all.begin(), all.end(), 0U);
  std::vector<std::uint32_t> odd;
  for (std::uint32_t column = 1; column < shape.columns; column += 2) odd.push_back(column);

  BlockCodec codec;
  Columns columns;
  Columns again;
  static_cast<void>(codec.decode_sealed(bytes, shape, odd, columns));
  static_cast<void>(codec.decode_open(bytes, shape, odd, columns));
  for (const bool is_sealed : {true, false}) {
    const bool is_whole = is_sealed ? codec.decode_sealed(bytes, shape, all, columns)
                                    : codec.decode_open(bytes, shape, all, columns);
    if (!is_whole) continue;
    const auto coded = codec.encode_sealed(columns, shape);
    const std::vector<std::uint8_t> sealed(coded.begin(), coded.end());
    FETTLE_CHECK(codec.decode_sealed(sealed, shape, all, again));
    FETTLE_CHECK(again.values == columns.values && again.stamps.size() == columns.stamps.size());
  }
  return 0;
}
