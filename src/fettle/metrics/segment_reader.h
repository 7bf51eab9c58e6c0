// Reads one segment from a file, record by record, up to the first that is not whole. Blocks.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "fettle/base/result.h"
#include "fettle/io/files.h"
#include "fettle/metrics/journal_format.h"

namespace fettle::metrics {

struct SegmentContent {
  std::optional<SegmentHeader> header;  // none: too short, or damaged; records are read all the same
  std::uint64_t good_bytes = 0;         // header and whole records; nothing behind is trusted
  std::uint64_t file_bytes = 0;
  std::optional<std::int64_t> newest_received_ms;  // none: nothing in it says
};

struct SegmentVisitor {
  std::function<void(const Positions&)> checkpoint;
  std::function<void(Sample&)> sample;  // may be moved from, but for its values' memory
};

class SegmentReader {
 public:
  explicit SegmentReader(std::unique_ptr<io::File> file);
  ~SegmentReader();
  SegmentReader(const SegmentReader&) = delete;
  SegmentReader& operator=(const SegmentReader&) = delete;

  enum class State : std::uint8_t { has_more, at_end };
  /// Reads on until it has met `most_values` values of samples, or the end of what is whole. Errors are of
  /// the disk alone; what the content lacks stands in content(). A segment of a newer version is
  /// `unsupported`.
  Result<State> read(const SegmentVisitor& visitor, std::size_t most_values);
  /// What was read so far; all of it once read() was at the end.
  [[nodiscard]] const SegmentContent& content() const { return content_; }

 private:
  class Window;
  Result<State> read_header();

  std::unique_ptr<io::File> file_;
  std::unique_ptr<Window> window_;
  SegmentDecoder decoder_;
  SegmentContent content_;
  bool has_begun_ = false;
};

}  // namespace fettle::metrics
