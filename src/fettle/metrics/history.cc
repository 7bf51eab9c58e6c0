#include "fettle/metrics/history.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "fettle/base/check.h"
#include "fettle/metrics/host_ring.h"
#include "fettle/metrics/meaning_table.h"
#include "fettle/metrics/range.h"
#include "fettle/metrics/range_reading.h"
#include "fettle/metrics/sample_rules.h"
#include "fettle/metrics/set_meaning.h"
#include "fettle/metrics/spark.h"

namespace fettle::metrics {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kLastTimeMs = 253'402'300'800'000;  // the year 10000

struct HostState {
  std::weak_ptr<const wire::SeriesSet> set;  // what `bound` was made from: the fast way to know it again
  BoundSetPtr bound;
  Newest newest;
  std::string rewound_boot;   // whose boot clock went back at last
  std::uint32_t rewinds = 0;  // how often it did, in any boot
  std::int64_t elapsed_before_ms = 0;
  std::vector<std::int64_t> raw;  // of the newest row
  Latest latest;
  SparkCells sparks;
  HostRing ring;

  /// Names the boot whose rows can be compared; its id alone does not where the boot clock went back.
  [[nodiscard]] std::string boot_of(const wire::SeriesSet& of) const {
    return rewinds > 0 && of.boot_id == rewound_boot ? of.boot_id + "+" + std::to_string(rewinds)
                                                     : of.boot_id;
  }
  void rewind(const wire::SeriesSet& of) {
    rewound_boot = of.boot_id;
    ++rewinds;
    set.reset();
  }
  [[nodiscard]] std::size_t bytes() const {
    return sizeof(HostState) + raw.capacity() * sizeof(std::int64_t) +
           latest.values.capacity() * sizeof(double) + ring.bytes();
  }
};

/// The raw numbers of the row before in the order of `after`'s series; absent where it had none.
std::vector<std::int64_t> rearranged(const HostState& host, const SetMeaning& after) {
  std::unordered_map<std::string_view, std::int64_t> before;
  const auto& entries = host.bound->meaning->layout->entries;
  for (std::size_t i = 0; i < entries.size(); ++i) before.emplace(entries[i].key, host.raw[i]);
  std::vector<std::int64_t> raw;
  raw.reserve(after.layout->entries.size());
  for (const Layout::Entry& entry : after.layout->entries) {
    const auto found = before.find(entry.key);
    raw.push_back(found == before.end() ? wire::kAbsent : found->second);
  }
  return raw;
}

void compute_latest(HostState& host, std::span<const std::int64_t> before,
                    std::span<const std::int64_t> after, const Interval& interval) {
  const SetMeaning& meaning = *host.bound->meaning;
  FETTLE_CHECK(before.size() == after.size() && after.size() == meaning.conversions.size(),
               "a row has a value for each series of its meaning");
  if (host.bound->cores == 0) host.bound->cores = meaning.core_series;
  if (host.bound->cores == 0) host.bound->cores = estimate_cores(meaning, before, after, interval);
  const std::uint32_t cores = std::max(host.bound->cores, 1U);
  host.latest.layout = meaning.layout;
  host.latest.values.resize(after.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    const Conversion& conversion = meaning.conversions[i];
    host.latest.values[i] =
        conversion.is_counter ? shown_counter(conversion, counter_rate(before[i], after[i], interval), cores)
                              : shown_gauge(conversion, after[i]);
  }
}

}  // namespace

struct History::Impl {
  RingLimits limits;
  mutable BlockCodec codec;
  std::unordered_map<HostNumber, HostState> hosts;
  MeaningTable meanings;

  BoundSetPtr bind(const HostState& host, const SeriesSetPtr& set) {
    if (host.bound && host.set.lock() == set) return host.bound;
    auto meaning = meanings.find_or_make(*set, layout_hash(*set));
    // A set that comes back, or comes late.
    std::string boot = host.boot_of(*set);
    if (auto known = host.ring.find(meaning.get(), boot)) return known;
    return std::make_shared<BoundSet>(BoundSet{.meaning = std::move(meaning), .boot_id = std::move(boot)});
  }

  void add_newer(HostState& host, const Sample& sample, BoundSetPtr bound, RowStamp stamp);
};

History::History(std::int64_t keep_ms) : impl_(std::make_unique<Impl>()) {
  impl_->limits.keep_ms = keep_ms;
}
History::~History() = default;

void History::Impl::add_newer(HostState& host, const Sample& sample, BoundSetPtr bound, RowStamp stamp) {
  Interval interval;
  const bool is_other_set = host.bound != bound;
  if (host.bound) {
    interval = decide_interval({.boot_id = host.bound->boot_id, .monotonic_ms = host.newest.monotonic_ms},
                               {.boot_id = bound->boot_id, .monotonic_ms = stamp.monotonic_ms},
                               host.elapsed_before_ms);
    if (is_other_set) host.raw = rearranged(host, *bound->meaning);
  } else {
    host.raw.assign(sample.values.size(), wire::kAbsent);
  }
  host.set = sample.set;
  host.bound = std::move(bound);
  host.latest.at_ms = stamp.at_ms;
  host.latest.position = sample.position;
  compute_latest(host, host.raw, sample.values, interval);
  host.ring.append(codec, host.bound, stamp, host.raw, sample.values);
  host.ring.drop_old(stamp.at_ms, limits);
  host.raw.assign(sample.values.begin(), sample.values.end());
  host.newest = {.position = sample.position, .at_ms = stamp.at_ms, .monotonic_ms = stamp.monotonic_ms};
  host.elapsed_before_ms = interval.elapsed_ms;
  host.sparks.add(make_summary(*host.bound->meaning, host.latest));
}

const Latest& History::add(const Sample& sample) {
  FETTLE_CHECK(sample.set && sample.values.size() == sample.set->series.size(),
               "a sample has one value for each series of its set");
  HostState& host = impl_->hosts[sample.host];
  BoundSetPtr bound = impl_->bind(host, sample.set);
  const SampleTime time = decide_sample_time(sample.sampled_at_ms, sample.received_at_ms);
  const RowStamp stamp{.at_ms = time.at_ms, .monotonic_ms = sample.monotonic_ms};
  Newest newest = host.newest;
  newest.is_same_boot = host.bound && host.bound->boot_id == bound->boot_id;
  if (is_rewound(newest, sample.position, sample.monotonic_ms)) {
    host.rewind(*sample.set);
    bound = impl_->bind(host, sample.set);
    newest.is_same_boot = false;
  }
  if (!host.bound || is_newer(newest, sample.position, time, sample.monotonic_ms)) {
    impl_->add_newer(host, sample, std::move(bound), stamp);
  } else if (time.at_ms >= host.newest.at_ms - impl_->limits.keep_ms) {
    if (bound->cores == 0) bound->cores = bound->meaning->core_series;
    host.ring.add_late(impl_->codec, {.set = std::move(bound), .stamp = stamp, .values = sample.values});
    host.ring.drop_old(host.newest.at_ms, impl_->limits);
  }
  return host.latest;
}

const Latest* History::latest(HostNumber host) const {
  const auto found = impl_->hosts.find(host);
  return found == impl_->hosts.end() ? nullptr : &found->second.latest;
}

std::optional<Summary> History::summary(HostNumber host) const {
  const auto found = impl_->hosts.find(host);
  if (found == impl_->hosts.end()) return std::nullopt;
  return make_summary(*found->second.bound->meaning, found->second.latest);
}

Result<RangeReading> History::read(const RangeQuery& query) const {
  if (query.from_ms < 0 || query.from_ms >= query.to_ms || query.to_ms > kLastTimeMs)
    return fail_field("/query/from", "`from` must lie before `to`, both in milliseconds since 1970");
  if (query.points < 1 || query.points > kMaxPoints)
    return fail_field("/query/points", "allowed are 1 to 2000");
  const auto found = impl_->hosts.find(query.host);
  if (found == impl_->hosts.end())
    return fail(ErrorCode::not_found, "no_samples", "No samples of this host are known.");
  found->second.ring.settle(impl_->codec);
  return read_range(found->second.ring, query);
}

Result<RangeAnswer> History::range(const RangeQuery& query) const {
  FETTLE_TRY(const RangeReading reading, read(query));
  return answer_range(reading);
}

std::vector<double> History::spark(const SparkQuery& query) const {
  std::vector<double> out(query.points, kNone);
  const auto found = impl_->hosts.find(query.host);
  if (found == impl_->hosts.end() || query.from_ms < 0 || query.step_ms <= 0) return out;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t from = query.from_ms + static_cast<std::int64_t>(i) * query.step_ms;
    out[i] = found->second.sparks.mean(query.field, from, from + query.step_ms);
  }
  return out;
}

std::optional<std::int64_t> History::first_at_ms(HostNumber host) const {
  const auto found = impl_->hosts.find(host);
  if (found == impl_->hosts.end() || found->second.ring.blocks().empty()) return std::nullopt;
  return found->second.ring.blocks().front().first_at_ms;
}

std::optional<RawLatest> History::raw_latest(HostNumber host) const {
  const auto found = impl_->hosts.find(host);
  if (found == impl_->hosts.end()) return std::nullopt;
  return RawLatest{found->second.latest.at_ms, found->second.latest.layout, found->second.raw};
}

void History::forget(HostNumber host) {
  impl_->hosts.erase(host);
}

HistoryFigures History::figures() const {
  HistoryFigures figures;
  figures.hosts = impl_->hosts.size();
  for (const auto& [number, host] : impl_->hosts) {
    figures.samples += host.ring.samples();
    figures.bytes += host.bytes();
  }
  figures.bytes += impl_->meanings.bytes();
  return figures;
}

}  // namespace fettle::metrics
