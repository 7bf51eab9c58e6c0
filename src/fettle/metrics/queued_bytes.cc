#include "fettle/metrics/queued_bytes.h"

#include "fettle/base/check.h"

namespace fettle::metrics {

std::size_t bytes_of(const wire::SeriesSet& set) {
  constexpr std::size_t kOfOne = 3;  // the lengths of its texts and its kind
  std::size_t bytes = set.boot_id.size();
  for (const wire::Series& series : set.series) bytes += series.metric.size() + series.label.size() + kOfOne;
  return bytes;
}

void QueuedBytes::push(const Sample& sample) {
  Waiting& host = hosts_[sample.host];
  std::size_t cost = sizeof(Sample) + sample.values.size() * sizeof(std::int64_t);
  if (host.newest != sample.set) {
    cost += bytes_of(*sample.set);
    host.newest = sample.set;
  }
  ++host.samples;
  costs_.push_back(cost);
  total_ += cost;
}

void QueuedBytes::erase(std::size_t index, const Sample& sample) {
  const auto host = hosts_.find(sample.host);
  FETTLE_CHECK(host != hosts_.end() && index < costs_.size(), "what leaves the queue was counted in it");
  if (--host->second.samples == 0) hosts_.erase(host);
  total_ -= costs_[index];
  costs_.erase(costs_.begin() + static_cast<std::ptrdiff_t>(index));
}

void QueuedBytes::clear() {
  hosts_.clear();
  costs_.clear();
  total_ = 0;
}

std::size_t QueuedBytes::count_within(std::size_t bytes) const {
  std::size_t count = 0;
  std::size_t sum = 0;
  while (count < costs_.size() && (sum += costs_[count]) <= bytes) ++count;
  return std::max<std::size_t>(count, 1);
}

}  // namespace fettle::metrics
