// What sealing has to remember of each host from one segment of the journal to the next: its newest sample,
// so that the first one of the next segment has something before it. One file per sealed segment,
// `carry/<segment>.carry`; when it is synced, all that the segment held is in the tiers.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/metrics/rate_rules.h"
#include "fettle/metrics/sample.h"
#include "fettle/metrics/sample_rules.h"

namespace fettle::metrics {

struct HostCarry {
  wire::Position position;
  std::int64_t at_ms = 0, monotonic_ms = 0, elapsed_before_ms = 0;
  std::string boot;          // as rows are compared: its id, and how often its clock went back
  std::string rewound_boot;  // whose boot clock went back at last
  std::uint32_t rewinds = 0;
  std::uint32_t cores = 0;                                  // of this boot and layout; 0 until known
  std::shared_ptr<const std::vector<wire::Series>> series;  // none: nothing is known yet
  std::vector<std::int64_t> values;
  friend bool operator==(const HostCarry&, const HostCarry&);
};

/// What a sample says about the time since the one before it.
struct RowFact {
  std::int64_t at_ms = 0;
  Interval interval;
  bool is_late = false;     // taken before the newest: it counts, but nothing is compared with it
  bool is_flagged = false;  // its host's clock was not believed
};
/// Moves on to `sample`, whose layout is `series`. `before` gets the readings to compare with, in the order
/// of that layout.
RowFact advance(HostCarry& carry, const Sample& sample,
                std::shared_ptr<const std::vector<wire::Series>> series, std::vector<std::int64_t>& before);

using Carries = std::map<HostNumber, HostCarry>;
std::string carry_name(std::uint64_t segment);
std::optional<std::uint64_t> parse_carry_name(std::string_view name);
std::vector<std::uint8_t> encode_carries(const Carries& carries);
/// Error `corrupt`: not whole.
Result<Carries> parse_carries(std::span<const std::uint8_t> bytes);

}  // namespace fettle::metrics
