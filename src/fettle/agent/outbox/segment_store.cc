#include "fettle/agent/outbox/segment_store.h"

#include <algorithm>

#include "fettle/agent/outbox/thinning_rules.h"
#include "fettle/base/encoding.h"

namespace fettle::agent {
namespace {

constexpr std::size_t kStateLimit = 4096;

}  // namespace

SegmentStore::SegmentStore(io::Files& files, std::string folder, OutboxLimits limits)
    : files_(files), folder_(std::move(folder)), limits_(limits) {}

std::string SegmentStore::path_of(const Segment& segment) const {
  return segment_path(folder_, segment.number);
}

std::uint64_t SegmentStore::total_bytes() const {
  std::uint64_t bytes = 0;
  for (const Segment& segment : segments_) bytes += segment.bytes;
  return bytes;
}

StoreFigures SegmentStore::figures() const {
  StoreFigures figures{.waiting = 0, .lost = state_.lost, .bytes = total_bytes()};
  for (const Segment& segment : segments_) figures.waiting += segment.waiting(acknowledged_);
  return figures;
}

// ---- start

Result<SegmentStore::Opened> SegmentStore::open() {
  Opened opened;
  // A full disk must not keep the agent from running; what is there can still be read.
  ignore(files_.make_folders(folder_), "listing says what is wrong");
  read_state();
  if (auto scanned = scan_all(opened); !scanned) return std::unexpected(std::move(scanned).error());
  count_start(opened);
  acknowledge(state_.acknowledged);
  opened.acknowledged = state_.acknowledged;
  return opened;
}

Result<> SegmentStore::scan_all(Opened& opened) {
  FETTLE_TRY(const auto names, files_.list(folder_));
  for (const std::string& name : names) {
    const auto number = parse_segment_name(name);
    if (number) {
      next_number_ = std::max(next_number_, *number + 1);
      if (!scan_one(*number, opened)) ++opened.unreadable_segments;
    } else if (name.ends_with(".new")) {
      ignore(files_.remove(folder_ + "/" + name), "an atomic write that was interrupted");
    }
  }
  last_written_ = opened.last;
  return {};
}

Result<> SegmentStore::scan_one(std::uint64_t number, Opened& opened) {
  active_.reset();  // only the last segment is written to again
  FETTLE_TRY(SegmentScan scan, scan_segment(files_, folder_, number, state_.renumberings));
  const std::string path = path_of(scan.segment);
  if (!scan.is_whole) {
    FETTLE_TRY(const auto file, files_.open(path, io::OpenMode::append_or_create));
    opened.cut_bytes += file->size() - scan.segment.bytes;
    ignore(file->truncate(scan.segment.bytes), "readers stop there by themselves");
  }
  if (scan.segment.is_empty()) {
    ignore(files_.remove(path), "an empty segment costs nothing but its name");
    return {};
  }
  opened.last = std::max(opened.last, scan.segment.last());
  segments_.push_back(scan.segment);
  const bool is_usable = scan.is_whole && !scan.segment.is_thinned;
  if (!is_usable || scan.segment.bytes >= limits_.segment_bytes) return {};
  if (auto file = files_.open(path, io::OpenMode::append_or_create)) {
    active_ = std::move(*file);
    active_sets_ = std::move(scan.sets);
    has_unsynced_ = true;  // the start before may have been killed before it came to that
    has_unsynced_name_ = true;
  }
  return {};
}

void SegmentStore::resolve_planned_loss() {
  if (!state_.planned) return;
  const PlannedLoss planned = *std::exchange(state_.planned, std::nullopt);
  for (const Segment& segment : segments_) {
    const bool has_not_happened =
        segment.number == planned.segment && (planned.is_removal || !segment.is_thinned);
    if (has_not_happened) state_.lost -= std::min(state_.lost, planned.records);
  }
}

void SegmentStore::read_state() {
  const auto text = files_.read_all(folder_ + "/state", kStateLimit);
  if (text) state_ = parse_state(*text).value_or(OutboxState{});
}

void SegmentStore::count_start(Opened& opened) {
  resolve_planned_loss();
  // Without a readable state the records themselves tell; what even they do not know, the server does.
  state_.boot = std::max(state_.boot, opened.last.boot) + 1;
  opened.boot = state_.boot;
  opened.boot_is_durable = write_state().has_value();
}

Result<> SegmentStore::write_state() {
  return files_.write_atomically(folder_ + "/state", format_state(state_));
}

Result<> SegmentStore::keep_acknowledged() {
  if (acknowledged_ <= state_.acknowledged) return {};
  state_.acknowledged = acknowledged_;
  return write_state();
}

Result<> SegmentStore::raise_boot(std::uint64_t boot, wire::Position acknowledged) {
  if (boot <= state_.boot) return write_state();
  acknowledge(acknowledged);
  const bool is_of_this_start = acknowledged.boot == state_.boot;
  renumber({.after = {state_.boot, is_of_this_start ? acknowledged.sequence : 0}, .boot = boot});
  state_.boot = boot;
  return write_state();
}

void SegmentStore::renumber(const Renumbering& renumbering) {
  std::uint64_t waiting = 0, of_this_start = 0;
  for (const Segment& segment : segments_) {
    waiting += segment.waiting(acknowledged_);
    of_this_start += segment.waiting(renumbering.after);
  }
  if (waiting == 0) state_.renumberings.clear();
  const bool is_too_often = of_this_start > 0 && state_.renumberings.size() >= kMostRenumberings;
  // Of starts before this one, and never acknowledged: the server takes their numbers for ones that it has.
  // It may have the records too, from the other copy of this folder, so they are given up rather than
  // doubled.
  give_up(is_too_often ? waiting : waiting - of_this_start,
          is_too_often ? wire::Position{state_.boot, UINT64_MAX} : renumbering.after);
  if (of_this_start == 0 || is_too_often) return;
  state_.renumberings.push_back(renumbering);
  for (Segment& segment : segments_) segment.renumber(renumbering);
  last_written_ = renumbered(last_written_, {renumbering});
  cursor_ = Cursor{};
}

/// Counted, and never asked for again: written down together.
void SegmentStore::give_up(std::uint64_t records, wire::Position up_to) {
  if (records == 0) return;
  state_.lost += records;
  acknowledge(up_to);
  state_.acknowledged = acknowledged_;
}

// ---- writing

Result<> SegmentStore::begin_segment() {
  if (active_ && has_unsynced_ && segments_.back().last() > acknowledged_) {
    if (auto synced = sync(); !synced) return synced;
  }
  active_.reset();
  active_sets_.clear();
  has_unsynced_ = false;
  // Nothing of it is acknowledged here: what must survive was synced above.
  acknowledge(acknowledged_);
  make_room();
  ignore(files_.make_folders(folder_),
         "there may have been no room for it at the start; opening says what is");
  Segment segment;
  segment.number = next_number_;
  FETTLE_TRY(auto file, files_.open(path_of(segment), io::OpenMode::append_or_create));
  ++next_number_;
  active_ = std::move(file);
  segments_.push_back(segment);
  has_unsynced_name_ = true;
  std::string head;
  append_frame(head, Frame{.kind = FrameKind::head});
  return write(head);
}

Result<> SegmentStore::write(const std::string& bytes) {
  Segment& segment = segments_.back();
  if (auto written = active_->append(as_bytes(bytes)); !written) {
    ignore(active_->sync(), "what was written before; the next failure says the same");
    abandon_segment(segment.bytes);
    return written;
  }
  segment.bytes += bytes.size();
  has_unsynced_ = true;
  return {};
}

void SegmentStore::abandon_segment(std::uint64_t good_bytes) {
  if (!active_) return;
  ignore(active_->truncate(good_bytes), "readers stop there by themselves");
  active_.reset();
  active_sets_.clear();
  has_unsynced_ = false;
  if (!segments_.back().is_empty()) return;
  ignore(files_.remove(path_of(segments_.back())), "an empty segment costs nothing but its name");
  segments_.pop_back();
}

Result<> SegmentStore::append(const std::vector<OutboxRecord>& records) {
  for (std::size_t next = 0; next < records.size();) {
    const bool is_full = active_ && segments_.back().bytes >= limits_.segment_bytes;
    if (!active_ || is_full) {
      if (auto begun = begin_segment(); !begun) return begun;
    }
    // As many as fit, in one write.
    Segment after = segments_.back();
    std::set<std::uint64_t> sets = active_sets_;
    std::string bytes;
    for (; next < records.size() && after.bytes + bytes.size() < limits_.segment_bytes; ++next) {
      const OutboxRecord& record = records[next];
      if (record.position <= last_written_) continue;
      if (sets.insert(record.set_id).second)
        append_frame(bytes,
                     {.kind = FrameKind::set, .set_id = record.set_id, .payload = *record.set_payload});
      append_frame(bytes, {.kind = FrameKind::heartbeat,
                           .position = record.position,
                           .sampled_at_ms = record.sampled_at_ms,
                           .set_id = record.set_id,
                           .payload = record.payload});
      after.add(record.position);
    }
    if (bytes.empty()) continue;
    if (auto written = write(bytes); !written) return written;
    after.bytes = segments_.back().bytes;
    segments_.back() = after;
    last_written_ = after.last();
    active_sets_ = std::move(sets);
  }
  return {};
}

Result<> SegmentStore::sync() {
  if (!active_ || !has_unsynced_) return {};
  auto synced = active_->sync();
  if (synced && has_unsynced_name_) synced = files_.sync_folder(folder_);
  if (!synced) {
    // The kernel may have dropped what it could not write. Nothing was promised for it; the checksums tell
    // what is left of it.
    abandon_segment(segments_.back().bytes);
    return synced;
  }
  has_unsynced_ = has_unsynced_name_ = false;
  return {};
}

// ---- reading

Result<std::vector<OutboxRecord>> SegmentStore::read_after(wire::Position after, std::size_t most) {
  std::vector<OutboxRecord> records;
  std::size_t bytes = 0;
  if (cursor_.at != after) cursor_ = Cursor{.at = after};
  for (const Segment& segment : segments_) {
    if (records.size() >= most || bytes >= kBatchBytes) break;
    if (segment.last() <= cursor_.at) continue;
    if (cursor_.segment != segment.number)
      cursor_ = Cursor{.segment = segment.number, .offset = 0, .at = cursor_.at, .sets = {}};
    if (auto read = read_segment(segment, cursor_, most, records, bytes); !read) {
      cursor_ = Cursor{};
      if (records.empty()) return std::unexpected(std::move(read).error());
      break;
    }
  }
  return records;
}

Result<> SegmentStore::read_segment(const Segment& segment, Cursor& cursor, std::size_t most,
                                    std::vector<OutboxRecord>& into, std::size_t& bytes) {
  FETTLE_TRY(const auto file, files_.open(path_of(segment), io::OpenMode::read));
  SegmentReader reader(*file, segment.bytes, cursor.offset, state_.renumberings);
  while (into.size() < most && bytes < kBatchBytes) {
    FETTLE_TRY(const auto frame, reader.next());
    if (!frame) break;
    cursor.offset = reader.offset();
    if (frame->kind == FrameKind::set)
      cursor.sets[frame->set_id] = std::make_shared<const std::string>(frame->payload);
    if (frame->kind != FrameKind::heartbeat || frame->position <= cursor.at) continue;
    cursor.at = frame->position;
    const auto set = cursor.sets.find(frame->set_id);
    if (set == cursor.sets.end()) continue;  // without names the numbers mean nothing
    into.push_back(
        {frame->position, frame->sampled_at_ms, frame->set_id, std::string(frame->payload), set->second});
    bytes += frame->payload.size();
  }
  return {};
}

void SegmentStore::acknowledge(wire::Position position) {
  acknowledged_ = std::max(acknowledged_, position);
  while (!segments_.empty() && segments_.front().last() <= acknowledged_) {
    const bool is_active = active_ && segments_.size() == 1;
    if (is_active) break;
    if (!files_.remove(path_of(segments_.front()))) break;  // tried again with the next one
    segments_.pop_front();
  }
}

// ---- too much

void SegmentStore::make_room() {
  while (total_bytes() + limits_.segment_bytes > limits_.bytes && !segments_.empty()) {
    const auto whole = std::ranges::find(segments_, false, &Segment::is_thinned);
    if (whole == segments_.end() || !thin(*whole)) drop_oldest();
  }
}

bool SegmentStore::thin(Segment& segment) {
  Segment after{.number = segment.number, .is_thinned = true};
  std::uint64_t kept = 0;
  std::string content;
  append_frame(content, Frame{.kind = FrameKind::head});
  append_frame(content, Frame{.kind = FrameKind::thinned});
  std::uint64_t removed = 0;
  {
    const auto file = files_.open(path_of(segment), io::OpenMode::read);
    if (!file) return false;
    SegmentReader reader(**file, segment.bytes, 0, state_.renumberings);
    Thinning thinning(limits_.thin_to);
    wire::Position last;
    for (;;) {
      const auto frame = reader.next();
      if (!frame) return false;
      if (!*frame) break;
      if ((*frame)->kind == FrameKind::set) append_frame(content, **frame);
      if ((*frame)->kind != FrameKind::heartbeat || (*frame)->position <= last) continue;
      last = (*frame)->position;
      if (last <= acknowledged_) continue;  // gone without being lost
      if (!thinning.keeps((*frame)->sampled_at_ms)) {
        ++removed;
        continue;
      }
      append_frame(content, **frame);
      after.add(last);
      ++kept;
    }
    const std::uint64_t waiting = segment.waiting(acknowledged_);
    if (!reader.at_end() && waiting > kept) removed = waiting - kept;  // broken since
  }
  after.bytes = content.size();
  state_.lost += removed;
  state_.planned = PlannedLoss{segment.number, removed, false};
  const bool is_done = write_state() && files_.write_atomically(path_of(segment), content);
  if (!is_done) {
    state_.lost -= removed;  // the planned loss that may be on disk is taken back at the next start
    return false;
  }
  segment = after;
  cursor_ = Cursor{};
  return true;
}

void SegmentStore::drop_oldest() {
  const Segment segment = segments_.front();
  const std::uint64_t removed = segment.waiting(acknowledged_);
  state_.lost += removed;
  state_.planned = PlannedLoss{segment.number, removed, true};
  ignore(write_state(), "a full disk: there is room when the segment is gone");
  ignore(files_.remove(path_of(segment)), "it is not read again; the next start finds it");
  // So that the next loss, whose plan takes the place of this one, finds it settled.
  ignore(files_.sync_folder(folder_), "then it may be counted although it comes back");
  segments_.pop_front();
}

}  // namespace fettle::agent
