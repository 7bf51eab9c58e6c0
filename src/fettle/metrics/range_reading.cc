#include "fettle/metrics/range_reading.h"

#include <algorithm>
#include <unordered_set>

#include "fettle/metrics/range.h"

namespace fettle::metrics {
namespace {

/// The newest set's series in its order, then those that only older rows have.
Result<std::vector<Layout::Entry>> list_entries(const RangeReading& reading) {
  const std::unordered_set<std::string_view> asked(reading.query.keys.begin(), reading.query.keys.end());
  std::vector<Layout::Entry> entries;
  std::unordered_set<std::string_view> listed;  // views into the layouts, which the reading owns
  for (const auto& meaning : reading.meanings) {
    for (const Layout::Entry& entry : meaning->layout->entries) {
      if ((asked.empty() || asked.contains(entry.key)) && listed.insert(entry.key).second)
        entries.push_back(entry);
    }
  }
  for (const std::string& key : reading.query.keys)
    if (!listed.contains(key)) return fail_field("/query/keys", "this host has no series " + key);
  return entries;
}

}  // namespace

RangeReading read_range(const HostRing& ring, const RangeQuery& query) {
  RangeReading reading{.query = query, .parts = {}, .meanings = {}};
  const std::vector<HostRing::Block>& blocks = ring.blocks();
  for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
    if (reading.meanings.empty() || reading.meanings.back() != block->set->meaning)
      reading.meanings.push_back(block->set->meaning);
  }
  const auto overlaps = [&](std::size_t at) {
    return at < blocks.size() && blocks[at].max_at_ms >= query.from_ms && blocks[at].min_at_ms < query.to_ms;
  };
  BoundSetPtr set, copy;  // the loop goes on to change its own
  bool is_behind_gap = false;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    // The block before gives the first row its predecessor.
    if (!overlaps(i) && !overlaps(i + 1)) {
      is_behind_gap = true;
      continue;
    }
    if (blocks[i].set != set) {
      set = blocks[i].set;
      copy = std::make_shared<BoundSet>(*set);
    }
    RangeReading::Part& part = reading.parts.emplace_back(blocks[i], std::exchange(is_behind_gap, false));
    part.block.set = copy;
  }
  return reading;
}

Result<RangeAnswer> answer_range(const RangeReading& reading) {
  FETTLE_TRY(std::vector<Layout::Entry> entries, list_entries(reading));
  RangeBuilder builder(reading.query, std::move(entries));
  BlockCodec codec;
  Columns columns;
  for (const auto& [block, is_behind_gap] : reading.parts) {
    if (is_behind_gap) builder.skip();
    HostRing::decode(codec, block, builder.wanted(*block.set->meaning), columns);
    builder.add(*block.set, columns);
  }
  return builder.finish();
}

}  // namespace fettle::metrics
