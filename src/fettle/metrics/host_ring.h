// One host's recent rows in coded blocks: bounded by age, rows, blocks and bytes. Rows arrive in order; late
// ones wait aside and are worked into the blocks they belong to before the next reading. Loop thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/metrics/block.h"
#include "fettle/metrics/set_meaning.h"

namespace fettle::metrics {

/// A series set as the rows of one boot refer to it.
struct BoundSet {
  std::shared_ptr<const SetMeaning> meaning;  // shared by all hosts and boots with the same series
  std::string boot_id;
  std::uint32_t cores = 0;  // 0 until known
};
using BoundSetPtr = std::shared_ptr<BoundSet>;  // shared by all blocks whose rows it explains

struct RingLimits {
  std::int64_t keep_ms = 3'600'000;
  std::size_t rows = 7'200;  // an hour at two a second
  std::size_t blocks =
      256;  // a new set begins a new block: a host that changes it all the time costs no more
  // Of coded rows and of the layouts that explain them. An hour of 2,000 series at 1 s takes 8 MiB, and a
  // layout of 500 series 100 KiB: it could change a hundred times in that hour besides.
  std::size_t bytes = 32U << 20U;
};

class HostRing {
 public:
  struct Row {
    BoundSetPtr set;
    RowStamp stamp;
    std::vector<std::int64_t> values;
  };
  struct Block {
    BoundSetPtr set;
    std::uint32_t rows = 0;
    std::int64_t first_monotonic_ms = 0, last_monotonic_ms = 0;
    std::int64_t first_at_ms = 0, min_at_ms = 0, max_at_ms = 0;
    bool is_sealed = false;
    std::vector<std::uint8_t> bytes;
    [[nodiscard]] BlockShape shape() const;
  };

  /// `before` are the values of the last row, in the same set; ignored when the set is another.
  void append(BlockCodec& codec, const BoundSetPtr& set, RowStamp stamp, std::span<const std::int64_t> before,
              std::span<const std::int64_t> values);
  /// A row from before the last one.
  void add_late(BlockCodec& codec, Row row);
  /// Works late rows in. Call before reading.
  void settle(BlockCodec& codec);
  void drop_old(std::int64_t newest_at_ms, const RingLimits& limits);

  [[nodiscard]] const std::vector<Block>& blocks() const { return blocks_; }
  static void decode(BlockCodec& codec, const Block& block, std::span<const std::uint32_t> wanted,
                     Columns& out);

  /// The set in which a row of this boot stands already, or nullptr.
  [[nodiscard]] BoundSetPtr find(const SetMeaning* meaning, std::string_view boot_id) const;

  /// Without layouts: hosts share them.
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::uint64_t samples() const;

 private:
  void seal(BlockCodec& codec, Block& block);
  std::size_t block_for(const Row& row) const;
  [[nodiscard]] std::size_t late_bytes() const;
  std::vector<Block> rebuilt(BlockCodec& codec, const Block& block, std::vector<Row> late);

  std::vector<Block> blocks_;  // in order; at most the last one is open
  std::vector<Row> late_;
  RowStamp last_;
};

}  // namespace fettle::metrics
