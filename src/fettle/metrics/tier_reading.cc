#include "fettle/metrics/tier_reading.h"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "fettle/metrics/range.h"
#include "fettle/metrics/varint.h"

namespace fettle::metrics {
namespace {

// A host that changes its series all the time is shown with so many of them.
constexpr std::size_t kMostSeries = 5'000;
constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();

std::int64_t floor_to(std::int64_t at_ms, std::int64_t step_ms) {
  return at_ms / step_ms * step_ms;
}

struct OpenPack {
  PackId id;
  std::int64_t from_ms = 0, to_ms = 0;
  std::optional<PackReader> reader;  // not open while others are read: there may be hundreds
  PackIndexPtr index;
  std::vector<std::pair<PackEntry, std::vector<StoredBlock>>> records;
};

class StoredBuilder {
 public:
  StoredBuilder(const RangeReading& ring, const TierReading& tiers) : ring_(ring), tiers_(tiers) {}
  Result<StoredAnswer> run();

 private:
  using MeaningPtr = std::shared_ptr<const SetMeaning>;
  Result<> open_packs();
  Result<PackReader> open_file(const PackId& id) const;
  Result<> open_pack(const TierSpan& span, const PackView& view);
  Result<> find_meaning(OpenPack& pack, std::uint64_t layout);
  Result<std::vector<Layout::Entry>> list_entries() const;
  Result<> add_pack(OpenPack& pack, RangeBuilder& builder);
  Result<> add_block(OpenPack& pack, const StoredBlock& block, RangeBuilder& builder);
  void add_ring(RangeBuilder& builder) const;

  const RangeReading& ring_;
  const TierReading& tiers_;
  StoredAnswer out_;
  std::vector<OpenPack> packs_;
  std::unordered_map<std::uint64_t, MeaningPtr> meanings_;
  std::vector<MeaningPtr> in_order_;  // of meanings_, oldest first
  ColumnCoder coder_;
  std::vector<std::int64_t> numbers_;
};

bool is_gone(const Error& error) {
  return error.code == ErrorCode::not_found;
}

Result<PackReader> StoredBuilder::open_file(const PackId& id) const {
  auto reader = PackReader::open(*tiers_.files, tiers_.folder, id);
  if (!reader && is_gone(reader.error()))
    return fail(ErrorCode::conflict, "history_moved", "a file of the history was replaced; ask again");
  return reader;
}

Result<> StoredBuilder::open_pack(const TierSpan& span, const PackView& view) {
  FETTLE_TRY(PackReader reader, open_file(view.id));
  PackIndexPtr index = view.index;
  if (!index) {
    FETTLE_TRY(PackIndex read, reader.read_index());
    index = std::make_shared<const PackIndex>(std::move(read));
    out_.loaded.push_back({.id = view.id, .index = index});
  }
  OpenPack& pack = packs_.emplace_back(OpenPack{.id = view.id,
                                                .from_ms = span.from_ms,
                                                .to_ms = span.to_ms,
                                                .reader = std::move(reader),
                                                .index = std::move(index),
                                                .records = {}});
  for (const PackEntry& entry : pack.index->entries_of(ring_.query.host, tiers_.sealed)) {
    auto blocks = pack.reader->blocks_of(entry);
    if (!blocks && blocks.error().code != ErrorCode::corrupt)
      return std::unexpected(std::move(blocks).error());
    bool is_good = blocks.has_value();
    for (std::size_t i = 0; is_good && i < blocks->size(); ++i) {
      const auto found = find_meaning(pack, (*blocks)[i].layout);
      if (!found && found.error().code != ErrorCode::corrupt) return found;
      is_good = found.has_value();
    }
    if (is_good)
      pack.records.emplace_back(entry, std::move(*blocks));
    else
      ++out_.damaged_records;
  }
  pack.reader.reset();
  return {};
}

Result<> StoredBuilder::find_meaning(OpenPack& pack, std::uint64_t layout) {
  if (meanings_.contains(layout)) return {};
  const auto at = pack.index->layouts->find(layout);
  if (at == pack.index->layouts->end())
    return fail(ErrorCode::corrupt, "history_corrupt", "a layout of the history is missing");
  FETTLE_TRY(std::vector<wire::Series> series, pack.reader->layout_at(at->second, coder_));
  auto meaning = make_set_meaning({.id = 0, .boot_id = {}, .series = std::move(series)}, "");
  meanings_.emplace(layout, meaning);
  in_order_.push_back(std::move(meaning));
  return {};
}

Result<> StoredBuilder::open_packs() {
  for (const TierSpan& span : tiers_.spans)
    for (const PackView& view : span.packs)
      if (auto opened = open_pack(span, view); !opened) return opened;
  return {};
}

/// The newest layout's series in its order, then those that only older rows have.
Result<std::vector<Layout::Entry>> StoredBuilder::list_entries() const {
  const std::unordered_set<std::string_view> asked(ring_.query.keys.begin(), ring_.query.keys.end());
  std::vector<Layout::Entry> entries;
  std::unordered_set<std::string_view> listed;
  const auto list = [&](const SetMeaning& meaning) {
    for (const Layout::Entry& entry : meaning.layout->entries)
      if (entries.size() < kMostSeries && (asked.empty() || asked.contains(entry.key)) &&
          listed.insert(entry.key).second)
        entries.push_back(entry);
  };
  for (const auto& meaning : ring_.meanings) list(*meaning);
  for (auto meaning = in_order_.rbegin(); meaning != in_order_.rend(); ++meaning) list(**meaning);
  const bool knows_any = !ring_.meanings.empty() || !in_order_.empty();
  for (const std::string& key : ring_.query.keys)
    if (knows_any && !listed.contains(key))
      return fail_field("/query/keys", "this host has no series " + key);
  return entries;
}

Result<> StoredBuilder::add_block(OpenPack& pack, const StoredBlock& block, RangeBuilder& builder) {
  const SetMeaning& meaning = *meanings_.at(block.layout);
  if (meaning.conversions.size() != block.series)
    return fail(ErrorCode::corrupt, "history_corrupt", "a block of the history does not fit its layout");
  const std::vector<std::uint32_t> wanted = builder.wanted(meaning);
  if (auto decoded = pack.reader->decode(block, wanted, coder_, numbers_); !decoded) return decoded;
  const ColumnShape shape = block_shape(pack.id.tier, block.rows, static_cast<std::uint32_t>(wanted.size()));
  if (pack.id.tier != Tier::raw) {
    builder.add_rollup(meaning, block.cores, numbers_, shape, tier_step_ms(pack.id.tier));
    return {};
  }
  Columns columns;
  columns.stamps.resize(block.rows);
  for (std::uint32_t r = 0; r < block.rows; ++r)
    columns.stamps[r] = {.at_ms = numbers_[r],
                         .monotonic_ms = wrapping_sum(numbers_[r], numbers_[block.rows + r])};
  columns.values.assign(numbers_.begin() + static_cast<std::ptrdiff_t>(2 * std::size_t{block.rows}),
                        numbers_.end());
  const BoundSet set{.meaning = meanings_.at(block.layout), .boot_id = block.boot, .cores = block.cores};
  builder.add(set, columns);
  return {};
}

Result<> StoredBuilder::add_pack(OpenPack& pack, RangeBuilder& builder) {
  if (pack.records.empty()) return {};
  FETTLE_TRY(pack.reader, open_file(pack.id));
  builder.limit(pack.from_ms, pack.to_ms);
  for (const auto& [entry, blocks] : pack.records) {
    for (const StoredBlock& block : blocks) {
      auto added = add_block(pack, block, builder);
      if (!added && added.error().code != ErrorCode::corrupt) return added;
      if (!added) ++out_.damaged_records;
    }
  }
  pack.reader.reset();
  return {};
}

void StoredBuilder::add_ring(RangeBuilder& builder) const {
  BlockCodec codec;
  Columns columns;
  builder.join();
  builder.limit(tiers_.ring_from_ms, kForEver);
  for (const auto& [block, is_behind_gap] : ring_.parts) {
    if (is_behind_gap) builder.skip();
    HostRing::decode(codec, block, builder.wanted(*block.set->meaning), columns);
    builder.add(*block.set, columns);
  }
}

Result<StoredAnswer> StoredBuilder::run() {
  if (auto opened = open_packs(); !opened) return std::unexpected(std::move(opened).error());
  FETTLE_TRY(std::vector<Layout::Entry> entries, list_entries());
  RangeBuilder builder(ring_.query, std::move(entries), tiers_.least_step_ms);
  for (OpenPack& pack : packs_)
    if (auto added = add_pack(pack, builder); !added) return std::unexpected(std::move(added).error());
  add_ring(builder);
  out_.answer = builder.finish();
  out_.answer.tier = tiers_.tier;
  return std::move(out_);
}

}  // namespace

TierPlan plan_tiers(const RangeQuery& query, std::optional<std::int64_t> ring_first_ms, std::int64_t now_ms,
                    const TierKeep& keep) {
  TierPlan plan;
  const auto is_kept = [&](Tier tier) {
    const std::int64_t keep_ms = keep[index_of(tier)];
    return keep_ms == 0 || query.from_ms >= now_ms - keep_ms;
  };
  // From a whole minute on the ring has all, the row before it included.
  plan.ring_from_ms = ring_first_ms ? floor_to(*ring_first_ms, kMinuteMs) + kMinuteMs : kForEver;
  const bool is_in_ring = plan.ring_from_ms <= query.from_ms;
  const std::int64_t step_ms = choose_buckets(query.from_ms, query.to_ms, query.points).step_ms;
  if (is_in_ring) return plan;
  if (step_ms >= kHourMs || (!is_kept(Tier::raw) && !is_kept(Tier::minute))) {
    plan.tier = Tier::hour;
  } else if (step_ms >= kMinuteMs || !is_kept(Tier::raw)) {
    plan.tier = Tier::minute;
  }
  plan.least_step_ms = std::max<std::int64_t>(tier_step_ms(plan.tier), 1);
  const std::int64_t end = std::min(query.to_ms, plan.ring_from_ms);
  std::int64_t from = query.from_ms;
  if (plan.tier == Tier::hour) {
    // The hour in which the ring begins is read in minutes, up to there.
    const std::int64_t hours_end =
        plan.ring_from_ms == kForEver || end < plan.ring_from_ms ? end : floor_to(plan.ring_from_ms, kHourMs);
    if (hours_end > from)
      plan.spans.push_back({.tier = Tier::hour, .from_ms = from, .to_ms = hours_end, .packs = {}});
    from = std::max(from, hours_end);
  }
  const Tier rest = plan.tier == Tier::hour ? Tier::minute : plan.tier;
  if (end > from) plan.spans.push_back({.tier = rest, .from_ms = from, .to_ms = end, .packs = {}});
  return plan;
}

Result<StoredAnswer> answer_stored(const RangeReading& ring, const TierReading& tiers) {
  return StoredBuilder(ring, tiers).run();
}

}  // namespace fettle::metrics
