#include "fettle/stream/resume_window.h"

#include <gmock/gmock.h>

namespace fettle::stream {
namespace {

using ::testing::ElementsAre;

struct ResumeWindowTest : ::testing::Test {
  void keep(Shelf& shelf, std::uint64_t sequence, std::string_view text) {
    const std::string_view stored = window.add_block(text, sequence, now);
    window.add_kept(shelf, {sequence, stored});
  }
  std::vector<std::uint64_t> collect(std::vector<Shelf*> shelves, std::uint64_t after,
                                     std::size_t limit = 1U << 20U) {
    std::vector<std::uint64_t> out;
    for (const Piece& piece : window.collect(shelves, after, limit).pieces) out.push_back(piece.sequence);
    return out;
  }
  void pass(Seconds time) { now += time; }

  ResumeWindow window{"Abc12xyZ", {Seconds(300), 20'000}};
  Shelf first, second;
  MonoTime now{Seconds(1000)};
};

TEST_F(ResumeWindowTest, MergesTopicsAndSamplesInOrder) {
  for (std::uint64_t i = 1; i <= 9; ++i) {
    if (i % 3 == 0) {
      window.set_sample(window.slot(first, "k" + std::to_string(i)), i, "sample", now);
    } else {
      keep(i % 2 == 0 ? first : second, i, "kept");
    }
  }
  EXPECT_THAT(collect({&first, &second}, 0), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_THAT(collect({&first}, 3), ElementsAre(4, 6, 8, 9));
  EXPECT_THAT(collect({&second}, 3), ElementsAre(5, 7));
  EXPECT_THAT(collect({&first, &second}, 9), ElementsAre());
}

TEST_F(ResumeWindowTest, GivesTheNewestSampleOfAKeyOnly) {
  window.set_sample(window.slot(first, "a"), 1, "one", now);
  window.set_sample(window.slot(first, "b"), 2, "two", now);
  window.set_sample(window.slot(first, "a"), 3, "three", now);
  EXPECT_THAT(collect({&first}, 0), ElementsAre(2, 3));
}

TEST_F(ResumeWindowTest, PutsRowsTogetherThatCameTogether) {
  first.environment_id = "env_1";
  window.set_row(window.slot(first, "row[1"), 5, "[1,1]", 50, now);
  window.set_row(window.slot(first, "row[2"), 5, "[2,1]", 50, now);
  window.set_row(window.slot(first, "row[3"), 5, "[3,1]", 50, now);
  window.set_row(window.slot(first, "row[2"), 7, "[2,9]", 70, now);
  const std::vector<Shelf*> shelves{&first};
  const Backlog backlog = window.collect(shelves, 4, 1U << 20U);
  ASSERT_EQ(backlog.pieces.size(), 2U);
  EXPECT_EQ(backlog.pieces[0].bytes,
            "id: Abc12xyZ-5\nevent: fleet_status\ndata: "
            "{\"environment_id\":\"env_1\",\"at\":50,\"hosts\":[[1,1],[3,1]]}\n\n");
  EXPECT_EQ(backlog.pieces[1].bytes,
            "id: Abc12xyZ-7\nevent: fleet_status\ndata: "
            "{\"environment_id\":\"env_1\",\"at\":70,\"hosts\":[[2,9]]}\n\n");
}

TEST_F(ResumeWindowTest, CutsWhereTheLimitIsReached) {
  for (std::uint64_t i = 1; i <= 10; ++i) keep(first, i, "0123456789");
  const std::vector<Shelf*> shelves{&first};
  const Backlog backlog = window.collect(shelves, 2, 25);
  EXPECT_EQ(backlog.pieces.size(), 3U);
  EXPECT_TRUE(backlog.is_cut);
  EXPECT_FALSE(window.collect(shelves, 7, 30).is_cut) << "exactly at its end";
}

TEST_F(ResumeWindowTest, DropsByAge) {
  keep(first, 1, "old");
  window.set_sample(window.slot(first, "a"), 2, "old", now);
  window.advance(3, now);
  pass(Seconds(200));
  keep(first, 4, "new");
  window.advance(5, now);
  pass(Seconds(100));
  window.advance(5, now);
  EXPECT_EQ(window.floor(), 3U) << "all that was handed out five minutes ago";
  EXPECT_THAT(collect({&first}, 3), ElementsAre(4));
  pass(Seconds(300));
  window.advance(5, now);
  EXPECT_EQ(window.floor(), 5U);
  EXPECT_TRUE(first.is_empty());
  EXPECT_EQ(window.bytes(), 0U);
}

TEST_F(ResumeWindowTest, DropsTheOldestByBytesAndNeverWhatIsHeld) {
  SampleSlot& held = window.slot(first, "held");
  window.set_sample(held, 1, "sample", now);
  SampleSlot& again = window.slot(first, "held");
  for (std::uint64_t i = 2; i <= 100; ++i) {
    keep(first, i, std::string(1000, 'x'));
    window.advance(i, now);
    ASSERT_LE(window.bytes(), 20'000U);
  }
  EXPECT_GT(window.floor(), 70U);
  EXPECT_EQ(window.messages(), first.kept.size());
  window.set_sample(again, 101, "newer", now);
  EXPECT_EQ(collect({&first}, 100), (std::vector<std::uint64_t>{101}));
}

TEST_F(ResumeWindowTest, CountsBytesBackToNothing) {
  for (std::uint64_t i = 1; i <= 200; ++i) {
    if (i % 2 == 0) keep(second, i, std::string(i, 'x'));
    if (i % 3 == 0)
      window.set_sample(window.slot(first, std::to_string(i % 7)), i, std::string(i % 50, 's'), now);
  }
  pass(Seconds(300));
  window.advance(200, now);
  EXPECT_EQ(window.bytes(), 0U);
  EXPECT_EQ(window.messages(), 0U);
}

}  // namespace
}  // namespace fettle::stream
