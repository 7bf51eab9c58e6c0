// What waits for the journal's disk, in bytes, so that the queue has a bound in memory however large its
// samples are. First in, first out. Loop thread.
#pragma once
#include <cstddef>
#include <deque>
#include <unordered_map>

#include "fettle/metrics/sample.h"

namespace fettle::metrics {

/// What a set takes in a record of the journal, as well as can be told without writing it.
std::size_t bytes_of(const wire::SeriesSet& set);

class QueuedBytes {
 public:
  /// A sample costs its values, and its set where the one before of its host had another: the set is held in
  /// memory, and written before the sample.
  void push(const Sample& sample);
  /// `sample` is the oldest that is counted.
  void pop(const Sample& sample) { erase(0, sample); }
  /// `sample` has so many older ones before it.
  void erase(std::size_t index, const Sample& sample);
  void clear();
  [[nodiscard]] std::size_t total() const { return total_; }
  /// How many of the oldest have at most so many bytes together; at least one.
  [[nodiscard]] std::size_t count_within(std::size_t bytes) const;

 private:
  struct Waiting {
    SeriesSetPtr newest;  // of this host
    std::size_t samples = 0;
  };
  std::unordered_map<HostNumber, Waiting> hosts_;
  std::deque<std::size_t> costs_;
  std::size_t total_ = 0;
};

}  // namespace fettle::metrics
