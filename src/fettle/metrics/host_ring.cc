#include "fettle/metrics/host_ring.h"

#include <algorithm>
#include <numeric>

#include "fettle/base/check.h"

namespace fettle::metrics {
namespace {

// Longer blocks compress better; an open row costs about half as much again as a sealed one. Ten minutes at 5
// s.
constexpr std::uint32_t kBlockRows = 120;
constexpr std::size_t kGrowBytes = 1024;  // doubling would waste what coding saves
constexpr std::size_t kMaxLateRows = 64;
constexpr std::size_t kMaxLateBytes = 4U << 20U;  // 64 rows of 2,000 values and their layout are 2 MiB

std::vector<std::uint32_t> every_column(const HostRing::Block& block) {
  std::vector<std::uint32_t> all(block.shape().columns);
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

bool is_same_boot(const BoundSetPtr& a, const BoundSetPtr& b) {
  return a == b || a->boot_id == b->boot_id;
}

/// True when `row` stands behind the row with `set` and `stamp`: by the boot clock, else by the time shown.
bool is_behind(const HostRing::Row& row, const BoundSetPtr& set, RowStamp stamp) {
  return is_same_boot(row.set, set) ? row.stamp.monotonic_ms >= stamp.monotonic_ms
                                    : row.stamp.at_ms >= stamp.at_ms;
}

/// Tells what comes up for the first time. Mostly it is the same again and again, and that costs nothing.
template <class T>
class FirstTime {
 public:
  bool is_new(const T* one) {
    if (one == last_ || std::ranges::find(others_, one) != others_.end()) return false;
    if (last_ != nullptr) others_.push_back(last_);
    last_ = one;
    return true;
  }

 private:
  const T* last_ = nullptr;
  std::vector<const T*> others_;
};

/// The least that must go from the front, so that what is left and its layouts, each counted once, stay
/// within `most_bytes`; the last block always stays.
std::size_t blocks_over(const std::vector<HostRing::Block>& blocks, std::size_t most_bytes) {
  FirstTime<SetMeaning> meanings;
  std::size_t bytes = 0;
  for (std::size_t i = blocks.size(); i-- > 0;) {
    bytes += blocks[i].bytes.capacity();
    if (meanings.is_new(blocks[i].set->meaning.get())) bytes += blocks[i].set->meaning->bytes;
    if (bytes > most_bytes) return std::min(i + 1, blocks.size() - 1);
  }
  return 0;
}

void count_in(HostRing::Block& block, RowStamp stamp) {
  if (block.rows == 0) {
    block.first_monotonic_ms = stamp.monotonic_ms;
    block.first_at_ms = block.min_at_ms = block.max_at_ms = stamp.at_ms;
  }
  block.last_monotonic_ms = stamp.monotonic_ms;
  block.min_at_ms = std::min(block.min_at_ms, stamp.at_ms);
  block.max_at_ms = std::max(block.max_at_ms, stamp.at_ms);
  ++block.rows;
}

}  // namespace

BlockShape HostRing::Block::shape() const {
  return {.rows = rows, .columns = static_cast<std::uint32_t>(set->meaning->conversions.size())};
}

void HostRing::decode(BlockCodec& codec, const Block& block, std::span<const std::uint32_t> wanted,
                      Columns& out) {
  const bool is_whole = block.is_sealed ? codec.decode_sealed(block.bytes, block.shape(), wanted, out)
                                        : codec.decode_open(block.bytes, block.shape(), wanted, out);
  FETTLE_CHECK(is_whole, "a block in memory decodes");
}

void HostRing::append(BlockCodec& codec, const BoundSetPtr& set, RowStamp stamp,
                      std::span<const std::int64_t> before, std::span<const std::int64_t> values) {
  if (blocks_.empty() || blocks_.back().is_sealed || blocks_.back().set != set) {
    if (!blocks_.empty()) seal(codec, blocks_.back());
    blocks_.push_back({.set = set, .bytes = {}});
  }
  Block& block = blocks_.back();
  FETTLE_CHECK(values.size() == block.shape().columns, "a row has a value for each series of its meaning");
  const bool is_first = block.rows == 0;
  const auto coded = codec.encode_row(
      {.stamp = is_first ? RowStamp{} : last_, .values = is_first ? std::span<const std::int64_t>{} : before},
      {.stamp = stamp, .values = values});
  if (block.bytes.capacity() < block.bytes.size() + coded.size())
    block.bytes.reserve(block.bytes.size() + coded.size() + kGrowBytes);
  block.bytes.insert(block.bytes.end(), coded.begin(), coded.end());
  count_in(block, stamp);
  last_ = stamp;
  if (block.rows >= kBlockRows) seal(codec, block);
}

void HostRing::seal(BlockCodec& codec, Block& block) {
  if (block.is_sealed) return;
  Columns columns;
  decode(codec, block, every_column(block), columns);
  const auto coded = codec.encode_sealed(columns, block.shape());
  block.bytes = std::vector<std::uint8_t>(coded.begin(), coded.end());
  block.is_sealed = true;
}

void HostRing::add_late(BlockCodec& codec, Row row) {
  late_.push_back(std::move(row));
  if (late_.size() >= kMaxLateRows || late_bytes() > kMaxLateBytes) settle(codec);
}

std::size_t HostRing::late_bytes() const {
  FirstTime<SetMeaning> meanings;
  std::size_t bytes = 0;
  for (const Row& row : late_) {
    bytes += row.values.capacity() * sizeof(std::int64_t);
    if (meanings.is_new(row.set->meaning.get())) bytes += row.set->meaning->bytes;
  }
  return bytes;
}

BoundSetPtr HostRing::find(const SetMeaning* meaning, std::string_view boot_id) const {
  const auto is_it = [&](const auto& one) {
    return one.set->meaning.get() == meaning && one.set->boot_id == boot_id;
  };
  if (const auto block = std::ranges::find_if(blocks_, is_it); block != blocks_.end()) return block->set;
  if (const auto row = std::ranges::find_if(late_, is_it); row != late_.end()) return row->set;
  return nullptr;
}

/// The last block that begins before `row`, else the first.
std::size_t HostRing::block_for(const Row& row) const {
  for (std::size_t i = blocks_.size(); i-- > 1;) {
    const Block& block = blocks_[i];
    if (is_behind(row, block.set, {.at_ms = block.first_at_ms, .monotonic_ms = block.first_monotonic_ms}))
      return i;
  }
  return 0;
}

void HostRing::settle(BlockCodec& codec) {
  if (late_.empty()) return;
  FETTLE_CHECK(!blocks_.empty(), "a late row is older than some other row");
  seal(codec, blocks_.back());
  std::vector<std::vector<Row>> late_of(blocks_.size());
  for (Row& row : late_) late_of[block_for(row)].push_back(std::move(row));
  late_.clear();
  late_.shrink_to_fit();
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    if (late_of[i].empty()) {
      blocks.push_back(std::move(blocks_[i]));
      continue;
    }
    for (Block& block : rebuilt(codec, blocks_[i], std::move(late_of[i]))) blocks.push_back(std::move(block));
  }
  blocks_ = std::move(blocks);
}

std::vector<HostRing::Block> HostRing::rebuilt(BlockCodec& codec, const Block& block, std::vector<Row> late) {
  Columns columns;
  decode(codec, block, every_column(block), columns);
  std::vector<Row> rows;
  for (std::size_t r = 0; r < block.rows; ++r) {
    Row& row = rows.emplace_back(Row{.set = block.set, .stamp = columns.stamps[r], .values = {}});
    row.values.reserve(block.shape().columns);
    for (std::size_t i = 0; i < block.shape().columns; ++i) row.values.push_back(columns.column(i)[r]);
  }
  for (Row& row : late) {
    auto place = rows.end();
    while (place != rows.begin() && !is_behind(row, std::prev(place)->set, std::prev(place)->stamp)) --place;
    rows.insert(place, std::move(row));
  }
  HostRing part;
  std::span<const std::int64_t> before;
  for (const Row& row : rows) {
    part.append(codec, row.set, row.stamp, before, row.values);
    before = row.values;
  }
  part.seal(codec, part.blocks_.back());
  return std::move(part.blocks_);
}

void HostRing::drop_old(std::int64_t newest_at_ms, const RingLimits& limits) {
  std::size_t rows = 0;
  for (const Block& block : blocks_) rows += block.rows;
  auto keep_from = blocks_.begin();
  // Whole blocks go; what is left of an hour is never less than asked for.
  while (keep_from != blocks_.end() - 1 &&
         (keep_from->max_at_ms < newest_at_ms - limits.keep_ms || rows - keep_from->rows >= limits.rows ||
          static_cast<std::size_t>(blocks_.end() - keep_from) > limits.blocks)) {
    rows -= keep_from->rows;
    ++keep_from;
  }
  const auto over = static_cast<std::ptrdiff_t>(blocks_over(blocks_, limits.bytes));
  blocks_.erase(blocks_.begin(), std::max(keep_from, blocks_.begin() + over));
}

std::size_t HostRing::bytes() const {
  std::size_t bytes = blocks_.capacity() * sizeof(Block) + late_.capacity() * sizeof(Row);
  FirstTime<BoundSet> sets;
  const auto set_bytes = [&](const BoundSetPtr& set) {
    return sets.is_new(set.get()) ? sizeof(BoundSet) + set->boot_id.capacity() : 0;
  };
  for (const Block& block : blocks_) bytes += block.bytes.capacity() + set_bytes(block.set);
  for (const Row& row : late_) bytes += row.values.capacity() * sizeof(std::int64_t) + set_bytes(row.set);
  return bytes;
}

std::uint64_t HostRing::samples() const {
  std::uint64_t samples = 0;
  for (const Block& block : blocks_) samples += std::uint64_t{block.rows} * block.shape().columns;
  return samples;
}

}  // namespace fettle::metrics
