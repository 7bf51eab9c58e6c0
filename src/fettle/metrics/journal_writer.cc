#include "fettle/metrics/journal_writer.h"

#include <algorithm>

namespace fettle::metrics {
namespace {

bool is_disk_full(const Error& error) {
  return error.code == ErrorCode::unavailable && error.reason == "disk_full";
}

/// Samples that took so long to come may lie before what the ring has of their host.
constexpr std::int64_t kLateMs = 30 * 60'000;

/// When the newest record of a segment of an earlier life was written, on this life's monotonic clock. From
/// here on wall clocks that step make nothing older.
MonoTime age_base(std::int64_t newest_received_ms, MonoTime mono_now, std::int64_t wall_now_ms) {
  std::int64_t age_ms = 0;
  if (__builtin_sub_overflow(wall_now_ms, newest_received_ms, &age_ms)) age_ms = 0;
  constexpr std::int64_t kYearMs = 365LL * 86'400'000;
  return mono_now - Millis(std::clamp<std::int64_t>(age_ms, 0, kYearMs));
}

}  // namespace

JournalWriter::JournalWriter(io::Files& files, io::Log log, JournalSettings settings)
    : files_(files), log_(std::move(log)), settings_(std::move(settings)) {}

std::string JournalWriter::path_of(std::uint64_t number) const {
  return settings_.folder + "/" + segment_name(number);
}

Result<JournalWriter::RestoredPiece> JournalWriter::restore(std::size_t most_values, MonoTime mono_now,
                                                            std::int64_t wall_now_ms) {
  if (!to_restore_) {
    if (auto found = find_segments(); !found) return std::unexpected(std::move(found).error());
  }
  RestoredPiece piece;
  if (!to_restore_->empty()) {
    FETTLE_TRY(const SegmentReader::State state, restore_some(piece, most_values));
    if (state == SegmentReader::State::has_more) return piece;
    if (auto closed = close_restored(mono_now, wall_now_ms); !closed)
      return std::unexpected(std::move(closed).error());
  }
  if (!to_restore_->empty()) return piece;
  restored_.segments = closed_.size();
  restored_.highest = highest_;
  restored_.next_segment = next_number_;
  piece.end = restored_;
  return piece;
}

Result<> JournalWriter::find_segments() {
  if (auto made = files_.make_folders(settings_.folder); !made) return made;
  FETTLE_TRY(const std::vector<std::string> names, files_.list(settings_.folder));
  to_restore_.emplace();
  for (const std::string& name : names)
    if (const auto number = parse_segment_name(name)) to_restore_->push_back(*number);
  std::ranges::sort(*to_restore_);
  return {};
}

/// The next samples of the segment that is being read.
Result<SegmentReader::State> JournalWriter::restore_some(RestoredPiece& piece, std::size_t most_values) {
  if (!reading_) {
    next_number_ = std::max(next_number_, to_restore_->front() + 1);
    FETTLE_TRY(auto file, files_.open(path_of(to_restore_->front()), io::OpenMode::read));
    reading_ = std::make_unique<SegmentReader>(std::move(file));
  }
  SegmentVisitor visitor;
  visitor.checkpoint = [this](const Positions& positions) {
    for (const auto& [host, position] : positions) {
      if (!is_known(host)) continue;
      wire::Position& highest = highest_[host];
      highest = std::max(highest, position);
    }
  };
  visitor.sample = [this, &piece](Sample& sample) {
    if (!is_known(sample.host)) return;
    wire::Position& highest = highest_[sample.host];
    if (sample.position <= highest) return;  // written twice, or older than a checkpoint: once is enough
    highest = sample.position;
    ++restored_.samples;
    piece.samples.push_back(std::move(sample));
  };
  return reading_->read(visitor, most_values);
}

/// What follows when a segment was read to its end.
Result<> JournalWriter::close_restored(MonoTime mono_now, std::int64_t wall_now_ms) {
  SegmentContent content = reading_->content();
  reading_.reset();
  const std::uint64_t number = to_restore_->front();
  to_restore_->pop_front();
  // A damaged header is counted, but takes nothing with it: records have checksums of their own.
  const std::uint64_t header = content.header ? 0 : std::min(kSegmentHeaderBytes, content.good_bytes);
  const std::uint64_t cut = content.file_bytes - content.good_bytes + header;
  if (cut > 0) {
    restored_.cut_bytes += cut;
    log_.warn(content.header || header == 0
                  ? "journal segment is damaged; what stands before the damage is kept"
                  : "the header of a journal segment is damaged; its records are kept",
              {{"segment", segment_name(number)}, {"good_bytes", content.good_bytes}, {"cut_bytes", cut}});
  }
  if (to_restore_->empty()) {
    if (auto repaired = repair_newest(number, content); !repaired) return repaired;
    if (content.file_bytes < kSegmentHeaderBytes) return {};  // it is gone
    content.file_bytes = content.header ? content.good_bytes : content.file_bytes;
  }
  closed_.push_back({.number = number, .bytes = content.file_bytes, .newest = mono_now});
  restored_.bytes += content.file_bytes;
  ++ageless_;
  if (content.newest_received_ms) {
    // Those that do not say how old they are were written before this one.
    const MonoTime newest = age_base(*content.newest_received_ms, mono_now, wall_now_ms);
    for (; ageless_ > 0; --ageless_) closed_[closed_.size() - ageless_].newest = newest;
  }
  return {};
}

Result<> JournalWriter::repair_newest(std::uint64_t number, const SegmentContent& content) {
  // A crash while a segment began leaves less than a header. A longer file without one is evidence: nothing
  // is cut from it, and it stays until it is old.
  if (content.file_bytes < kSegmentHeaderBytes) return files_.remove(path_of(number));
  FETTLE_TRY(const std::unique_ptr<io::File> file,
             files_.open(path_of(number), io::OpenMode::append_or_create));
  if (content.header && content.good_bytes != content.file_bytes) {
    if (auto cut = file->truncate(content.good_bytes); !cut) return cut;
  }
  // What was just read may be in memory only: the life before may have ended between its write and its sync.
  // It is told to agents as durable from here on, so it has to be.
  if (auto synced = file->sync(); !synced) return synced;
  return files_.sync_folder(settings_.folder);
}

JournalOutcome JournalWriter::outcome(JournalOutcome::State state, Error error) const {
  JournalOutcome out{
      .state = state, .error = std::move(error), .bytes = open_.bytes, .segments = closed_.size()};
  for (const Segment& segment : closed_) out.bytes += segment.bytes;
  if (file_) ++out.segments;
  out.open_segment = file_ ? open_.number : next_number_;
  return out;
}

JournalOutcome JournalWriter::write(const JournalGroup& group) {
  using State = JournalOutcome::State;
  if (has_failed_)
    return outcome(State::failed, {ErrorCode::io, "journal_failed", "an earlier write failed"});
  for (const HostNumber host : group.forgotten) {
    highest_.erase(host);
    encoder_.forget(host);
  }
  Result<> written = write_group(group);
  if (!written && is_disk_full(written.error())) {
    const Error full = written.error();
    drop_old(group);
    written = take_back();
    if (written) return outcome(State::refused, full);
  }
  if (!written) {
    has_failed_ = true;
    // Nobody was told of these bytes, and a kernel that could not sync them may show them to the next life
    // all the same, as if they were on disk. Best effort: the process ends either way.
    if (file_) ignore(file_->truncate(open_.bytes), "the failure itself is what is reported");
    return outcome(State::failed, std::move(written).error());
  }
  JournalOutcome committed = outcome(State::committed, {});
  committed.written_bytes = written_bytes_;
  return committed;
}

bool JournalWriter::needs_new_segment(MonoTime now) const {
  return !file_ || is_closing_ || open_.bytes >= settings_.segment_bytes ||
         now - opened_ >= (holds_late_ ? settings_.late_segment_age : settings_.segment_age);
}

Result<> JournalWriter::begin_segment(const JournalGroup& group) {
  // A file that holds nothing yet is used again: a full disk would otherwise leave one for every attempt.
  if (!file_ || open_.bytes > 0) {
    FETTLE_TRY(auto file, files_.open(path_of(next_number_), io::OpenMode::append_or_create));
    if (file_) closed_.push_back(open_);
    file_ = std::move(file);
    open_ = {.number = next_number_++, .bytes = 0, .newest = group.mono_now};
  }
  opened_ = group.mono_now;
  holds_late_ = false;
  is_closing_ = false;
  encoder_.begin({.version = kJournalVersion, .number = open_.number, .created_ms = group.wall_now_ms},
                 highest_, buffer_);
  return {};
}

Result<> JournalWriter::write_group(const JournalGroup& group) {
  buffer_.clear();
  if (needs_new_segment(group.mono_now))
    if (auto begun = begin_segment(group); !begun) return begun;
  const bool is_new = open_.bytes == 0;
  for (const Sample& sample : group.samples) {
    encoder_.add(sample, buffer_);
    holds_late_ = holds_late_ || sample.received_at_ms - sample.sampled_at_ms > kLateMs;
  }
  if (auto appended = file_->append(buffer_); !appended) return appended;
  if (auto synced = file_->sync(); !synced) {
    // Final whatever the reason: what a failed sync has lost cannot be known (R2).
    return fail(ErrorCode::io, "journal_sync_failed", synced.error().detail);
  }
  if (is_new)
    if (auto synced = files_.sync_folder(settings_.folder); !synced)
      return fail(ErrorCode::io, "journal_sync_failed", synced.error().detail);
  open_.bytes += buffer_.size();
  written_bytes_ = buffer_.size();
  open_.newest = group.mono_now;
  for (const Sample& sample : group.samples) {
    wire::Position& highest = highest_[sample.host];
    highest = std::max(highest, sample.position);
  }
  constexpr std::size_t kKeepBufferBytes = 1U << 20U;
  if (buffer_.capacity() > kKeepBufferBytes) std::vector<std::uint8_t>().swap(buffer_);
  if (is_new) drop_old(group);
  return {};
}

Result<> JournalWriter::take_back() {
  is_closing_ = true;
  if (!file_) return {};
  if (auto cut = file_->truncate(open_.bytes); !cut) return cut;
  return file_->sync();
}

void JournalWriter::drop_old(const JournalGroup& group) {
  // The checkpoint of the segment behind it holds what a dropped one knew; the last durable one always stays.
  std::uint64_t bytes = open_.bytes;
  for (const Segment& segment : closed_) bytes += segment.bytes;
  while (!closed_.empty() && (closed_.size() > 1 || open_.bytes > 0)) {
    if (group.keep_after && closed_.front().number > *group.keep_after) return;
    const bool is_old = group.mono_now - closed_.front().newest > settings_.keep;
    if (!is_old && bytes <= settings_.keep_bytes) return;
    if (!is_old)
      log_.warn("the journal is larger than it may be; its oldest segment goes before its time",
                {{"segment", segment_name(closed_.front().number)}, {"bytes", bytes}});
    if (auto removed = files_.remove(path_of(closed_.front().number)); !removed) {
      log_.warn("an old journal segment cannot be removed",
                {{"segment", segment_name(closed_.front().number)}, {"error", removed.error()}});
      return;
    }
    bytes -= closed_.front().bytes;
    closed_.pop_front();
  }
}

}  // namespace fettle::metrics
