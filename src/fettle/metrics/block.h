// Rows of one series set in coded form. An open block takes row after row, each as differences to the row
// before; a sealed one holds the same rows by column, compressed. Both decode into the same columns.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace fettle::metrics {

struct RowStamp {
  std::int64_t at_ms = 0;         // shown
  std::int64_t monotonic_ms = 0;  // the host's boot clock
};

/// Decoded rows. values[i * stamps.size() + row] is column `wanted[i]` of what was asked for.
struct Columns {
  std::vector<RowStamp> stamps;
  std::vector<std::int64_t> values;
  [[nodiscard]] std::span<const std::int64_t> column(std::size_t i) const {
    return std::span(values).subspan(i * stamps.size(), stamps.size());
  }
};

struct BlockShape {
  std::uint32_t rows = 0, columns = 0;
};

/// Coders with their reused buffers. One per history.
class BlockCodec {
 public:
  BlockCodec();
  ~BlockCodec();
  BlockCodec(const BlockCodec&) = delete;
  BlockCodec& operator=(const BlockCodec&) = delete;

  struct Row {
    RowStamp stamp;
    std::span<const std::int64_t> values;
  };
  /// One more row for an open block; `before` has no values for its first. Valid until the next call.
  std::span<const std::uint8_t> encode_row(const Row& before, const Row& row);
  /// `columns` holds all columns in order. Valid until the next call.
  std::span<const std::uint8_t> encode_sealed(const Columns& columns, BlockShape shape);

  /// Fill `out` with the columns of `wanted`, which ascends. False when the bytes are not what `shape` says.
  bool decode_open(std::span<const std::uint8_t> bytes, BlockShape shape,
                   std::span<const std::uint32_t> wanted, Columns& out);
  bool decode_sealed(std::span<const std::uint8_t> bytes, BlockShape shape,
                     std::span<const std::uint32_t> wanted, Columns& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fettle::metrics
