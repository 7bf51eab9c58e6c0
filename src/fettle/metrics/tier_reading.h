// A range question over everything that is kept: the ring for the newest, packs for what is older, at the
// coarsest tier that still fills the buckets. Planned on the loop in no time, worked out on a worker. Owns
// all that it refers to, but for the files.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "fettle/metrics/pack_reader.h"
#include "fettle/metrics/range_reading.h"
#include "fettle/metrics/tier.h"

namespace fettle::metrics {

/// A pack as a reader sees it; the index is empty where nobody has read it yet.
struct PackView {
  PackId id;
  PackIndexPtr index;
};

/// Consecutive stretches of one answer, from <= time < to.
struct TierSpan {
  Tier tier = Tier::raw;
  std::int64_t from_ms = 0, to_ms = 0;
  std::vector<PackView> packs;  // by period
};

struct TierReading {
  io::Files* files = nullptr;
  std::string folder;
  std::uint64_t sealed = 0;
  std::int64_t least_step_ms = 1;
  std::string tier = "ring";      // that answers
  std::vector<TierSpan> spans;    // before the ring
  std::int64_t ring_from_ms = 0;  // earlier rows of the ring count for nothing
};

/// How a range is read. `ring_first_ms`: the first row in the ring, if there is one.
struct TierPlan {
  std::int64_t least_step_ms = 1;
  Tier tier = Tier::raw;
  std::int64_t ring_from_ms = 0;
  std::vector<TierSpan> spans;  // without packs
};
TierPlan plan_tiers(const RangeQuery& query, std::optional<std::int64_t> ring_first_ms, std::int64_t now_ms,
                    const TierKeep& keep);

struct StoredAnswer {
  RangeAnswer answer;
  std::vector<PackView> loaded;       // indexes that were read on the way, for the next who asks
  std::uint64_t damaged_records = 0;  // left out
};
/// Errors: `unprocessable` for an unknown key; `conflict` ("history_moved"): a file went while it was read,
/// ask again; `io`. What is damaged is left out and counted.
Result<StoredAnswer> answer_stored(const RangeReading& ring, const TierReading& tiers);

}  // namespace fettle::metrics
