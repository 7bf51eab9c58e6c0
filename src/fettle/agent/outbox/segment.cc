#include "fettle/agent/outbox/segment.h"

#include "fettle/agent/sense/text_scan.h"
#include "fettle/base/encoding.h"

namespace fettle::agent {
namespace {

constexpr std::size_t kWindowBytes = 128 * 1024;
constexpr std::size_t kNumberDigits = 20;
constexpr std::string_view kEnding = ".seg";

}  // namespace

void Segment::add(wire::Position position) {
  if (runs.empty() || runs.back().first.boot != position.boot) runs.push_back({.first = position});
  runs.back().last = position;
  ++runs.back().records;
}

std::uint64_t Segment::waiting(wire::Position acknowledged) const {
  std::uint64_t sum = 0;
  for (const Run& run : runs) {
    if (run.last <= acknowledged) continue;
    const bool is_whole = acknowledged < run.first;
    sum += is_whole ? run.records : std::min(run.records, run.last.sequence - acknowledged.sequence);
  }
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

SegmentReader::SegmentReader(io::File& file, std::uint64_t bytes, std::uint64_t offset)
    : file_(file), bytes_(std::min(bytes, file.size())), offset_(offset) {}

Result<std::optional<Frame>> SegmentReader::next() {
  Frame frame;
  std::size_t window_bytes = kWindowBytes;
  for (;;) {
    const std::size_t before = rest_.size();
    const FrameRead read = take_frame(rest_, frame);
    if (read == FrameRead::good) {
      offset_ += before - rest_.size();
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

Result<SegmentScan> scan_segment(io::Files& files, const std::string& folder, std::uint64_t number) {
  SegmentScan scan;
  scan.segment.number = number;
  FETTLE_TRY(const auto file, files.open(segment_path(folder, number), io::OpenMode::read));
  SegmentReader reader(*file, file->size(), 0);
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
