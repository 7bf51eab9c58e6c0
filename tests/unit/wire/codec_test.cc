#include <gtest/gtest.h>

#include <limits>

#include "fettle/wire/messages.h"
#include "tests/unit/wire/random_messages.h"

namespace fettle::wire {
namespace {

TEST(WireCodec, DecodesWhatItEncodedWhateverCameBefore) {
  RandomMessages random(1);
  Decoder decoder;
  Message out;
  std::string bytes;
  for (int i = 0; i < 20'000; ++i) {
    const Message in = random.any();
    encode_to(in, bytes);
    ASSERT_TRUE(decoder.decode(bytes, out)) << i;
    ASSERT_EQ(in, out) << i;
    ASSERT_EQ(bytes, encode(in));
  }
}

TEST(WireCodec, SurvivesEveryTruncationAndWhatItAcceptsItCanSayAgain) {
  RandomMessages random(2);
  Decoder decoder;
  Message out;
  Message again;
  std::size_t accepted = 0;
  for (int i = 0; i < 300; ++i) {
    const std::string bytes = encode(random.any());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      if (!decoder.decode(std::string_view(bytes).substr(0, size), out)) continue;
      ++accepted;
      ASSERT_TRUE(decoder.decode(encode(out), again));
      ASSERT_EQ(out, again);
    }
  }
  EXPECT_GT(accepted, 200U);  // the empty message at least
}

TEST(WireCodec, SurvivesBitFlips) {
  RandomMessages random(3);
  Decoder decoder;
  Message out;
  Message again;
  std::size_t refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = encode(random.any());
    if (bytes.empty()) continue;
    for (std::uint64_t flips = 1 + random.below(4); flips > 0; --flips)
      bytes[random.below(bytes.size())] ^= static_cast<char>(1U << random.below(8));
    if (!decoder.decode(bytes, out)) {
      ++refused;
      continue;
    }
    ASSERT_TRUE(decoder.decode(encode(out), again));
    ASSERT_EQ(out, again);
  }
  EXPECT_GT(refused, 1000U);
}

TEST(WireCodec, KeepsTheCapacityOfAHeartbeatsValues) {
  Decoder decoder;
  Message out;
  Heartbeat beat;
  beat.values.assign(40, 7);
  const std::string bytes = encode(beat);
  ASSERT_TRUE(decoder.decode(bytes, out));
  const std::int64_t* const before = std::get<Heartbeat>(out).values.data();
  ASSERT_TRUE(decoder.decode(bytes, out));
  EXPECT_EQ(before, std::get<Heartbeat>(out).values.data());
}

TEST(WireCodec, ForgetsTheInventoryOfTheHeartbeatBefore) {
  Decoder decoder;
  Message out;
  ASSERT_TRUE(decoder.decode(encode(Heartbeat{.inventory = Inventory{.hostname = "a"}}), out));
  ASSERT_TRUE(std::get<Heartbeat>(out).inventory);
  ASSERT_TRUE(decoder.decode(encode(Heartbeat{}), out));
  EXPECT_FALSE(std::get<Heartbeat>(out).inventory);
}

// Bytes by hand, as a newer agent might send them: tag = field number << 3 | wire type.
TEST(WireCodec, TakesAnUnknownKindForUnknown) {
  Decoder decoder;
  Message out = Goodbye{};
  ASSERT_TRUE(decoder.decode(std::string("\xF2\x01\x03\x0A\x01x", 6), out));  // field 30, a message
  EXPECT_TRUE(std::holds_alternative<Unknown>(out));
}

TEST(WireCodec, IgnoresFieldsThatANewerAgentAdds) {
  Decoder decoder;
  Message out;
  // goodbye (8) { reason (1) = "x", field 9 = 5, field 10 = "yz" }
  ASSERT_TRUE(decoder.decode(std::string("\x42\x09\x0A\x01x\x48\x05\x52\x02yz", 11), out));
  EXPECT_EQ(out, Message(Goodbye{"x"}));
}

TEST(WireCodec, KeepsASeriesOfUnknownKind) {
  Decoder decoder;
  Message out;
  // series_set (4) { series (3) { metric (1) = "m", kind (3) = 9 } }
  ASSERT_TRUE(decoder.decode(std::string("\x22\x07\x1A\x05\x0A\x01m\x18\x09", 9), out));
  EXPECT_EQ(std::get<SeriesSet>(out).series, (std::vector<Series>{{"m", "", SeriesKind::unknown}}));
}

TEST(WireCodec, RefusesMoreSeriesValuesOrTextThanAllowed) {
  Decoder decoder;
  Message out;
  SeriesSet set;
  set.series.resize(kMaxSeries);
  EXPECT_TRUE(decoder.decode(encode(set), out));
  set.series.resize(kMaxSeries + 1);
  EXPECT_FALSE(decoder.decode(encode(set), out));

  Heartbeat beat;
  beat.values.resize(kMaxSeries);
  EXPECT_TRUE(decoder.decode(encode(beat), out));
  beat.values.resize(kMaxSeries + 1);
  const auto refused = decoder.decode(encode(beat), out);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::corrupt);

  // goodbye { reason of 513 bytes }, which encode itself would cut
  std::string long_reason = "\x42\x84\x04\x0A\x81\x04" + std::string(kMaxText + 1, 'x');
  EXPECT_FALSE(decoder.decode(long_reason, out));
  EXPECT_FALSE(decoder.decode(encode(Challenge{.nonce = std::string(kMaxText + 1, 'x')}), out));
  EXPECT_FALSE(decoder.decode(std::string(kMaxMessageBytes + 1, '\0'), out));
}

TEST(WireCodec, BringsTimesBeyondAllCalendarsBackInto) {
  Decoder decoder;
  Message out;
  for (const std::int64_t wild : {std::numeric_limits<std::int64_t>::min(), kFirstUnixMs - 1}) {
    const Inventory inventory{.booted_at_ms = wild};
    ASSERT_TRUE(
        decoder.decode(encode(Hello{.now_ms = wild, .started_at_ms = wild, .inventory = inventory}), out));
    EXPECT_EQ(out, Message(Hello{.now_ms = kFirstUnixMs,
                                 .started_at_ms = kFirstUnixMs,
                                 .inventory = Inventory{.booted_at_ms = kFirstUnixMs}}));
    ASSERT_TRUE(decoder.decode(encode(Heartbeat{.sampled_at_ms = wild, .monotonic_ms = wild}), out));
    EXPECT_EQ(out, Message(Heartbeat{.sampled_at_ms = kFirstUnixMs, .monotonic_ms = 0}));
  }
  for (const std::int64_t wild : {std::numeric_limits<std::int64_t>::max(), kMostMonotonicMs + 1}) {
    ASSERT_TRUE(decoder.decode(encode(Welcome{.now_ms = wild}), out));
    EXPECT_EQ(out, Message(Welcome{.now_ms = kLastUnixMs}));
    ASSERT_TRUE(decoder.decode(encode(Heartbeat{.sampled_at_ms = wild, .monotonic_ms = wild}), out));
    EXPECT_EQ(out, Message(Heartbeat{.sampled_at_ms = kLastUnixMs, .monotonic_ms = kMostMonotonicMs}));
  }
}

TEST(WireCodec, CleansTextOnItsWayOut) {
  Decoder decoder;
  Message out;
  ASSERT_TRUE(decoder.decode(encode(Goodbye{"a\xFFz"}), out));
  EXPECT_EQ(std::get<Goodbye>(out).reason, "a\xEF\xBF\xBDz");
  ASSERT_TRUE(decoder.decode(encode(Goodbye{std::string(600, '\xFF')}), out));
  EXPECT_LE(std::get<Goodbye>(out).reason.size(), kMaxText);
  EXPECT_GE(std::get<Goodbye>(out).reason.size(), kMaxText - 2);
}

}  // namespace
}  // namespace fettle::wire
