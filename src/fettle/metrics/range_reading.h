// What a range question takes out of a host's ring: copies of the coded blocks, made on the loop in no time,
// and the answer that is worked out of them anywhere. Pure but for History::read.
#pragma once
#include <memory>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/metrics/history.h"
#include "fettle/metrics/host_ring.h"

namespace fettle::metrics {

/// Owns all that it refers to, so that it can go to another thread.
struct RangeReading {
  RangeQuery query;
  struct Part {
    HostRing::Block block;
    bool is_behind_gap = false;  // blocks before it are left out: nothing is compared across
  };
  std::vector<Part> parts;                                  // in order
  std::vector<std::shared_ptr<const SetMeaning>> meanings;  // of all rows in the ring, the newest first
};

/// Copies what `query` needs of `ring`, which is settled. The query's range is valid.
RangeReading read_range(const HostRing& ring, const RangeQuery& query);

/// Decodes and sums up: milliseconds for a common host, tens of them for 2,000 series at 1 s. Error
/// `unprocessable` for an unknown key.
Result<RangeAnswer> answer_range(const RangeReading& reading);

}  // namespace fettle::metrics
