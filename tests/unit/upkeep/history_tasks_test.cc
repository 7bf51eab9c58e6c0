// Tasks of the history over a journal and tiers on a simulated disk.
#include "fettle/upkeep/history_tasks.h"

#include "fettle/upkeep/retention.h"
#include "tests/unit/metrics/journal_fixture.h"
#include "tests/unit/upkeep/upkeep_fixture.h"

namespace fettle::upkeep {
namespace {

using metrics::HostNumber;
using ::testing::IsEmpty;

class HistoryTasksTest : public metrics::JournalTest {
 protected:
  HistoryTasksTest() {
    auto settings = metrics::settings_in("data/journal");
    settings.segment_bytes = 2'000;
    life_ = begin(std::move(settings));
    set_wall(1'800'000'000'000);
    begin_tiers();
  }
  ~HistoryTasksTest() override { sim_.loop.run(tiers_->stop()); }

  /// As after a start of the server: nothing of the files is in memory.
  void begin_tiers() {
    if (tiers_) sim_.loop.run(tiers_->stop());
    tiers_ =
        std::make_unique<metrics::Tiers>(sim_.loop, sim_.clock, files_, sim_.log,
                                         metrics::TierSettings{.folder = "data/history",
                                                               .journal_folder = "data/journal",
                                                               .keep = keep_,
                                                               .between_looks = std::chrono::hours(100'000)});
    EXPECT_TRUE(sim_.loop.run(tiers_->open()));
    tiers_->start(life_->journal(), [this]() -> metrics::KnownHosts {
      return std::unordered_set<HostNumber>(hosts_.begin(), hosts_.end());
    });
  }
  void set_wall(std::int64_t at_ms) {
    sim_.clock.step_wall(wall_from_unix_ms(at_ms) - sim_.clock.wall_now());
  }

  /// Samples of each host, a second apart; as many as fill several segments.
  void append(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t sequence = from; sequence <= to; ++sequence) {
      for (const HostNumber host : hosts_) EXPECT_TRUE(life_->append(host, sequence));
      sim_.loop.run_for(Millis(50));  // a group of its own: segments are begun between groups
    }
  }
  Result<runs::StepOutcome> run(const std::string& name, FakeStep& step) {
    for (const runs::PlanTask& task :
         history_tasks({*tiers_, sim_.clock, doubts_, [this] { return hosts_; }}))
      if (task.name == name) return sim_.loop.run(task.function(step));
    return fail(ErrorCode::not_found, "no_task", name);
  }
  std::int64_t files() { return static_cast<std::int64_t>(tiers_->packs().size()); }

  static constexpr std::int64_t kHour = metrics::kHourMs;
  metrics::TierKeep keep_{2 * kHour, 48 * kHour, 0};
  std::set<HostNumber> hosts_{1, 2};
  DoubtList doubts_;
  std::unique_ptr<metrics::JournalLife> life_;
  std::unique_ptr<metrics::Tiers> tiers_;
};

TEST_F(HistoryTasksTest, WhatWasLeftIsSealedAndADryRunOnlyCountsIt) {
  append(1, 60);
  FakeStep dry;
  dry.dry = true;
  ASSERT_TRUE(run("seal_chunks", dry));
  EXPECT_GE(dry.counters.at("eligible"), 1);
  EXPECT_EQ(files(), 0);
  FakeStep step;
  const auto done = run("seal_chunks", step);
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(step.counters.at("sealed"), dry.counters.at("eligible"));
  EXPECT_EQ(tiers_->waiting_segments(), 0U);
  EXPECT_EQ(files(), 3) << "an hour, a day and a month";
  FakeStep again;
  EXPECT_EQ(run("seal_chunks", again)->message, "everything is sealed");
}

TEST_F(HistoryTasksTest, RollUpsAreThereAndOneThatIsMissingIsFound) {
  append(1, 60);
  FakeStep seal, step;
  ASSERT_TRUE(run("seal_chunks", seal));
  const auto done = run("verify_rollups", step);
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(step.counters.at("missing"), 0);
  EXPECT_THAT(doubts_.there, IsEmpty());
  for (const auto& pack : tiers_->packs())
    if (pack.id.tier == metrics::Tier::minute) {
      ASSERT_TRUE(files_.write_atomically(metrics::pack_path("data/history", pack.id), ""));
    }
  begin_tiers();
  FakeStep next;
  const auto found = run("verify_rollups", next);
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_TRUE(found->has_warning);
  EXPECT_EQ(next.counters.at("missing"), 2) << "of each host";
  EXPECT_THAT(doubts_.there, ::testing::ElementsAre("upkeep.rollup_missing "));
}

TEST_F(HistoryTasksTest, FilesGoWhenTheirTimeIsOverAndTheirNeighboursStay) {
  append(1, 60);
  FakeStep seal;
  ASSERT_TRUE(run("seal_chunks", seal));
  const std::int64_t first = metrics::period_of(metrics::Tier::raw, tiers_->packs().front().id.period_ms);
  const std::int64_t end = metrics::period_end(metrics::Tier::raw, first) + keep_[0];
  set_wall(end);
  FakeStep early;
  ASSERT_TRUE(run("raw_retention", early));
  const std::int64_t before = early.counters.at("deleted");
  set_wall(end + 1);
  FakeStep dry, step;
  dry.dry = true;
  ASSERT_TRUE(run("raw_retention", dry));
  EXPECT_EQ(dry.counters.at("eligible") + before, 1);
  ASSERT_TRUE(run("raw_retention", step));
  EXPECT_EQ(step.counters.at("deleted") + before, 1);
  EXPECT_EQ(before, 0) << "at the limit it stays";
  EXPECT_EQ(files(), 2) << "minutes and hours stay";
  FakeStep rollups;
  ASSERT_TRUE(run("rollup_retention", rollups));
  EXPECT_EQ(rollups.counters.at("deleted"), 0);
}

TEST_F(HistoryTasksTest, WhatIsOfAHostThatIsGoneGoesWithTheNextWriting) {
  append(1, 60);
  FakeStep seal;
  ASSERT_TRUE(run("seal_chunks", seal));
  hosts_.erase(2);
  sim_.loop.run_for(std::chrono::hours(1));  // the files have settled
  FakeStep dry, step;
  dry.dry = true;
  ASSERT_TRUE(run("orphan_series", dry));
  EXPECT_EQ(dry.counters.at("eligible"), 3) << "of an hour, a day and a month";
  set_wall(metrics::period_end(metrics::Tier::hour, 1'800'000'000'000) + 31 * 24 * kHour);
  const auto done = run("orphan_series", step);
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(step.counters.at("deleted"), 3) << done->message;
  for (const auto& pack : tiers_->packs()) {
    const auto index = sim_.loop.run(tiers_->read_index(pack.id));
    EXPECT_THAT((*index)->hosts(), ::testing::ElementsAre(1U));
  }
}

}  // namespace
}  // namespace fettle::upkeep
