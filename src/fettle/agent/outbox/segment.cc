#include "fettle/agent/outbox/segment.h"

#include "fettle/agent/sense/text_scan.h"
#include "fettle/base/encoding.h"

namespace fettle::agent {
namespace {

constexpr std::size_t kWindowBytes = 128 * 1024;
constexpr std::size_t kNumberDigits = 20;
constexpr std::string_view kEnding = ".seg";

std::uint64_t waiting_of(const Segment::Run& run, wire::Position acknowledged) {
  if (run.last <= acknowledged) return 0;
  const bool is_whole = acknowledged < run.first;
  return is_whole ? run.records : std::min(run.records, run.last.sequence - acknowledged.sequence);
}

}  // namespace

void Segment::add(wire::Position position) {
  if (runs.empty() || runs.back().first.boot != position.boot) runs.push_back({.first = position});
  runs.back().last = position;
  ++runs.back().records;
}

void Segment::renumber(const Renumbering& renumbering) {
  for (Run& run : runs) {
    if (renumbered(run.last, {renumbering}) == run.last) continue;
    // What lies before is acknowledged and needs no run any more.
    run.records = waiting_of(run, renumbering.after);
    run.first.sequence = std::max(run.first.sequence, renumbering.after.sequence + 1);
    run.first = renumbered(run.first, {renumbering});
    run.last = renumbered(run.last, {renumbering});
  }
}

std::uint64_t Segment::waiting(wire::Position acknowledged) const {
  std::uint64_t sum = 0;
  for (const Run& run : runs) sum += waiting_of(run, acknowledged);
  return sum;
}

std::string segment_path(const std::string& folder, std::uint64_t number) {
  std::string digits = std::to_string(number);
  return folder + "/" + std::string(kNumberDigits - digits.size(), '0') + digits + std::string(kEnding);
}

std::optional<std::uint64_t> parse_segment_name(std::string_view name) {
  if (name.size() != kNumberDigits + kEnding.size() || !name.ends_with(kEnding)) return std::nullopt;
  std::string_view digits = name.substr(0, kNumberDigits);
  std::uint64_t number = 0;
  if (!is_all_digits(digits) || !take_number(digits, number)) return std::nullopt;
  return number;
}

SegmentReader::SegmentReader(io::File& file, std::uint64_t bytes, std::uint64_t offset,
                             const std::vector<Renumbering>& renumberings)
    : file_(file), renumberings_(renumberings), bytes_(std::min(bytes, file.size())), offset_(offset) {}

Result<std::optional<Frame>> SegmentReader::next() {
  Frame frame;
  std::size_t window_bytes = kWindowBytes;
  for (;;) {
    const std::size_t before = rest_.size();
    const FrameRead read = take_frame(rest_, frame);
    if (read == FrameRead::good) {
      offset_ += before - rest_.size();
      frame.position = renumbered(frame.position, renumberings_);
      return frame;
    }
    const std::uint64_t left = bytes_ > offset_ ? bytes_ - offset_ : 0;
    const bool has_more = before < left && window_bytes <= 2 * (kLargestFrame + kFrameHead);
    if (read == FrameRead::broken || !has_more) return std::nullopt;
    FETTLE_TRY(window_,
               file_.read(offset_, static_cast<std::size_t>(std::min<std::uint64_t>(window_bytes, left))));
    rest_ = as_text(window_);
    if (rest_.size() <= before) return std::nullopt;  // the file is shorter than it was
    window_bytes *= 2;
  }
}

Result<SegmentScan> scan_segment(io::Files& files, const std::string& folder, std::uint64_t number,
                                 const std::vector<Renumbering>& renumberings) {
  SegmentScan scan;
  scan.segment.number = number;
  FETTLE_TRY(const auto file, files.open(segment_path(folder, number), io::OpenMode::read));
  SegmentReader reader(*file, file->size(), 0, renumberings);
  for (;;) {
    FETTLE_TRY(const auto frame, reader.next());
    if (!frame) break;
    if (frame->kind == FrameKind::set) scan.sets.insert(frame->set_id);
    if (frame->kind == FrameKind::thinned) scan.segment.is_thinned = true;
    if (frame->kind != FrameKind::heartbeat || frame->position <= scan.segment.last()) continue;
    scan.segment.add(frame->position);
  }
  scan.is_whole = reader.at_end();
  scan.segment.bytes = reader.offset();
  return scan;
}

}  // namespace fettle::agent
