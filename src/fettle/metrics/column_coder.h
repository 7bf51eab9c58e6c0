// Numbers in columns, coded for the disk: differences down each column, zigzag varints, zstd level 1 over
// frames of a few series each, so that one series of a long chunk is read without the others. Pure; a coder
// keeps its buffers.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "fettle/base/result.h"

namespace fettle::metrics {

/// What a block of rows looks like: `shared` columns, then `per_series` columns for each series.
struct ColumnShape {
  std::uint32_t rows = 0, shared = 0, series = 0, per_series = 1;
  [[nodiscard]] std::size_t columns() const { return shared + std::size_t{series} * per_series; }
  [[nodiscard]] std::size_t numbers() const { return columns() * rows; }
};
/// More is no block of ours: an hour of 2,000 series at 1 s has 7.2 million.
inline constexpr std::size_t kMaxBlockNumbers = 16U << 20U;

/// The first frame holds the shared columns (series 0), each further one the next `series` of them.
struct Frame {
  std::uint32_t series = 0, bytes = 0, crc = 0;
};

class ColumnCoder {
 public:
  ColumnCoder();
  ~ColumnCoder();
  ColumnCoder(const ColumnCoder&) = delete;
  ColumnCoder& operator=(const ColumnCoder&) = delete;

  /// `numbers` column after column. Appends the bytes to `body`.
  std::vector<Frame> encode(std::span<const std::int64_t> numbers, const ColumnShape& shape,
                            std::vector<std::uint8_t>& body);
  /// The columns of one frame, one after the other. Error `corrupt` when they are not that.
  Result<> decode(std::span<const std::uint8_t> bytes, const Frame& frame, const ColumnShape& shape,
                  std::vector<std::int64_t>& out);

  std::vector<std::uint8_t> pack_text(std::span<const std::uint8_t> plain);
  Result<std::vector<std::uint8_t>> unpack_text(std::span<const std::uint8_t> packed, std::size_t most_bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fettle::metrics
