#include "fettle/metrics/segment_reader.h"

#include <algorithm>

namespace fettle::metrics {
namespace {

constexpr std::size_t kReadBytes = 1U << 20U;

}  // namespace

/// A window over the file that is refilled from behind.
class SegmentReader::Window {
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

SegmentReader::SegmentReader(std::unique_ptr<io::File> file)
    : file_(std::move(file)), window_(std::make_unique<Window>(*file_)) {}
SegmentReader::~SegmentReader() = default;

Result<SegmentReader::State> SegmentReader::read_header() {
  has_begun_ = true;
  content_.file_bytes = file_->size();
  FETTLE_TRY(const bool has_bytes, window_->grow());
  if (has_bytes) content_.header = parse_header(window_->bytes());
  if (window_->bytes().size() < kSegmentHeaderBytes) return State::at_end;
  if (content_.header && content_.header->version > kJournalVersion)
    return fail(ErrorCode::unsupported, "journal_too_new",
                "the journal was written by a newer version of this program");
  content_.good_bytes = kSegmentHeaderBytes;
  if (content_.header) content_.newest_received_ms = content_.header->created_ms;
  window_->drop(kSegmentHeaderBytes);
  return State::has_more;
}

Result<SegmentReader::State> SegmentReader::read(const SegmentVisitor& visitor, std::size_t most_values) {
  if (!has_begun_) {
    FETTLE_TRY(const State state, read_header());
    if (state == State::at_end) return state;
  }
  for (std::size_t values = 0; values < most_values;) {
    const RecordView record = view_record(window_->bytes());
    if (record.state == RecordView::State::bad) return State::at_end;
    if (record.state == RecordView::State::incomplete) {
      FETTLE_TRY(const bool has_more, window_->grow());
      if (!has_more) return State::at_end;
      continue;
    }
    switch (decoder_.apply(record.payload)) {
      case SegmentDecoder::Kind::bad:
        return State::at_end;
      case SegmentDecoder::Kind::nothing:
        break;
      case SegmentDecoder::Kind::checkpoint:
        visitor.checkpoint(decoder_.checkpoint);
        break;
      case SegmentDecoder::Kind::sample:
        content_.newest_received_ms =
            std::max(content_.newest_received_ms.value_or(0), decoder_.sample.received_at_ms);
        values += decoder_.sample.values.size();
        visitor.sample(decoder_.sample);
        break;
    }
    content_.good_bytes += kRecordHeaderBytes + record.payload.size();
    window_->drop(kRecordHeaderBytes + record.payload.size());
  }
  return State::has_more;
}

}  // namespace fettle::metrics
