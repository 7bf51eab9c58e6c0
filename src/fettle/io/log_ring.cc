#include "fettle/io/log_ring.h"

#include "fettle/base/check.h"
#include "fettle/base/text.h"

namespace fettle::io {
namespace {

constexpr std::size_t kRecordOverhead = 256;  // pointers, counts, the parts of the containers
constexpr std::size_t kMostRecent = 1'000;    // entries that a repeat is looked for among
/// A field is cut shorter than on stderr: one entry is never more than a small part of the ring.
constexpr std::size_t kLongestKept = 4 * 1024;
constexpr std::size_t kMostFields = 32;

std::string kept_text(std::string_view text) {
  if (text.size() <= kLongestKept) return std::string(text);
  return std::string(truncate_utf8(text, kLongestKept)) + "...";
}

std::size_t size_of(const LogEntry& entry) {
  std::size_t size = kRecordOverhead + entry.component.size() + entry.message.size();
  for (const auto& [key, value] : entry.fields) size += key.size() + value.size();
  return size;
}

/// Unmistakable: parts are divided by a byte that no part keeps its meaning with.
std::string identity_of(const LogEntry& entry) {
  std::string out(log_level_name(entry.level));
  const auto add = [&out](const std::string& part) {
    out += std::to_string(part.size()) + ':';
    out += part;
  };
  add(entry.component);
  add(entry.message);
  for (const auto& [key, value] : entry.fields) add(key), add(value);
  return out;
}

}  // namespace

LogRing::LogRing(WallTime start, LogRingLimits limits)
    : limits_(limits), next_id_(static_cast<std::uint64_t>(start.time_since_epoch().count())) {
  FETTLE_CHECK(limits_.lines > 0);
}

void LogRing::add(const LogLine& line, WallTime at) {
  auto entry = std::make_shared<LogEntry>();
  entry->at = at;
  entry->level = line.level;
  entry->component = kept_text(line.component);
  entry->message = kept_text(line.message);
  for (const LogField& field : line.fields.first(std::min(line.fields.size(), kMostFields))) {
    entry->fields.emplace_back(field.key, kept_text(field.value.text()));
  }
  std::string identity = identity_of(*entry);
  bool was_quiet = false;
  {
    const std::lock_guard lock(mutex_);
    was_quiet = touched_.empty() && skipped_ == 0;
    while (!recent_order_.empty() &&
           (recent_order_.size() >= kMostRecent || at - recent_order_.front().first > limits_.repeat_window ||
            at < recent_order_.front().first)) {
      recent_.erase(recent_order_.front().second);
      recent_order_.pop_front();
    }
    const auto found = recent_.find(identity);
    const std::uint64_t first_id = records_.empty() ? next_id_ : records_.front().id;
    if (found != recent_.end() && found->second >= first_id) {
      LogRecord& record = records_[static_cast<std::size_t>(found->second - first_id)];
      ++record.count;
      record.last_at = at;
      touch(record.id);
    } else {
      const std::uint64_t id = next_id_++;
      bytes_ += size_of(*entry);
      records_.push_back({id, 1, at, std::move(entry)});
      if (found == recent_.end()) recent_order_.emplace_back(at, identity);
      recent_[std::move(identity)] = id;
      while (records_.size() > limits_.lines || (bytes_ > limits_.bytes && records_.size() > 1)) {
        drop_oldest();
      }
      touch(id);
    }
  }
  if (!was_quiet) return;
  const std::lock_guard lock(listener_mutex_);
  if (listener_) listener_();
}

void LogRing::touch(std::uint64_t id) {
  // Repeats come in bursts of one line: looking at the end finds nearly all of them.
  constexpr std::size_t kLookBack = 32;
  const std::size_t look = std::min(touched_.size(), kLookBack);
  if (std::find(touched_.end() - static_cast<std::ptrdiff_t>(look), touched_.end(), id) != touched_.end()) {
    return;
  }
  touched_.push_back(id);
  if (touched_.size() <= limits_.changes) return;
  touched_.pop_front();
  ++skipped_;
}

void LogRing::drop_oldest() {
  bytes_ -= size_of(*records_.front().entry);
  records_.pop_front();
}

std::vector<LogRecord> LogRing::snapshot() const {
  const std::lock_guard lock(mutex_);
  return {records_.begin(), records_.end()};
}

LogRing::Changes LogRing::take_changes() {
  Changes out;
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> ids(touched_.begin(), touched_.end());
  touched_.clear();
  out.skipped = std::exchange(skipped_, 0);
  std::ranges::sort(ids);
  const auto [first, last] = std::ranges::unique(ids);
  ids.erase(first, last);
  for (const std::uint64_t id : ids) {
    if (records_.empty() || id < records_.front().id) {
      ++out.skipped;
    } else {
      out.records.push_back(records_[static_cast<std::size_t>(id - records_.front().id)]);
    }
  }
  return out;
}

void LogRing::on_change(std::function<void()> listener) {
  const std::lock_guard lock(listener_mutex_);
  listener_ = std::move(listener);
}

RingSink::RingSink(std::shared_ptr<LogSink> next, std::shared_ptr<LogRing> ring)
    : LogSink(next->level()), next_(std::move(next)), ring_(std::move(ring)) {}

void RingSink::write(const LogLine& line) {
  next_->write(line);
  ring_->add(line, std::chrono::floor<Micros>(std::chrono::system_clock::now()));
}

}  // namespace fettle::io
