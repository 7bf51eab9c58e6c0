#include "fettle/events/condition_rules.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace fettle::events {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

MonoTime at(std::int64_t seconds) {
  return MonoTime(Seconds(1'000'000 + seconds));
}

WatchLimits disk() {
  return {.warning = 85, .error = 95, .slack = 2, .hold = Seconds(60), .calm = Seconds(120)};
}

TEST(ConditionRules, OpensOnlyAfterTheValueHasHeld) {
  WatchState state;
  step_watch(state, disk(), 90, at(0));
  step_watch(state, disk(), 90, at(59));
  EXPECT_EQ(state.level(), Level::ok);
  step_watch(state, disk(), 84, at(59));  // once below: begins again
  step_watch(state, disk(), 90, at(60));
  step_watch(state, disk(), 90, at(119));
  EXPECT_EQ(state.level(), Level::ok);
  step_watch(state, disk(), 90, at(120));
  EXPECT_EQ(state.level(), Level::warning);
}

TEST(ConditionRules, WorsensImprovesAndClosesWithHysteresis) {
  WatchState state = watch_state_of(Level::warning);
  step_watch(state, disk(), 95, at(0));
  step_watch(state, disk(), 95, at(60));
  EXPECT_EQ(state.level(), Level::error);
  step_watch(state, disk(), 93.5, at(70));  // within the slack of 95
  step_watch(state, disk(), 93.5, at(1'000));
  EXPECT_EQ(state.level(), Level::error);
  step_watch(state, disk(), 92, at(1'001));
  step_watch(state, disk(), 92, at(1'121));
  EXPECT_EQ(state.level(), Level::warning);
  step_watch(state, disk(), 83, at(1'200));
  step_watch(state, disk(), 83, at(1'319));
  EXPECT_EQ(state.level(), Level::warning);
  step_watch(state, disk(), 83, at(1'320));
  EXPECT_EQ(state.level(), Level::ok);
}

TEST(ConditionRules, NoValueKeepsWhatIsOpenAndBeginsTheRestAgain) {
  WatchState state = watch_state_of(Level::error);
  step_watch(state, disk(), 10, at(0));
  step_watch(state, disk(), kNan, at(100));
  step_watch(state, disk(), 10, at(119));
  step_watch(state, disk(), 10, at(130));
  EXPECT_EQ(state.level(), Level::error);
  step_watch(state, disk(), 10, at(239));
  EXPECT_EQ(state.level(), Level::ok);
}

TEST(ConditionRules, ALimitThatWasTakenAwayHoldsNothingOpen) {
  WatchState state = watch_state_of(Level::error);
  WatchLimits limits = disk();
  limits.error = kNan;
  step_watch(state, limits, 99, at(0));
  EXPECT_EQ(state.level(), Level::warning);
  limits.warning = kNan;
  step_watch(state, limits, 99, at(1));
  EXPECT_EQ(state.level(), Level::ok);
}

TEST(ConditionRules, AFlappingValueOpensAFewTimesAndThenStaysOpen) {
  WatchState state;
  const WatchLimits limits{.warning = 1, .error = kNan, .slack = 0, .hold = Seconds(0), .calm = Seconds(0)};
  int opened = 0;
  for (int second = 0; second < 3'600; ++second) {
    const Level before = state.level();
    step_watch(state, limits, second % 20 < 10 ? 1 : 0, at(second));
    if (before == Level::ok && state.level() != Level::ok) ++opened;
  }
  EXPECT_EQ(opened, 2) << "the second return must stay away for a minute, which it never does";
  EXPECT_EQ(state.level(), Level::warning);
  // Left alone it closes, and an hour later nothing is remembered.
  int second = 3'600;
  while (state.level() != Level::ok) step_watch(state, limits, 0, at(++second));
  EXPECT_LE(second, 3'600 + 61);
  EXPECT_FALSE(state.is_idle(at(second)));
  EXPECT_TRUE(state.is_idle(at(second + 3'600)));
  step_watch(state, limits, 1, at(second + 3'601));
  EXPECT_EQ(state.flaps, 0);
}

TEST(ConditionRules, SaysWhatBecomesOfACondition) {
  Condition open;
  ConditionClaim warning, error;
  error.severity = ConditionSeverity::error;
  EXPECT_EQ(decide_condition(nullptr, nullptr), ConditionChange::none);
  EXPECT_EQ(decide_condition(nullptr, &warning), ConditionChange::opened);
  EXPECT_EQ(decide_condition(&open, &warning), ConditionChange::none);
  EXPECT_EQ(decide_condition(&open, &error), ConditionChange::worsened);
  EXPECT_EQ(decide_condition(&open, nullptr), ConditionChange::closed);
  open.severity = ConditionSeverity::error;
  EXPECT_EQ(decide_condition(&open, &warning), ConditionChange::improved);
}

/// The same from the whole past: a limit turns when all samples since the last turn, NaN or pause, up to now,
/// lie on its other side and reach back far enough.
class PlainModel {
 public:
  explicit PlainModel(WatchLimits limits) : limits_(limits) {}

  void add(double value, MonoTime now) {
    past_.push_back({value, now});
    const Level before = level();
    turn(warning_, limits_.warning);
    turn(error_, limits_.error);
    if (before == Level::ok && level() != Level::ok)
      flaps_ = closed_ && now - *closed_ < kFlapWindow ? std::min(flaps_ + 1, kMostFlaps) : 0;
    if (before != Level::ok && level() == Level::ok) closed_ = now;
  }
  void pause() { past_.push_back({kNan, {}}); }
  /// Only what is open is known after a restart.
  void restart() {
    past_.clear();
    warning_.turned = error_.turned = 0;
    flaps_ = 0;
    closed_.reset();
    warning_.is_on = level() != Level::ok;
  }
  [[nodiscard]] Level level() const {
    return error_.is_on ? Level::error : warning_.is_on ? Level::warning : Level::ok;
  }

 private:
  struct Sample {
    double value;
    MonoTime at;
  };
  struct Side {
    bool is_on = false;
    std::size_t turned = 0;  // samples before this are over
  };
  void turn(Side& side, double limit) {
    const auto is_beyond = [&](double value) {
      if (!side.is_on) return value >= limit;  // NaN is neither
      return limits_.slack > 0 ? value <= limit - limits_.slack : value < limit;
    };
    std::size_t first = past_.size();
    while (first > side.turned && is_beyond(past_[first - 1].value)) --first;
    if (first == past_.size()) return;
    const Nanos wait = !side.is_on   ? limits_.hold
                       : flaps_ == 0 ? limits_.calm
                                     : std::max<Nanos>(limits_.calm, kFlapCalm) * (1 << flaps_);
    if (past_.back().at - past_[first].at < wait) return;
    side.is_on = !side.is_on;
    side.turned = past_.size();
  }

  WatchLimits limits_;
  std::vector<Sample> past_;
  Side warning_, error_;
  int flaps_ = 0;
  std::optional<MonoTime> closed_;
};

TEST(ConditionRules, DoesAsAPlainModelDoesOverThousandsOfRandomSequences) {
  int opened = 0, worsened = 0;
  for (unsigned seed = 0; seed < 4'000; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](int most) { return static_cast<int>(random() % static_cast<unsigned>(most)); };
    WatchLimits limits{.warning = 50, .error = 80, .slack = static_cast<double>(below(3) * 5)};
    limits.hold = Seconds(below(4) * 20);
    limits.calm = Seconds(below(4) * 30);
    WatchState state;
    PlainModel model(limits);
    std::int64_t now = 0;
    double value = 40;
    for (int step = 0; step < 150; ++step) {
      now += 1 + (below(20) == 0 ? below(2'000) : below(15));
      const int what = below(40);
      if (what == 0) {  // the server starts again: the store knows what is open
        state = watch_state_of(state.level());
        model.restart();
      } else if (what == 1) {  // offline for a while
        interrupt_watch(state);
        model.pause();
      }
      const int move = below(10);
      if (move < 6) value += below(21) - 10;
      if (move == 6) value = below(101);
      if (move == 7) value = below(2) == 0 ? 40 : 90;  // flaps
      const double said = below(25) == 0 ? kNan : value;
      const Level before = state.level();
      step_watch(state, limits, said, at(now));
      model.add(said, at(now));
      ASSERT_EQ(state.level(), model.level()) << "seed " << seed << ", step " << step;
      if (before == Level::ok && state.level() != Level::ok) ++opened;
      if (before == Level::warning && state.level() == Level::error) ++worsened;
    }
  }
  EXPECT_GT(opened, 1'000);
  EXPECT_GT(worsened, 1'000);
}

}  // namespace
}  // namespace fettle::events
