#include "fettle/agent/outbox/memory_outbox.h"

#include <algorithm>

#include "fettle/agent/outbox/thinning_rules.h"

namespace fettle::agent {
namespace {

std::size_t size_of(const OutboxRecord& record) {
  return sizeof(OutboxRecord) + record.payload.size();
}

}  // namespace

MemoryOutbox::MemoryOutbox(std::uint64_t boot, OutboxLimits limits) : limits_(limits), boot_(boot) {}

Task<Result<>> MemoryOutbox::start() {
  co_return Result<>{};
}

Task<void> MemoryOutbox::stop() {
  co_return;
}

Task<Result<>> MemoryOutbox::raise_boot(std::uint64_t boot) {
  if (boot <= boot_) co_return Result<>{};
  boot_ = boot;
  sequence_ = 0;
  for (OutboxRecord& record : records_) record.position = {boot_, ++sequence_};
  co_return Result<>{};
}

wire::Position MemoryOutbox::append(wire::Heartbeat heartbeat,
                                    const std::shared_ptr<const wire::SeriesSet>& set) {
  if (set_id_ != set->id || !set_payload_) {
    set_payload_ = std::make_shared<const std::string>(wire::encode(*set));
    set_id_ = set->id;
  }
  const wire::Position position{boot_, ++sequence_};
  heartbeat.position = position;
  heartbeat.series_set = set->id;
  records_.push_back(make_record(wire::Message(std::move(heartbeat)), set_payload_));
  bytes_ += size_of(records_.back());
  make_room();
  on_ready_();
  return position;
}

void MemoryOutbox::make_room() {
  if (bytes_ <= limits_.bytes) return;
  // The newest quarter stays as it is; the rest is thinned, and dropped only where that was not enough.
  Thinning thinning(limits_.thin_to);
  std::deque<OutboxRecord> kept;
  std::size_t kept_bytes = 0;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    const bool is_recent = i + records_.size() / 4 >= records_.size();
    if (!is_recent && !thinning.keeps(records_[i].sampled_at_ms)) {
      ++lost_;
      continue;
    }
    kept_bytes += size_of(records_[i]);
    kept.push_back(std::move(records_[i]));
  }
  records_ = std::move(kept);
  bytes_ = kept_bytes;
  while (bytes_ > limits_.bytes && records_.size() > 1) {
    bytes_ -= size_of(records_.front());
    records_.pop_front();
    ++lost_;
  }
}

bool MemoryOutbox::has_beyond(wire::Position after) const {
  return !records_.empty() && records_.back().position > after;
}

Task<Result<std::vector<OutboxRecord>>> MemoryOutbox::next(wire::Position after, std::size_t most) {
  std::vector<OutboxRecord> found;
  auto from = std::ranges::upper_bound(records_, after, {}, &OutboxRecord::position);
  for (; from != records_.end() && found.size() < most; ++from) found.push_back(*from);
  co_return found;
}

void MemoryOutbox::acknowledge(wire::Position position) {
  while (!records_.empty() && records_.front().position <= position) {
    bytes_ -= size_of(records_.front());
    records_.pop_front();
  }
}

Task<Result<>> MemoryOutbox::sync_now() {
  co_return Result<>{};
}

OutboxFigures MemoryOutbox::figures() const {
  return {.waiting = records_.size(), .lost = lost_, .bytes = bytes_, .unwritten = 0, .write_failures = 0};
}

}  // namespace fettle::agent
