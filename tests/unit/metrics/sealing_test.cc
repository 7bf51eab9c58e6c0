// Property of sealing: whatever comes in whatever order, over the ends of minutes, hours, days, months,
// segments and of what is kept, with crashes at every call of the disk: the tiers hold what the samples come
// to, each once.
#include "fettle/metrics/sealer.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "fettle/io/log_sink.h"
#include "fettle/io/sim/sim_files.h"
#include "fettle/metrics/journal_writer.h"
#include "tests/unit/metrics/sealing_model.h"

namespace fettle::metrics::testing {
namespace {

constexpr std::int64_t kMidnightMs =
    1'796'083'200'000;  // 2026-12-01 00:00, the end of an hour, a day and a month
constexpr TierKeep kKeep{2 * kHourMs, 2 * kDayMs, 60 * kDayMs};
const std::string kJournal = "data/journal";
const std::string kHistory = "data/history";

wire::SeriesSet make_set(std::string boot, int shape) {
  using enum wire::SeriesKind;
  wire::SeriesSet set{
      .id = 0, .boot_id = std::move(boot), .series = {{"gauge.a", "", gauge}, {"count.a", "", counter}}};
  if (shape > 0) set.series.insert(set.series.begin(), {"count.b", "x", counter});
  if (shape > 1) set.series.push_back({"gauge.b", "y", gauge});
  set.id = wire::series_set_id(set);
  return set;
}

/// A machine that measures, is set back, is booted, and is cut off now and then.
struct Machine {
  HostNumber number = 0;
  int boot = 1, shape = 0;
  wire::Position position{1, 0};
  std::int64_t monotonic_ms = 1'000'000, behind_ms = 0, counter = 0;
  SeriesSetPtr set;

  Sample next(io::SimRandom& random, std::int64_t now_ms) {
    const std::uint64_t luck = random.below(100);
    if (luck < 3) {
      ++boot;
      monotonic_ms = static_cast<std::int64_t>(random.below(20'000));
      counter = static_cast<std::int64_t>(random.below(50));
      set = nullptr;
    } else if (luck < 6) {
      shape = static_cast<int>(random.below(3));
      set = nullptr;
    } else if (luck < 9) {
      constexpr std::array<std::int64_t, 8> kAway{0,           3'000,      70'000,      kHourMs,
                                                  3 * kHourMs, 2 * kDayMs, 40 * kDayMs, 400 * kDayMs};
      behind_ms = kAway[random.below(kAway.size())];
    } else if (luck < 11) {
      counter = (1LL << 32) - 100;
    } else if (luck < 13) {
      counter = 0;
    }
    if (!set) set = std::make_shared<const wire::SeriesSet>(make_set("boot" + std::to_string(boot), shape));
    constexpr std::array<std::int64_t, 10> kSteps{5'000,  5'000,   5'003, 4'998,  1'000,
                                                  60'000, 400'000, 50,    -2'000, 10'000};
    monotonic_ms += kSteps[random.below(kSteps.size())];
    counter += static_cast<std::int64_t>(random.below(200));
    ++position.sequence;
    Sample sample{.host = number,
                  .position = position,
                  .received_at_ms = now_ms,
                  .sampled_at_ms = now_ms - behind_ms,
                  .monotonic_ms = monotonic_ms,
                  .set = set,
                  .values = {}};
    if (random.chance(2)) sample.sampled_at_ms = now_ms + kHourMs;
    for (const wire::Series& series : set->series) {
      std::int64_t value = series.kind == wire::SeriesKind::counter
                               ? counter
                               : static_cast<std::int64_t>(random.below(1000)) - 500;
      if (random.chance(2)) value = wire::kAbsent;
      sample.values.push_back(value);
    }
    return sample;
  }
};

class SealingPlay {
 public:
  explicit SealingPlay(std::uint64_t seed) : random_(seed), disk_(random_.stream(1)) {
    for (HostNumber host = 1; host <= 3; ++host) {
      Machine machine;
      machine.number = host;
      machines_.push_back(machine);
    }
  }

  void lose_what_is_remembered() { loses_carries_ = true; }

  void run(int steps, bool with_crashes) {
    begin_life();
    for (int step = 0; step < steps && !::testing::Test::HasFailure(); ++step) {
      constexpr std::array<std::int64_t, 6> kPauses{1'000, 5'000, 20'000, 61'000, kHourMs, 7 * kHourMs};
      const std::int64_t pause = kPauses[random_.below(random_.chance(5) ? 6 : 4)];
      now_ms_ += pause;
      mono_ += Millis(pause);
      if (with_crashes && random_.chance(6)) {
        constexpr std::array kCalls{io::DiskCall::open,     io::DiskCall::write,  io::DiskCall::sync,
                                    io::DiskCall::truncate, io::DiskCall::remove, io::DiskCall::sync_folder};
        disk_.crash_in(kCalls[random_.below(kCalls.size())], 1 + random_.below(12));
      }
      const std::uint64_t choice = random_.below(100);
      bool lives = true;
      if (choice < 60)
        lives = write_group();
      else if (choice < 85)
        lives = seal();
      else if (choice < 95)
        lives = compact();
      else
        lives = drop_old();
      if (!lives || (with_crashes && random_.chance(2))) {
        disk_.crash();
        begin_life();
      }
    }
    settle();
    compare();
  }

 private:
  void begin_life() {
    files_ = std::make_unique<io::SimFiles>(disk_);
    ASSERT_TRUE(files_->make_folders("data"));
    sealer_ = std::make_unique<Sealer>(*files_, log_, TierPaths{.folder = kHistory, .journal = kJournal});
    auto opened = sealer_->open();
    ASSERT_TRUE(opened) << opened.error().detail;
    ASSERT_GE(opened->sealed, sealed_) << "what was sealed stays sealed";
    sealed_ = opened->sealed;
    packs_ = opened->packs;
    JournalSettings settings;
    settings.folder = kJournal;
    settings.segment_age = Seconds(30);
    settings.keep = Seconds(60);
    journal_ = std::make_unique<JournalWriter>(*files_, log_, settings);
    journal_->begin_after(sealed_);
    for (;;) {
      auto piece = journal_->restore(1'000, mono_, now_ms_);
      ASSERT_TRUE(piece) << piece.error().detail;
      if (!piece->end) continue;
      open_segment_ = piece->end->next_segment;
      // A group whose report was lost in the crash may be there all the same: agents would not send it again.
      for (auto& group : std::exchange(unsure_, {}))
        for (Sample& sample : group)
          if (piece->end->highest[sample.host] >= sample.position) committed_.push_back(std::move(sample));
      break;
    }
  }

  bool write_group() {
    JournalGroup group{
        .samples = {}, .forgotten = {}, .keep_after = sealed_, .mono_now = mono_, .wall_now_ms = now_ms_};
    const std::uint64_t count = 1 + random_.below(12);
    for (std::uint64_t i = 0; i < count; ++i)
      group.samples.push_back(machines_[random_.below(machines_.size())].next(random_, now_ms_));
    const JournalOutcome outcome = journal_->write(group);
    if (outcome.state != JournalOutcome::State::committed) {
      unsure_.push_back(std::move(group.samples));
      return false;
    }
    open_segment_ = outcome.open_segment;
    std::ranges::move(group.samples, std::back_inserter(committed_));
    return true;
  }

  bool seal() {
    auto outcome = sealer_->seal_next(
        {.open_segment = open_segment_, .known = std::nullopt, .now_ms = now_ms_, .keep = kKeep});
    if (!outcome) return false;
    if (outcome->segment == 0) return true;
    sealed_ = outcome->segment;
    for (const AppendedPack& appended : outcome->packs) packs_[appended.id] = appended.good_bytes;
    return true;
  }

  bool compact() {
    if (packs_.empty()) return true;
    const auto at = std::next(packs_.begin(), static_cast<std::ptrdiff_t>(random_.below(packs_.size())));
    const PackId id = at->first;
    auto outcome = sealer_->compact({.id = id, .sealed = sealed_, .known = std::nullopt});
    if (!outcome && outcome.error().code != ErrorCode::not_found) return false;
    packs_.erase(id);
    if (outcome) packs_[outcome->id] = outcome->index.good_bytes;
    return true;
  }

  bool drop_old() {
    for (auto at = packs_.begin(); at != packs_.end();) {
      if (!is_too_old(at->first.tier, at->first.period_ms, now_ms_, kKeep)) {
        ++at;
        continue;
      }
      if (!sealer_->drop(at->first)) return false;
      at = packs_.erase(at);
    }
    return true;
  }

  /// Everything that was written is sealed, once nothing fails any more.
  void settle() {
    disk_.crash();
    if (loses_carries_) {
      io::SimFiles files(disk_);
      const std::string folder = kHistory + "/carry";
      for (const std::string& name : files.list(folder).value_or(std::vector<std::string>()))
        ASSERT_TRUE(files.remove(folder + "/" + name));
      sealed_ = 0;
    }
    begin_life();
    for (std::uint64_t before = ~0ULL; before != sealed_;) {
      before = sealed_;
      ASSERT_TRUE(seal());
    }
    ASSERT_TRUE(drop_old());
  }

  void compare() {
    Content paper;
    std::map<HostNumber, PaperHost> hosts;
    for (const Sample& sample : committed_) count_on_paper(paper, hosts[sample.host], sample);
    std::erase_if(paper.minutes,
                  [this](const auto& cell) { return is_gone(Tier::minute, std::get<2>(cell.first)); });
    std::erase_if(paper.hours,
                  [this](const auto& cell) { return is_gone(Tier::hour, std::get<2>(cell.first)); });
    std::erase_if(paper.raw, [this](const RawRow& row) { return is_gone(Tier::raw, std::get<1>(row)); });
    Content kept = read_packs(*files_, kHistory, packs_, sealed_);
    if (loses_carries_) {
      const auto is_count = [](const auto& cell) { return std::get<1>(cell.first).starts_with("count"); };
      for (Content* content : {&kept, &paper})
        for (Cells* cells : {&content->minutes, &content->hours}) std::erase_if(*cells, is_count);
    }
    EXPECT_TRUE(kept.raw == paper.raw)
        << kept.raw.size() << " rows are kept, " << paper.raw.size() << " came";
    EXPECT_EQ(difference(kept.minutes, paper.minutes), "");
    EXPECT_EQ(difference(kept.hours, paper.hours), "");
  }
  [[nodiscard]] bool is_gone(Tier tier, std::int64_t at_ms) const {
    return is_too_old(tier, period_of(tier, at_ms), now_ms_, kKeep);
  }

  bool loses_carries_ = false;
  io::SimRandom random_;
  io::SimDisk disk_;
  io::Log log_{std::make_shared<io::MemorySink>(), "test"};
  std::unique_ptr<io::SimFiles> files_;
  std::unique_ptr<Sealer> sealer_;
  std::unique_ptr<JournalWriter> journal_;
  std::vector<Machine> machines_;
  std::vector<Sample> committed_;
  std::vector<std::vector<Sample>> unsure_;
  std::map<PackId, std::uint64_t> packs_;
  std::uint64_t sealed_ = 0, open_segment_ = 0;
  std::int64_t now_ms_ = kMidnightMs - 90'000;
  MonoTime mono_{Seconds(1'000)};
};

std::uint64_t runs(std::uint64_t usual) {
  const char* const factor = std::getenv("FETTLE_SOAK");
  return factor == nullptr ? usual : usual * static_cast<std::uint64_t>(std::atoll(factor));
}

TEST(Sealing, TiersHoldWhatTheSamplesComeTo) {
  for (std::uint64_t seed = 1; seed <= runs(2'000) && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SealingPlay(seed).run(40, false);
  }
}

TEST(Sealing, NothingIsLostOrCountedTwiceWhereverItIsKilled) {
  for (std::uint64_t seed = 1; seed <= runs(600) && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SealingPlay(seed).run(60, true);
  }
}

TEST(Sealing, SamplesAreThereOnceWhereWhatItRemembersIsLost) {
  for (std::uint64_t seed = 1; seed <= runs(200) && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SealingPlay play(seed);
    play.lose_what_is_remembered();
    play.run(60, true);
  }
}

}  // namespace
}  // namespace fettle::metrics::testing
