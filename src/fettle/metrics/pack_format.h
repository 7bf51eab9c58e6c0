// The bytes of a pack, the file that holds one period of one tier. It is a row of records, only ever
// appended:
//   head   56 bytes, little endian: "FTP1", u32 kind, u32 host, u32 part, u64 source, i64 first_at_ms, i64
//   last_at_ms,
//          u32 bytes of meta, u32 bytes of body, u32 CRC32C of meta, u32 CRC32C of what stands before it
//   meta   of a layout: its series, packed; of a piece or chunk: blocks with their frames (StoredBlock)
//   body   frames (column_coder.h), each with a CRC of its own in the meta
// A piece holds what one segment of the journal (`source`) had for a host. A chunk holds all that had come
// until segment `source`, and stands for the pieces up to there. A repeated (host, source, part) replaces the
// earlier one, so that a segment may be sealed twice. `complete` ends what a new generation took over from
// the one before. Kinds that are not known are passed over.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/metrics/column_coder.h"
#include "fettle/metrics/sample.h"
#include "fettle/metrics/tier.h"

namespace fettle::metrics {

enum class RecordKind : std::uint32_t { layout = 1, piece = 2, chunk = 3, complete = 4 };

struct RecordHead {
  RecordKind kind = RecordKind::piece;
  HostNumber host = 0;
  std::uint32_t part = 0;
  std::uint64_t source = 0;  // a segment of the journal; of a layout its hash
  std::int64_t first_at_ms = 0, last_at_ms = 0;
  std::uint32_t meta_bytes = 0, body_bytes = 0;
  std::uint32_t meta_crc = 0;
  [[nodiscard]] std::uint64_t bytes() const;
};
inline constexpr std::size_t kHeadBytes = 56;
inline constexpr std::uint32_t kMaxMetaBytes = 16U << 20U;
inline constexpr std::uint32_t kMaxBodyBytes = 256U << 20U;
std::optional<RecordHead> parse_head(std::span<const std::uint8_t> bytes);

/// Columns that all series of a block share, and those of each series.
///   raw      at_ms, monotonic_ms - at_ms               | value
///   roll-up  at_ms, rows, elapsed_ms (of all series)   | low, high - low, and the rest as rollup.cc has it
ColumnShape block_shape(Tier tier, std::uint32_t rows, std::uint32_t series);

/// Rows of one layout, one boot (raw) and one number of cores, column after column.
struct BlockRows {
  std::uint64_t layout = 0;
  std::string boot;  // raw only
  std::uint32_t cores = 0;
  std::uint32_t rows = 0, series = 0;
  std::vector<std::int64_t> numbers;
};
struct StoredBlock {
  std::uint64_t layout = 0;
  std::string boot;
  std::uint32_t cores = 0;
  std::uint32_t rows = 0, series = 0;
  std::vector<Frame> frames;
  std::uint64_t offset = 0;  // of the first frame, in the file
};

/// Appends a record of blocks; fills what `head` says of bytes.
void append_blocks(RecordHead head, std::span<const BlockRows> blocks, Tier tier, ColumnCoder& coder,
                   std::vector<std::uint8_t>& out);
void append_layout(std::uint64_t layout, const std::vector<wire::Series>& series, ColumnCoder& coder,
                   std::vector<std::uint8_t>& out);
void append_complete(std::uint64_t source, std::vector<std::uint8_t>& out);

/// Errors: `corrupt`.
Result<std::vector<StoredBlock>> parse_blocks(const RecordHead& head, std::span<const std::uint8_t> meta,
                                              Tier tier, std::uint64_t body_offset);
Result<std::vector<wire::Series>> parse_layout(const RecordHead& head, std::span<const std::uint8_t> meta,
                                               ColumnCoder& coder);

}  // namespace fettle::metrics
