// Any bytes as a segment of the journal: no crash, and what is read says the same after it was written again.
#include "fettle/base/check.h"
#include "fettle/metrics/journal_format.h"

namespace {

using namespace fettle::metrics;

std::vector<Sample> read_all(std::span<const std::uint8_t> bytes) {
  std::vector<Sample> samples;
  SegmentDecoder decoder;
  while (true) {
    const RecordView record = view_record(bytes);
    if (record.state != RecordView::State::whole) return samples;
    const auto kind = decoder.apply(record.payload);
    if (kind == SegmentDecoder::Kind::bad) return samples;
    if (kind == SegmentDecoder::Kind::sample) samples.push_back(decoder.sample);
    bytes = bytes.subspan(kRecordHeaderBytes + record.payload.size());
  }
}

void check_again(const std::vector<Sample>& samples) {
  SegmentEncoder encoder;
  std::vector<std::uint8_t> bytes;
  encoder.begin({}, {}, bytes);
  for (const Sample& sample : samples) encoder.add(sample, bytes);
  const std::vector<Sample> again = read_all(std::span(bytes).subspan(kSegmentHeaderBytes));
  FETTLE_CHECK(again.size() == samples.size());
  for (std::size_t i = 0; i < again.size(); ++i) {
    FETTLE_CHECK(again[i].position == samples[i].position && again[i].values == samples[i].values);
    FETTLE_CHECK(*again[i].set == *samples[i].set && again[i].monotonic_ms == samples[i].monotonic_ms);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes(data, size);
  static_cast<void>(parse_header(bytes));
  check_again(read_all(bytes));

  // Checksums keep almost everything out: the payloads alone, a length byte before each.
  SegmentDecoder decoder;
  std::vector<Sample> samples;
  for (std::span left = bytes; !left.empty();) {
    const std::size_t length = std::min<std::size_t>(left[0], left.size() - 1);
    if (decoder.apply(left.subspan(1, length)) == SegmentDecoder::Kind::sample)
      samples.push_back(decoder.sample);
    left = left.subspan(1 + length);
  }
  check_again(samples);
  return 0;
}
