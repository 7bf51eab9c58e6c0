#include "fettle/metrics/compaction.h"

#include <algorithm>

namespace fettle::metrics {
namespace {

// Of one host at a time; beyond, its chunk has several parts.
constexpr std::size_t kMostNumbers = kMaxBlockNumbers / 4;

/// Puts the rows of `next` behind those of `block`, both of one layout.
BlockRows joined(const BlockRows& block, const BlockRows& next, const ColumnShape& shape) {
  BlockRows out{.layout = block.layout,
                .boot = block.boot,
                .cores = std::max(block.cores, next.cores),
                .rows = block.rows + next.rows,
                .series = block.series,
                .numbers = {}};
  out.numbers.reserve(block.numbers.size() + next.numbers.size());
  for (std::size_t column = 0; column < shape.columns(); ++column) {
    for (const BlockRows* one : {&block, &next}) {
      const auto from = one->numbers.begin() + static_cast<std::ptrdiff_t>(column * one->rows);
      out.numbers.insert(out.numbers.end(), from, from + one->rows);
    }
  }
  return out;
}

class Compaction {
 public:
  Compaction(io::Files& files, const std::string& folder, const CompactOrder& order, ColumnCoder& coder)
      : files_(files), folder_(folder), order_(order), coder_(coder), writer_(files, folder) {
    to_ = order.id;
    ++to_.generation;
  }

  Result<CompactOutcome> run();

 private:
  struct RollupKey {
    std::uint64_t layout = 0;
    std::uint32_t cores = 0;
    friend bool operator==(const RollupKey&, const RollupKey&) = default;
  };
  Result<SeriesPtr> series_of(std::uint64_t layout);
  Result<> write_host(HostNumber host);
  Result<> add(const BlockRows& block);
  Result<> flush(HostNumber host);

  io::Files& files_;
  const std::string& folder_;
  const CompactOrder& order_;
  ColumnCoder& coder_;
  PackId to_;
  std::optional<PackReader> reader_;
  PackIndex index_;
  PackWriter writer_;
  std::map<std::uint64_t, SeriesPtr> layouts_;

  std::vector<BlockRows> raw_;                             // of the host at hand
  std::vector<std::pair<RollupKey, RollupTable>> tables_;  // in the order of the journal
  std::size_t numbers_ = 0;
  std::uint32_t part_ = 0;
};

Result<SeriesPtr> Compaction::series_of(std::uint64_t layout) {
  const auto known = layouts_.find(layout);
  if (known != layouts_.end()) return known->second;
  const auto at = index_.layouts->find(layout);
  if (at == index_.layouts->end())
    return fail(ErrorCode::corrupt, "history_corrupt", "a layout of the history is missing");
  FETTLE_TRY(auto series, reader_->layout_at(at->second, coder_));
  return layouts_[layout] = std::make_shared<const std::vector<wire::Series>>(std::move(series));
}

Result<> Compaction::add(const BlockRows& block) {
  FETTLE_TRY(const SeriesPtr series, series_of(block.layout));
  if (series->size() != block.series)
    return fail(ErrorCode::corrupt, "history_corrupt", "a block of the history does not fit its layout");
  if (to_.tier != Tier::raw) {
    const RollupKey key{.layout = block.layout, .cores = block.cores};
    if (tables_.empty() || tables_.back().first != key) tables_.emplace_back(key, RollupTable(series));
    RollupTable& table = tables_.back().second;
    const std::size_t before = table.rows().size();
    table.merge(block);
    const std::size_t new_rows = table.rows().size() - before;
    numbers_ += block_shape(to_.tier, static_cast<std::uint32_t>(new_rows), block.series).numbers();
    return {};
  }
  numbers_ += block.numbers.size();
  const bool goes_on = !raw_.empty() && raw_.back().layout == block.layout &&
                       raw_.back().boot == block.boot &&
                       (raw_.back().cores == block.cores || raw_.back().cores == 0 || block.cores == 0);
  if (!goes_on) {
    raw_.push_back(block);
  } else {
    raw_.back() = joined(raw_.back(), block, block_shape(Tier::raw, 1, block.series));
  }
  return {};
}

Result<> Compaction::flush(HostNumber host) {
  PackWriter::Record record;
  record.head = {.kind = RecordKind::chunk,
                 .host = host,
                 .part = part_++,
                 .source = order_.sealed,
                 .first_at_ms = to_.period_ms,
                 .last_at_ms = period_end(to_.tier, to_.period_ms)};
  record.blocks = std::exchange(raw_, {});
  for (const auto& [key, table] : tables_)
    record.blocks.push_back(
        table.to_block(key.layout, key.cores, to_.period_ms, period_end(to_.tier, to_.period_ms)));
  tables_.clear();
  numbers_ = 0;
  for (const BlockRows& block : record.blocks) {
    FETTLE_TRY(SeriesPtr series, series_of(block.layout));
    record.layouts.push_back(std::move(series));
  }
  return record.blocks.empty() ? Result<>{} : writer_.append(to_, record);
}

Result<> Compaction::write_host(HostNumber host) {
  part_ = 0;
  for (const PackEntry& entry : index_.entries_of(host, order_.sealed)) {
    FETTLE_TRY(const auto blocks, reader_->blocks_of(entry));
    for (const StoredBlock& stored : blocks) {
      FETTLE_TRY(const BlockRows block, reader_->decode_all(stored, coder_));
      if (numbers_ > 0 && numbers_ + block.numbers.size() > kMostNumbers)
        if (auto flushed = flush(host); !flushed) return flushed;
      if (auto added = add(block); !added) return added;
    }
  }
  return flush(host);
}

Result<CompactOutcome> Compaction::run() {
  {
    FETTLE_TRY(reader_, PackReader::open(files_, folder_, order_.id));
  }
  {
    FETTLE_TRY(index_, reader_->read_index());
  }
  // What an attempt before left behind.
  if (auto removed = files_.remove(pack_path(folder_, to_)); !removed)
    return std::unexpected(std::move(removed).error());
  for (const HostNumber host : index_.hosts()) {
    if (order_.known && !order_.known->contains(host)) continue;
    if (auto written = write_host(host); !written) return std::unexpected(std::move(written).error());
  }
  FETTLE_TRY(auto appended, writer_.commit());
  reader_.reset();
  CompactOutcome done{.id = to_, .index = {}};
  if (appended.empty()) {
    if (auto removed = files_.remove(pack_path(folder_, order_.id)); !removed)
      return std::unexpected(std::move(removed).error());
    return fail(ErrorCode::not_found, "history_empty", "nothing of this period is left");
  }
  done.index.layouts = std::make_shared<const LayoutOffsets>(std::move(appended[0].layouts));
  done.index.add_group(std::move(appended[0].group));
  done.index.is_complete = true;
  // From its last record on, the new one counts.
  std::vector<std::uint8_t> end;
  append_complete(order_.sealed, end);
  FETTLE_TRY(const auto file, files_.open(pack_path(folder_, to_), io::OpenMode::append_or_create));
  if (auto written = file->append(end); !written) return std::unexpected(std::move(written).error());
  if (auto synced = file->sync(); !synced)
    return fail(ErrorCode::io, "history_sync_failed", synced.error().detail);
  done.index.good_bytes = appended[0].good_bytes + end.size();
  if (auto removed = files_.remove(pack_path(folder_, order_.id)); !removed)
    return std::unexpected(std::move(removed).error());
  return done;
}

}  // namespace

Result<CompactOutcome> compact_pack(io::Files& files, const std::string& folder, const CompactOrder& order,
                                    ColumnCoder& coder) {
  auto done = Compaction(files, folder, order, coder).run();
  if (!done && done.error().code != ErrorCode::not_found) {
    PackId unfinished = order.id;
    ++unfinished.generation;
    ignore(files.remove(pack_path(folder, unfinished)), "it is not complete, and is not read");
  }
  return done;
}

}  // namespace fettle::metrics
