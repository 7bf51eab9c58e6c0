// One heartbeat's worth of raw numbers of one host, and how it is identified on its way to disk.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "fettle/wire/messages.h"

namespace fettle::metrics {

/// The small stable number of a host (its row in the store); never reused.
using HostNumber = std::uint32_t;

/// Series sets are shared by all who refer to them and never change.
using SeriesSetPtr = std::shared_ptr<const wire::SeriesSet>;

struct Sample {
  HostNumber host = 0;
  wire::Position position;
  std::int64_t received_at_ms = 0;  // the server's wall clock; what the server orders by
  std::int64_t sampled_at_ms =
      0;  // the host's wall clock; what is shown. See decide_sample_time for the limits
  std::int64_t monotonic_ms = 0;  // the host's boot clock: rates use it
  SeriesSetPtr set;
  std::vector<std::int64_t>
      values;  // same order and length as set->series; wire::kAbsent where there is none
};

}  // namespace fettle::metrics
