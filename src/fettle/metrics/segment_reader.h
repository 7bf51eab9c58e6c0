// Reads one segment from a file, record by record, up to the first that is not whole. Blocks.
#pragma once
#include <cstdint>
#include <functional>

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

/// Errors are of the disk alone; what the content lacks stands in the answer. A segment of a newer version
/// is `unsupported`.
Result<SegmentContent> read_segment(io::File& file, const SegmentVisitor& visitor);

}  // namespace fettle::metrics
