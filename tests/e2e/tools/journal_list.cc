// Lists what a server's journal holds, for tests that compare it with what was acknowledged: one line a
// sample,
//   segment <number> <file bytes> <good bytes>
//   sample <segment> <end offset> <host number> <boot> <sequence> <received ms> <sampled ms>
// Reads the files as they are, also beside a server that writes, and changes nothing.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fettle/metrics/journal_format.h"

namespace {

using fettle::metrics::SegmentDecoder;

std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void list_segment(std::uint64_t number, std::span<const std::uint8_t> bytes) {
  namespace metrics = fettle::metrics;
  std::size_t good = 0;
  if (bytes.size() >= metrics::kSegmentHeaderBytes) {
    SegmentDecoder decoder;
    for (good = metrics::kSegmentHeaderBytes;;) {
      const metrics::RecordView record = metrics::view_record(bytes.subspan(good));
      if (record.state != metrics::RecordView::State::whole) break;
      const SegmentDecoder::Kind kind = decoder.apply(record.payload);
      if (kind == SegmentDecoder::Kind::bad) break;
      good += metrics::kRecordHeaderBytes + record.payload.size();
      if (kind != SegmentDecoder::Kind::sample) continue;
      const metrics::Sample& sample = decoder.sample;
      std::printf(
          "sample %llu %zu %llu %llu %llu %lld %lld\n", static_cast<unsigned long long>(number), good,
          static_cast<unsigned long long>(sample.host), static_cast<unsigned long long>(sample.position.boot),
          static_cast<unsigned long long>(sample.position.sequence),
          static_cast<long long>(sample.received_at_ms), static_cast<long long>(sample.sampled_at_ms));
    }
  }
  std::printf("segment %llu %zu %zu\n", static_cast<unsigned long long>(number), bytes.size(), good);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: journal_list FOLDER\n", stderr);
    return 2;
  }
  std::vector<std::pair<std::uint64_t, std::filesystem::path>> segments;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    if (const auto number = fettle::metrics::parse_segment_name(entry.path().filename().string())) {
      segments.emplace_back(*number, entry.path());
    }
  }
  std::ranges::sort(segments);
  for (const auto& [number, path] : segments) list_segment(number, read_file(path));
  return 0;
}
