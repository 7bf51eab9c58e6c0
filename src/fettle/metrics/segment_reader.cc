#include "fettle/metrics/segment_reader.h"

#include <algorithm>

namespace fettle::metrics {
namespace {

constexpr std::size_t kReadBytes = 1U << 20U;

/// A window over the file that is refilled from behind.
class Window {
 public:
  explicit Window(io::File& file) : file_(file) {}

  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return std::span(buffer_).subspan(begin_); }
  void drop(std::size_t count) { begin_ += count; }
  /// False at the end of the file.
  Result<bool> grow() {
    auto more = file_.read(offset_, kReadBytes);
    if (!more) return std::unexpected(std::move(more).error());
    if (more->empty()) return false;
    offset_ += more->size();
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
    buffer_.insert(buffer_.end(), more->begin(), more->end());
    return true;
  }

 private:
  io::File& file_;
  std::vector<std::uint8_t> buffer_;
  std::size_t begin_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace

Result<SegmentContent> read_segment(io::File& file, const SegmentVisitor& visitor) {
  SegmentContent content;
  content.file_bytes = file.size();
  Window window(file);
  FETTLE_TRY(const bool has_bytes, window.grow());
  if (has_bytes) content.header = parse_header(window.bytes());
  if (window.bytes().size() < kSegmentHeaderBytes) return content;
  if (content.header && content.header->version > kJournalVersion)
    return fail(ErrorCode::unsupported, "journal_too_new",
                "the journal was written by a newer version of this program");
  content.good_bytes = kSegmentHeaderBytes;
  if (content.header) content.newest_received_ms = content.header->created_ms;
  window.drop(kSegmentHeaderBytes);

  SegmentDecoder decoder;
  while (true) {
    const RecordView record = view_record(window.bytes());
    if (record.state == RecordView::State::bad) return content;
    if (record.state == RecordView::State::incomplete) {
      FETTLE_TRY(const bool has_more, window.grow());
      if (!has_more) return content;
      continue;
    }
    switch (decoder.apply(record.payload)) {
      case SegmentDecoder::Kind::bad:
        return content;
      case SegmentDecoder::Kind::nothing:
        break;
      case SegmentDecoder::Kind::checkpoint:
        visitor.checkpoint(decoder.checkpoint);
        break;
      case SegmentDecoder::Kind::sample:
        content.newest_received_ms =
            std::max(content.newest_received_ms.value_or(0), decoder.sample.received_at_ms);
        visitor.sample(decoder.sample);
        break;
    }
    content.good_bytes += kRecordHeaderBytes + record.payload.size();
    window.drop(kRecordHeaderBytes + record.payload.size());
  }
}

}  // namespace fettle::metrics
