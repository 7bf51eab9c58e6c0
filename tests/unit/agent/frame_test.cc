#include "fettle/agent/outbox/frame.h"

#include <gtest/gtest.h>

#include "fettle/agent/outbox/outbox_state.h"
#include "fettle/agent/outbox/segment.h"
#include "fettle/agent/outbox/thinning_rules.h"

namespace fettle::agent {
namespace {

Frame heartbeat(std::uint64_t sequence, std::string_view payload) {
  return {.kind = FrameKind::heartbeat,
          .position = {3, sequence},
          .sampled_at_ms = -5,
          .set_id = 0xfedcba9876543210ULL,
          .payload = payload};
}

TEST(Frame, ComesBackAsItWas) {
  std::string bytes;
  append_frame(bytes, {.kind = FrameKind::head});
  append_frame(bytes, {.kind = FrameKind::set, .set_id = 9, .payload = "names"});
  append_frame(bytes, heartbeat(7, "values"));
  std::string_view rest = bytes;
  Frame frame;
  ASSERT_EQ(take_frame(rest, frame), FrameRead::good);
  EXPECT_EQ(frame.kind, FrameKind::head);
  ASSERT_EQ(take_frame(rest, frame), FrameRead::good);
  EXPECT_EQ(frame.set_id, 9U);
  EXPECT_EQ(frame.payload, "names");
  ASSERT_EQ(take_frame(rest, frame), FrameRead::good);
  EXPECT_EQ(frame.position, (wire::Position{3, 7}));
  EXPECT_EQ(frame.sampled_at_ms, -5);
  EXPECT_EQ(frame.set_id, 0xfedcba9876543210ULL);
  EXPECT_EQ(frame.payload, "values");
  EXPECT_EQ(take_frame(rest, frame), FrameRead::incomplete);
}

TEST(Frame, IsNeverGoodWhenCutOrFlipped) {
  std::string bytes;
  append_frame(bytes, heartbeat(7, "some values that were measured"));
  Frame frame;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    std::string_view rest = std::string_view(bytes).substr(0, size);
    EXPECT_EQ(take_frame(rest, frame), FrameRead::incomplete) << size;
    EXPECT_EQ(rest.size(), size) << "nothing is taken";
  }
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    std::string_view rest = changed;
    EXPECT_NE(take_frame(rest, frame), FrameRead::good) << bit;
  }
}

TEST(Frame, KeepsKindsThatItDoesNotKnow) {
  std::string bytes;
  append_frame(bytes, {.kind = FrameKind::thinned, .payload = "more"});
  // The kind of a later version, with its checksum.
  std::string later;
  append_frame(later, {.kind = static_cast<FrameKind>(99), .payload = "later"});
  bytes += later;
  append_frame(bytes, heartbeat(1, ""));
  std::string_view rest = bytes;
  Frame frame;
  EXPECT_EQ(take_frame(rest, frame), FrameRead::good);
  EXPECT_EQ(take_frame(rest, frame), FrameRead::good);
  EXPECT_EQ(static_cast<int>(frame.kind), 99);
  EXPECT_EQ(take_frame(rest, frame), FrameRead::good);
  EXPECT_EQ(frame.position.sequence, 1U);
}

TEST(SegmentName, IsReadBackAndNothingElse) {
  const std::string path = segment_path("/data", 42);
  EXPECT_EQ(path, "/data/00000000000000000042.seg");
  EXPECT_EQ(parse_segment_name("00000000000000000042.seg"), 42U);
  for (const char* other : {"", "42.seg", "00000000000000000042.new", "0000000000000000004x.seg",
                            "99999999999999999999.seg", "state"})
    EXPECT_FALSE(parse_segment_name(other)) << other;
}

TEST(SegmentWaiting, CountsWhatIsBeyondTheAcknowledged) {
  Segment segment;
  EXPECT_EQ(segment.waiting({}), 0U);
  for (std::uint64_t sequence = 10; sequence <= 19; ++sequence) segment.add({2, sequence});
  for (std::uint64_t sequence = 1; sequence <= 5; ++sequence) segment.add({4, sequence});
  EXPECT_EQ(segment.last(), (wire::Position{4, 5}));
  EXPECT_EQ(segment.waiting({}), 15U);
  EXPECT_EQ(segment.waiting({2, 9}), 15U);
  EXPECT_EQ(segment.waiting({2, 10}), 14U);
  EXPECT_EQ(segment.waiting({2, 18}), 6U);
  EXPECT_EQ(segment.waiting({2, 19}), 5U);
  EXPECT_EQ(segment.waiting({3, 1}), 5U);
  EXPECT_EQ(segment.waiting({4, 3}), 2U);
  EXPECT_EQ(segment.waiting({5, 1}), 0U);
}

TEST(OutboxState, ComesBackAsItWas) {
  for (const OutboxState& state :
       {OutboxState{}, OutboxState{5, 17, {}}, OutboxState{6, 18, PlannedLoss{3, 400, true}},
        OutboxState{~0ULL, ~0ULL, PlannedLoss{~0ULL, ~0ULL, false}}, OutboxState{7, 0, {}, {6, 12}},
        OutboxState{~0ULL, 0, {}, {~0ULL, ~0ULL}}})
    EXPECT_EQ(parse_state(format_state(state)), state);
  EXPECT_FALSE(parse_state(""));
  EXPECT_FALSE(parse_state("boot\nlost 5\n"));
  EXPECT_EQ(parse_state("boot 4\nlater words 9\nlost 2\n"), (OutboxState{4, 2, {}}));
  EXPECT_EQ(parse_state("boot 4\nacknowledged 3\n"), (OutboxState{4, 0, {}})) << "half a position is none";
}

TEST(Thinning, KeepsOneInEveryMinute) {
  Thinning thinning{Seconds(60)};
  int kept = 0;
  for (std::int64_t at = 30'000; at < 30'000 + 3600'000; at += 5'000) kept += thinning.keeps(at) ? 1 : 0;
  EXPECT_EQ(kept, 61) << "the minutes at both ends are begun";
  Thinning sparse{Seconds(60)};
  for (std::int64_t at = 0; at < 36'000'000; at += 600'000) EXPECT_TRUE(sparse.keeps(at));
  Thinning early{Seconds(60)};
  EXPECT_TRUE(early.keeps(-1));
  EXPECT_TRUE(early.keeps(0)) << "another minute than the last one before the epoch";
}

}  // namespace
}  // namespace fettle::agent
