#include "fettle/stream/resume_window.h"

#include <cstring>

#include "fettle/base/check.h"
#include "fettle/stream/frame.h"

namespace fettle::stream {
namespace {

/// What a block and a sample take beside their bytes, so that the bound is one on memory: the struct, list
/// and hash nodes, the allocator's own.
constexpr std::size_t kBlockOverhead = 160;
constexpr std::size_t kSampleOverhead = sizeof(SampleSlot) + 128;
constexpr Seconds kBetweenMarks{1};

bool is_before(const Piece& a, const Piece& b) {
  return a.sequence < b.sequence;
}

}  // namespace

void KeptQueue::pop_through(std::uint64_t sequence) {
  while (head_ < frames_.size() && frames_[head_].sequence <= sequence) ++head_;
  if (head_ == frames_.size()) {
    frames_ = {};
    head_ = 0;
  } else if (head_ > frames_.size() / 2) {
    frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
}

std::span<const KeptFrame> KeptQueue::after(std::uint64_t sequence) const {
  const std::span<const KeptFrame> all = std::span(frames_).subspan(head_);
  const auto first = std::ranges::upper_bound(all, sequence, {}, &KeptFrame::sequence);
  return all.subspan(static_cast<std::size_t>(first - all.begin()));
}

std::string_view ResumeWindow::add_block(std::string_view bytes, std::uint64_t last, MonoTime now) {
  if (bytes.empty()) return {};
  Block& block = blocks_.emplace_back();
  block.last = last;
  block.added_at = now;
  block.bytes = std::make_unique_for_overwrite<char[]>(bytes.size());
  std::memcpy(block.bytes.get(), bytes.data(), bytes.size());
  block.cost = bytes.size() + kBlockOverhead;
  bytes_ += block.cost;
  return {block.bytes.get(), bytes.size()};
}

void ResumeWindow::add_kept(Shelf& shelf, KeptFrame frame) {
  FETTLE_CHECK(!blocks_.empty() && frame.sequence <= blocks_.back().last, "a frame without its block");
  Block& block = blocks_.back();
  shelf.kept.push(frame);
  shelf.newest = std::max(shelf.newest, frame.sequence);
  if (block.shelves.empty() || block.shelves.back() != &shelf) block.shelves.push_back(&shelf);
  block.cost += sizeof(KeptFrame);
  bytes_ += sizeof(KeptFrame);
  ++block.messages;
  ++messages_;
}

SampleSlot& ResumeWindow::slot(Shelf& shelf, std::string_view key) {
  if (const auto found = shelf.samples.find(key); found != shelf.samples.end()) {
    const auto known = found->second;
    if (!known->is_held) held_.splice(held_.end(), samples_, known);
    known->is_held = true;
    return *known;
  }
  const auto made = held_.emplace(held_.end());
  const auto entry = shelf.samples.emplace(std::string(key), made).first;
  made->shelf = &shelf;
  made->key = &entry->first;
  made->is_held = true;
  bytes_ += kSampleOverhead + key.size();
  return *made;
}

void ResumeWindow::put(SampleSlot& slot, std::uint64_t sequence, std::string_view bytes, MonoTime now) {
  FETTLE_CHECK(slot.is_held && sequence >= slot.sequence, "samples are held, and come in order");
  samples_.splice(samples_.end(), held_, slot.shelf->samples.find(*slot.key)->second);
  slot.is_held = false;
  bytes_ = bytes_ - slot.bytes.size() + bytes.size();
  slot.sequence = sequence;
  slot.shelf->newest = std::max(slot.shelf->newest, sequence);
  slot.stored_at = now;
  slot.bytes.assign(bytes);
}

void ResumeWindow::set_sample(SampleSlot& slot, std::uint64_t sequence, std::string_view frame,
                              MonoTime now) {
  put(slot, sequence, frame, now);
}

void ResumeWindow::set_row(SampleSlot& slot, std::uint64_t sequence, std::string_view row, std::int64_t at,
                           MonoTime now) {
  put(slot, sequence, row, now);
  slot.is_row = true;
  slot.row_at = at;
}

void ResumeWindow::drop_block() {
  const Block& block = blocks_.front();
  for (Shelf* shelf : block.shelves) shelf->kept.pop_through(block.last);
  floor_ = std::max(floor_, block.last);
  bytes_ -= block.cost;
  messages_ -= block.messages;
  blocks_.pop_front();
}

void ResumeWindow::drop_sample() {
  const SampleSlot& slot = samples_.front();
  floor_ = std::max(floor_, slot.sequence);
  bytes_ -= kSampleOverhead + slot.key->size() + slot.bytes.size();
  slot.shelf->samples.erase(slot.shelf->samples.find(*slot.key));
  samples_.pop_front();
}

void ResumeWindow::drop_oldest() {
  if (samples_.empty() || (!blocks_.empty() && blocks_.front().last < samples_.front().sequence)) {
    drop_block();
  } else {
    drop_sample();
  }
}

void ResumeWindow::advance(std::uint64_t delivered, MonoTime now) {
  if (marks_.empty() || now - marks_.back().at >= kBetweenMarks) marks_.push_back({now, delivered});
  // Also what was never here is out of reach by age: samples that nobody looked at.
  while (!marks_.empty() && now - marks_.front().at >= limits_.age) {
    floor_ = std::max(floor_, marks_.front().delivered);
    marks_.pop_front();
  }
  while (!blocks_.empty() && now - blocks_.front().added_at >= limits_.age) drop_block();
  while (!samples_.empty() && now - samples_.front().stored_at >= limits_.age) drop_sample();
  while (bytes_ > limits_.bytes && !(blocks_.empty() && samples_.empty())) drop_oldest();
}

void ResumeWindow::add_rows(Backlog& backlog, std::vector<Piece>& out, const Shelf& shelf,
                            std::uint64_t after) const {
  std::vector<const SampleSlot*> rows;
  for (const auto& [key, slot] : shelf.samples) {
    if (slot->is_row && slot->sequence > after) rows.push_back(&*slot);
  }
  std::ranges::sort(rows, [](const SampleSlot* a, const SampleSlot* b) {
    return a->sequence != b->sequence ? a->sequence < b->sequence : *a->key < *b->key;
  });
  for (std::size_t i = 0; i < rows.size();) {
    std::string& frame = backlog.made.emplace_back();
    const std::uint64_t sequence = rows[i]->sequence;
    append_frame_head(frame, epoch_, sequence, "fleet_status");
    append_fleet_status_head(frame, shelf.environment_id, rows[i]->row_at);
    for (bool is_first = true; i < rows.size() && rows[i]->sequence == sequence; ++i, is_first = false) {
      if (!is_first) frame += ',';
      frame += rows[i]->bytes;
    }
    frame += kFleetStatusEnd;
    append_frame_end(frame);
    out.push_back({sequence, frame, false});
  }
}

Backlog ResumeWindow::collect(std::span<Shelf* const> shelves, std::uint64_t after,
                              std::size_t limit_bytes) const {
  Backlog backlog;
  std::vector<Piece> samples;
  std::vector<std::span<const KeptFrame>> kept;  // a heap, the lowest sequence on top
  const auto is_later = [](const auto& a, const auto& b) { return a.front().sequence > b.front().sequence; };
  for (const Shelf* shelf : shelves) {
    if (shelf->newest <= after) continue;
    backlog.samples_seen += shelf->samples.size();
    if (const auto frames = shelf->kept.after(after); !frames.empty()) kept.push_back(frames);
    for (const auto& [key, slot] : shelf->samples) {
      if (!slot->is_row && slot->sequence > after) samples.push_back({slot->sequence, slot->bytes, false});
    }
    add_rows(backlog, samples, *shelf, after);
  }
  std::ranges::sort(samples, is_before);
  std::ranges::make_heap(kept, is_later);
  std::size_t bytes = 0;
  for (auto sample = samples.begin(); sample != samples.end() || !kept.empty();) {
    if (bytes >= limit_bytes) {
      backlog.is_cut = true;
      break;
    }
    if (kept.empty() || (sample != samples.end() && sample->sequence < kept.front().front().sequence)) {
      backlog.pieces.push_back(*sample++);
    } else {
      std::ranges::pop_heap(kept, is_later);
      const KeptFrame& frame = kept.back().front();
      backlog.pieces.push_back({frame.sequence, frame.bytes, true});
      kept.back() = kept.back().subspan(1);
      if (kept.back().empty()) {
        kept.pop_back();
      } else {
        std::ranges::push_heap(kept, is_later);
      }
    }
    bytes += backlog.pieces.back().bytes.size();
  }
  return backlog;
}

}  // namespace fettle::stream
