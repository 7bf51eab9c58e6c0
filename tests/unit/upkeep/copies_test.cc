#include "fettle/upkeep/copies.h"

#include "tests/unit/upkeep/upkeep_fixture.h"

namespace fettle::upkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

WallTime at(std::string_view text) {
  return parse_time(text).value();
}

TEST(CopyNames, GoThereAndBack) {
  EXPECT_EQ(copy_name(at("2026-11-28T03:15:07.999Z")), "fettle-20261128T031507Z.tar.zst");
  EXPECT_EQ(parse_copy_name("fettle-20261128T031507Z.tar.zst"), at("2026-11-28T03:15:07Z"));
  for (const char* other : {"", "fettle-.tar.zst", "fettle-20261128T031507Z.tar.zst.part", "notes.txt",
                            "fettle-20261328T031507Z.tar.zst", "fettle-2026112xT031507Z.tar.zst"})
    EXPECT_EQ(parse_copy_name(other), std::nullopt) << other;
}

TEST(CopyRules, TheSeventhAndNewerStayAndForeignFilesDo) {
  std::vector<std::string> names{"notes.txt"};
  const WallTime now = at("2026-11-28T00:00:00Z");
  for (int day = 9; day >= 1; --day) names.push_back(copy_name(now - std::chrono::days(day)));
  const auto decision = decide_copies(names, now, std::chrono::hours(24), 7);
  EXPECT_TRUE(decision.is_due);
  EXPECT_THAT(decision.remove, ElementsAre(names[1], names[2], names[3]));
}

TEST(CopyRules, WithZeroAllStay) {
  std::vector<std::string> names;
  const WallTime now = at("2026-11-28T00:00:00Z");
  for (int day = 90; day >= 1; --day) names.push_back(copy_name(now - std::chrono::days(day)));
  EXPECT_THAT(decide_copies(names, now, std::chrono::hours(24), 0).remove, IsEmpty());
  EXPECT_EQ(decide_copies(names, now, std::chrono::hours(24), 1).remove.size(), 90U);
}

TEST(CopyRules, NotDueWhileOneIsYoungEnough) {
  const WallTime now = at("2026-11-28T12:00:00Z");
  const auto is_due = [now](WallTime newest) {
    return decide_copies({copy_name(newest)}, now, std::chrono::hours(24), 7).is_due;
  };
  EXPECT_FALSE(is_due(now - std::chrono::hours(23)));
  EXPECT_TRUE(is_due(now - std::chrono::hours(24)));
  EXPECT_TRUE(is_due(now - std::chrono::hours(23) - std::chrono::minutes(46)))
      << "runs do not begin to the second";
  EXPECT_TRUE(is_due(now + std::chrono::hours(1))) << "a clock that ran ahead says nothing";
}

struct CopyTaskTest : UpkeepFixture {
  CopyTaskTest() {
    settings.copy_folder = folder.path() + "/copies";
    ground.make = [this](std::string path, std::function<bool()>) { return make(std::move(path)); };
    ground.data_bytes = [this] { return expected; };
  }
  Task<Result<MadeCopy>> make(std::string path) {
    ++made;
    if (auto written = files.write_atomically(path, "an archive"); !written)
      co_return std::unexpected(written.error());
    co_return MadeCopy{10, 3};
  }
  std::vector<std::string> there() { return files.list(settings.copy_folder).value(); }

  std::unique_ptr<io::WorkQueue> workers = loop.make_work_queue("worker", 1, 8);
  UpkeepSettings settings;
  std::uint64_t expected = 1'000;
  int made = 0;
  CopyGround ground{loop, clock, files, *workers, {}, {}};
};

TEST_F(CopyTaskTest, MakesOneADayAndKeepsTheLastOnes) {
  settings.copies = 2;
  for (int i = 0; i < 16; ++i) {
    FakeStep with;
    ASSERT_TRUE(run_task(copy_task(ground, settings), with));
    loop.run_for(std::chrono::hours(6));
  }
  EXPECT_EQ(made, 4);
  EXPECT_EQ(there().size(), 2U);
  EXPECT_EQ(parse_copy_name(there().back()),
            std::chrono::floor<Seconds>(clock.wall_now() - std::chrono::hours(24)));
}

TEST_F(CopyTaskTest, ADryRunMakesNothing) {
  step.dry = true;
  const auto done = run_task(copy_task(ground, settings), step);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->message, "would make a copy and remove 0 copies");
  EXPECT_EQ(made, 0);
}

TEST_F(CopyTaskTest, WithoutRoomItWarnsAndLeavesTheOldOnes) {
  expected = UINT64_MAX / 4;
  const auto done = run_task(copy_task(ground, settings), step);
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->has_warning);
  EXPECT_THAT(done->message, HasSubstr("no copy was made"));
  EXPECT_EQ(made, 0);
}

TEST_F(CopyTaskTest, AFailedOneRemovesNothing) {
  settings.copies = 1;
  ASSERT_TRUE(run_task(copy_task(ground, settings), step));
  loop.run_for(std::chrono::hours(30));
  ground.make = [](std::string, std::function<bool()>) -> Task<Result<MadeCopy>> {
    co_return fail(ErrorCode::io, "no", "no");
  };
  FakeStep next;
  EXPECT_FALSE(run_task(copy_task(ground, settings), next));
  EXPECT_EQ(there().size(), 1U);
}

}  // namespace
}  // namespace fettle::upkeep
