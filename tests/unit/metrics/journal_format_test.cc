#include "fettle/metrics/journal_format.h"

#include <gtest/gtest.h>

#include <random>

#include "fettle/base/encoding.h"
#include "tests/unit/metrics/fake_host.h"

namespace fettle::metrics {
namespace {

bool is_same(const Sample& a, const Sample& b) {
  return a.host == b.host && a.position == b.position && a.received_at_ms == b.received_at_ms &&
         a.sampled_at_ms == b.sampled_at_ms && a.monotonic_ms == b.monotonic_ms && *a.set == *b.set &&
         a.values == b.values;
}

struct Written {
  std::vector<std::uint8_t> bytes;
  std::vector<Sample> samples;
  std::vector<std::size_t> ends;  // of the bytes with so many samples
};

Written write_some(std::uint32_t seed, int count) {
  std::mt19937 random(seed);
  Written out;
  SegmentEncoder encoder;
  encoder.begin({.number = 7, .created_ms = 1'800'000'000'000}, {{3, {1, 5}}, {9, {2, 1}}}, out.bytes);
  std::vector<FakeHost> hosts;
  for (HostNumber number = 1; number <= 3; ++number) hosts.emplace_back(number, number);
  for (int i = 0; i < count; ++i) {
    FakeHost& host = hosts[random() % hosts.size()];
    if (random() % 20 == 0) host.boot();
    Sample sample = host.next();
    if (random() % 10 == 0) sample.values[random() % sample.values.size()] = wire::kAbsent;
    if (random() % 10 == 0)
      sample.values[random() % sample.values.size()] = std::numeric_limits<std::int64_t>::max();
    encoder.add(sample, out.bytes);
    out.samples.push_back(std::move(sample));
    out.ends.push_back(out.bytes.size());
  }
  return out;
}

/// All whole records from the beginning; stops at the first bad one.
std::vector<Sample> read_all(std::span<const std::uint8_t> bytes) {
  std::vector<Sample> samples;
  if (!parse_header(bytes)) return samples;
  bytes = bytes.subspan(kSegmentHeaderBytes);
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

void expect_prefix(const std::vector<Sample>& samples, const std::vector<Sample>& of) {
  ASSERT_LE(samples.size(), of.size());
  for (std::size_t i = 0; i < samples.size(); ++i) ASSERT_TRUE(is_same(samples[i], of[i])) << i;
}

TEST(JournalFormat, ReadsWhatItWrote) {
  const Written written = write_some(1, 500);
  const auto samples = read_all(written.bytes);
  ASSERT_EQ(samples.size(), 500U);
  expect_prefix(samples, written.samples);
}

TEST(JournalFormat, BeginsWithACheckpoint) {
  const Written written = write_some(1, 0);
  const auto header = parse_header(written.bytes);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->number, 7U);
  EXPECT_EQ(header->created_ms, 1'800'000'000'000);
  const RecordView record = view_record(std::span(written.bytes).subspan(kSegmentHeaderBytes));
  SegmentDecoder decoder;
  ASSERT_EQ(decoder.apply(record.payload), SegmentDecoder::Kind::checkpoint);
  EXPECT_EQ(decoder.checkpoint, (Positions{{3, {1, 5}}, {9, {2, 1}}}));
}

TEST(JournalFormat, AfterEveryTruncationAllWholeRecordsSurvive) {
  const Written written = write_some(2, 30);
  for (std::size_t size = 0; size <= written.bytes.size(); ++size) {
    const auto samples = read_all(std::span(written.bytes).first(size));
    const auto whole = std::ranges::upper_bound(written.ends, size) - written.ends.begin();
    ASSERT_EQ(samples.size(), static_cast<std::size_t>(whole)) << size;
    expect_prefix(samples, written.samples);
  }
}

TEST(JournalFormat, EveryFlippedByteIsNoticedAndWhatStandsBeforeItSurvives) {
  const Written written = write_some(3, 30);
  for (std::size_t at = 0; at < written.bytes.size(); ++at) {
    std::vector<std::uint8_t> bytes = written.bytes;
    bytes[at] ^= static_cast<std::uint8_t>(1U << at % 8);
    const auto samples = read_all(bytes);
    const auto before = std::ranges::upper_bound(written.ends, at) - written.ends.begin();
    ASSERT_LE(static_cast<std::size_t>(before), samples.size()) << at;
    ASSERT_LT(samples.size(), written.samples.size()) << at;
    expect_prefix(samples, written.samples);
  }
}

TEST(JournalFormat, TakesZeroesForDamage) {
  Written written = write_some(4, 3);
  written.bytes.resize(written.bytes.size() + 4096, 0);
  EXPECT_EQ(read_all(written.bytes).size(), 3U);
  const std::vector<std::uint8_t> zeroes(64, 0);
  EXPECT_EQ(view_record(zeroes).state, RecordView::State::bad);
}

TEST(JournalFormat, ASampleNeedsItsSetFirst) {
  SegmentEncoder encoder;
  std::vector<std::uint8_t> bytes;
  encoder.begin({}, {}, bytes);
  FakeHost host(1);
  encoder.add(host.next(), bytes);
  const std::size_t second = bytes.size();
  encoder.add(host.next(), bytes);
  SegmentDecoder decoder;
  const RecordView record = view_record(std::span(bytes).subspan(second));
  ASSERT_EQ(record.state, RecordView::State::whole);
  EXPECT_EQ(decoder.apply(record.payload), SegmentDecoder::Kind::bad);
}

TEST(JournalFormat, SkipsKindsOfNewerVersions) {
  SegmentDecoder decoder;
  EXPECT_EQ(decoder.apply(std::vector<std::uint8_t>{200, 1, 2, 3}), SegmentDecoder::Kind::nothing);
}

TEST(JournalFormat, KnowsItsOwnNames) {
  EXPECT_EQ(segment_name(0x1234), "0000000000001234.journal");
  EXPECT_EQ(parse_segment_name("0000000000001234.journal"), 0x1234U);
  for (const char* name : {"", "1234.journal", "000000000000123g.journal", "00000000000012AB.journal",
                           "0000000000001234.journal.new", "x0000000000001234.journal"})
    EXPECT_FALSE(parse_segment_name(name)) << name;
}

TEST(JournalFormat, NeedsAboutAHundredBytesForAHeartbeatOfFortyValues) {
  SegmentEncoder encoder;
  std::vector<std::uint8_t> bytes;
  encoder.begin({}, {}, bytes);
  FakeHost host(1);
  encoder.add(host.next(), bytes);
  const std::size_t first = bytes.size();
  for (int i = 0; i < 100; ++i) encoder.add(host.next(), bytes);
  EXPECT_LT((bytes.size() - first) / 100, 110U);
}

}  // namespace
}  // namespace fettle::metrics
