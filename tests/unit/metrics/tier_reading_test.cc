#include "fettle/metrics/tier_reading.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fettle/io/log_sink.h"
#include "fettle/io/sim/sim_files.h"
#include "fettle/metrics/history.h"
#include "fettle/metrics/journal_writer.h"
#include "fettle/metrics/range.h"
#include "fettle/metrics/sealer.h"

namespace fettle::metrics {
namespace {

constexpr std::int64_t kNowMs = 1'796'083'200'000 + 20 * kMinuteMs;  // 2026-12-01 00:20
constexpr HostNumber kHost = 7;

RangeQuery query(std::int64_t from_ms, std::int64_t to_ms, std::uint32_t points) {
  return {.host = kHost, .from_ms = from_ms, .to_ms = to_ms, .points = points, .keys = {}};
}

TEST(PlanTiers, AsksTheRingAloneWhereItHasAll) {
  const TierPlan plan =
      plan_tiers(query(kNowMs - kHourMs / 2, kNowMs, 600), kNowMs - kHourMs, kNowMs, kDefaultKeep);
  EXPECT_TRUE(plan.spans.empty());
}

TEST(PlanTiers, TakesTheCoarsestTierThatFillsTheBuckets) {
  const auto tier_of = [](std::int64_t span_ms, std::uint32_t points) {
    return plan_tiers(query(kNowMs - span_ms, kNowMs, points), std::nullopt, kNowMs, kDefaultKeep).tier;
  };
  EXPECT_EQ(tier_of(6 * kHourMs, 720), Tier::raw);
  EXPECT_EQ(tier_of(kDayMs, 720), Tier::minute);
  EXPECT_EQ(tier_of(7 * kDayMs, 672), Tier::minute);
  EXPECT_EQ(tier_of(30 * kDayMs, 720), Tier::hour);
  EXPECT_EQ(tier_of(396 * kDayMs, 792), Tier::hour);
}

TEST(PlanTiers, LooksCloserThanWhatIsKeptInSteps) {
  const std::int64_t long_ago = kNowMs - 3 * kDayMs;
  const TierPlan plan =
      plan_tiers(query(long_ago, long_ago + 600'000, 600), std::nullopt, kNowMs, kDefaultKeep);
  EXPECT_EQ(plan.tier, Tier::minute);
  EXPECT_EQ(plan.least_step_ms, kMinuteMs);
  const std::int64_t older = kNowMs - 60 * kDayMs;
  EXPECT_EQ(plan_tiers(query(older, older + 600'000, 600), std::nullopt, kNowMs, kDefaultKeep).least_step_ms,
            kHourMs);
}

TEST(PlanTiers, StretchesMeetAndNeverOverlap) {
  for (const std::int64_t span_ms : {2 * kHourMs, kDayMs, 30 * kDayMs, 396 * kDayMs}) {
    const RangeQuery asked = query(kNowMs - span_ms, kNowMs, 700);
    const TierPlan plan = plan_tiers(asked, kNowMs - 3'723'000, kNowMs, kDefaultKeep);
    std::int64_t at_ms = asked.from_ms;
    for (const TierSpan& span : plan.spans) {
      EXPECT_EQ(span.from_ms, at_ms);
      EXPECT_LT(span.from_ms, span.to_ms);
      at_ms = span.to_ms;
    }
    EXPECT_EQ(at_ms, plan.ring_from_ms);
    EXPECT_EQ(plan.ring_from_ms % kMinuteMs, 0);
  }
}

/// A gauge with one spike, and a counter of 50 a second, each 5 s over a day; sealed as it comes.
class StoredDay : public ::testing::Test {
 protected:
  static constexpr std::int64_t kSpikeMs = kNowMs - 5 * kHourMs - 1'000;

  StoredDay() {
    EXPECT_TRUE(files_.make_folders("data"));
    EXPECT_TRUE(sealer_.open());
    JournalSettings settings;
    settings.folder = "data/journal";
    JournalWriter journal(files_, log_, settings);
    EXPECT_TRUE(journal.restore(1'000, MonoTime{}, kNowMs - kDayMs)->end);
    auto set = std::make_shared<wire::SeriesSet>(
        wire::SeriesSet{.id = 1,
                        .boot_id = "boot",
                        .series = {{"some.gauge", "", wire::SeriesKind::gauge},
                                   {"some.count", "", wire::SeriesKind::counter}}});
    std::uint64_t open_segment = 0;
    for (std::int64_t ago_ms = 20 * kHourMs; ago_ms > 0; ago_ms -= 5'000) {
      const std::int64_t at_ms = kNowMs - ago_ms;
      const bool is_spike = at_ms <= kSpikeMs && at_ms + 5'000 > kSpikeMs;
      Sample sample{.host = kHost,
                    .position = {1, ++sequence_},
                    .received_at_ms = at_ms,
                    .sampled_at_ms = at_ms,
                    .monotonic_ms = kDayMs - ago_ms,
                    .set = set,
                    .values = {is_spike ? 1'000 : 10, (kDayMs - ago_ms) / 20}};
      history_.add(sample);
      JournalGroup group{.samples = {},
                         .forgotten = {},
                         .keep_after = std::nullopt,
                         .mono_now = MonoTime(Millis(kDayMs - ago_ms)),
                         .wall_now_ms = at_ms};
      group.samples.push_back(std::move(sample));
      open_segment = journal.write(group).open_segment;
      seal(open_segment);
    }
  }

  void seal(std::uint64_t open_segment) {
    const auto outcome = sealer_.seal_next(
        {.open_segment = open_segment, .known = std::nullopt, .now_ms = kNowMs, .keep = kDefaultKeep});
    ASSERT_TRUE(outcome);
    if (outcome->segment == 0) return;
    sealed_ = outcome->segment;
    for (const AppendedPack& appended : outcome->packs) packs_.insert(appended.id);
  }

  RangeAnswer ask(std::int64_t span_ms, std::uint32_t points) {
    const RangeQuery asked = query(kNowMs - span_ms, kNowMs, points);
    TierPlan plan = plan_tiers(asked, history_.first_at_ms(kHost), kNowMs, kDefaultKeep);
    TierReading reading{.files = &files_,
                        .folder = "data/history",
                        .sealed = sealed_,
                        .least_step_ms = plan.least_step_ms,
                        .tier = std::string(tier_name(plan.tier)),
                        .spans = std::move(plan.spans),
                        .ring_from_ms = plan.ring_from_ms};
    for (TierSpan& span : reading.spans)
      for (const PackId& id : packs_)
        if (id.tier == span.tier && period_end(id.tier, id.period_ms) > span.from_ms &&
            id.period_ms < span.to_ms)
          span.packs.push_back({.id = id, .index = nullptr});
    auto stored = answer_stored(history_.read(asked).value(), reading);
    EXPECT_TRUE(stored);
    EXPECT_EQ(stored->damaged_records, 0U);
    return std::move(stored->answer);
  }

  static const RangeSeries& series(const RangeAnswer& answer, std::string_view key) {
    return *std::ranges::find(answer.series, key, [](const RangeSeries& one) { return one.entry.key; });
  }

  io::SimDisk disk_{io::SimRandom(1)};
  io::SimFiles files_{disk_};
  io::Log log_{std::make_shared<io::MemorySink>(), "test"};
  Sealer sealer_{files_, log_, {.folder = "data/history", .journal = "data/journal"}};
  History history_;
  std::uint64_t sequence_ = 0, sealed_ = 0;
  std::set<PackId> packs_;
};

TEST_F(StoredDay, EveryTierShowsTheSpikeAndTheRateWithoutAHole) {
  struct Case {
    std::int64_t span_ms;
    std::uint32_t points;
    std::string_view tier;
  };
  for (const Case& one :
       {Case{6 * kHourMs, 1'000, "raw"}, Case{6 * kHourMs, 300, "minute"}, Case{18 * kHourMs, 18, "hour"}}) {
    SCOPED_TRACE(one.tier);
    const RangeAnswer answer = ask(one.span_ms, one.points);
    EXPECT_EQ(answer.tier, one.tier);
    ASSERT_LE(answer.times_ms.size(), one.points + 1U);
    for (std::size_t i = 1; i < answer.times_ms.size(); ++i)
      EXPECT_EQ(answer.times_ms[i] - answer.times_ms[i - 1], answer.step_ms) << "a hole, or a bucket twice";
    const RangeSeries& gauge = series(answer, "some.gauge");
    EXPECT_EQ(std::ranges::max(gauge.max), 1'000);
    EXPECT_EQ(std::ranges::count(gauge.max, 1'000.0), 1);
    EXPECT_EQ(std::ranges::min(gauge.min), 10);
    const RangeSeries& count = series(answer, "some.count");
    for (const double mean : count.mean) EXPECT_NEAR(mean, 50, 1e-6);
  }
}

TEST_F(StoredDay, WhatIsDamagedIsLeftOutAndCounted) {
  const PackId id = *std::ranges::find(packs_, Tier::minute, &PackId::tier);
  auto file = files_.open(pack_path("data/history", id), io::OpenMode::append_or_create).value();
  std::vector<std::uint8_t> bytes = file->read(0, file->size()).value();
  bytes[bytes.size() / 2] ^= 0x10U;
  ASSERT_TRUE(file->truncate(0));
  ASSERT_TRUE(file->append(bytes));
  const RangeQuery asked = query(kNowMs - 19 * kHourMs, kNowMs - 2 * kHourMs, 1'000);
  TierReading reading{
      .files = &files_, .folder = "data/history", .sealed = sealed_, .least_step_ms = kMinuteMs};
  reading.spans.push_back(
      {.tier = Tier::minute, .from_ms = asked.from_ms, .to_ms = asked.to_ms, .packs = {}});
  for (const PackId& one : packs_)
    if (one.tier == Tier::minute) reading.spans[0].packs.push_back({.id = one, .index = nullptr});
  const auto stored = answer_stored({.query = asked, .parts = {}, .meanings = {}}, reading);
  ASSERT_TRUE(stored);
  EXPECT_GT(stored->answer.times_ms.size(), 10U) << "the rest is there";
  EXPECT_LT(stored->answer.times_ms.size(), 17U * 60U) << "and what was damaged is not";
}

}  // namespace
}  // namespace fettle::metrics
