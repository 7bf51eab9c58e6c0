#include "fettle/fleet/twin_rules.h"

#include <gtest/gtest.h>

#include <random>

namespace fettle::fleet {
namespace {

/// A server that names links, and processes that remember the last name that reached them.
class Play {
 public:
  struct Process {
    std::uint64_t link = 0;
  };
  Arrival connect(Process& process, bool is_welcome_lost = false) {
    const std::uint64_t link = ++last_;
    const Arrival arrival = take_arrival(chain_, process.link, link, now_);
    if (!is_welcome_lost) {
      process.link = link;
      note_alive(chain_, now_);
    }
    return arrival;
  }
  /// It has its welcome and ends the link at once, to take another start number.
  Arrival connect_and_leave(Process& process) {
    const std::uint64_t link = ++last_;
    const Arrival arrival = take_arrival(chain_, process.link, link, now_);
    process.link = link;
    return arrival;
  }
  void pass(Nanos time) { now_ += time; }
  void forget() { chain_ = {}; }

 private:
  LinkChain chain_;
  std::uint64_t last_ = 100;
  MonoTime now_{Seconds(1000)};
};

TEST(TwinRules, OneAgentThatComesAndGoesIsNoTwin) {
  // Whatever order of reconnecting, losing a welcome, starting anew, or the server starting anew.
  for (unsigned seed = 0; seed < 2000; ++seed) {
    std::mt19937 random(seed);
    Play play;
    Play::Process agent;
    for (int step = 0; step < 60; ++step) {
      switch (random() % 5) {
        case 0:
          agent = {};  // a crash, a restart, a restored folder
          break;
        case 1:
          play.forget();
          break;
        case 2:
          play.pass(Seconds(random() % 4000));
          break;
        default:
          break;
      }
      EXPECT_EQ(play.connect(agent, random() % 3 == 0), Arrival::expected) << seed << " " << step;
    }
  }
}

TEST(TwinRules, TwoProcessesAreNoticedWhenEachHasComeBack) {
  Play play;
  Play::Process original, copy;
  EXPECT_EQ(play.connect(original), Arrival::expected);
  EXPECT_EQ(play.connect(copy), Arrival::expected) << "it could be the next start";
  EXPECT_EQ(play.connect(original), Arrival::returned);
  EXPECT_EQ(play.connect(copy), Arrival::twin);
}

TEST(TwinRules, TwoThatTakeAnotherStartNumberWheneverTheyComeBackAreNoticed) {
  for (const bool is_welcome_lost : {false, true}) {
    Play play;
    std::array<Play::Process, 2> both;
    play.connect(both[0]);
    play.connect(both[1]);
    bool is_noticed = false;
    // Each has been acknowledged more than the other knows of.
    for (std::size_t step = 0; step < 4 && !is_noticed; ++step) {
      Play::Process& one = both[step % 2];
      is_noticed = play.connect_and_leave(one) == Arrival::twin;
      if (!is_noticed && is_welcome_lost) EXPECT_EQ(play.connect(one, true), Arrival::expected);
      if (!is_noticed) EXPECT_EQ(play.connect(one), Arrival::expected);
    }
    EXPECT_TRUE(is_noticed);
  }
}

TEST(TwinRules, TwoAreNoticedWhateverIsLostOnTheWay) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    std::mt19937 random(seed);
    Play play;
    std::array<Play::Process, 2> both;
    bool is_noticed = false;
    for (int step = 0; step < 200 && !is_noticed; ++step)
      is_noticed = play.connect(both[random() % 2], random() % 3 == 0) == Arrival::twin;
    EXPECT_TRUE(is_noticed) << seed;
  }
}

TEST(TwinRules, ARunningMachineThatWasCopiedWithItsMemoryIsNoticed) {
  Play play;
  Play::Process original;
  play.connect(original);
  Play::Process copy = original;
  bool is_noticed = false;
  for (int step = 0; step < 4 && !is_noticed; ++step)
    is_noticed = play.connect(copy) == Arrival::twin || play.connect(original) == Arrival::twin;
  EXPECT_TRUE(is_noticed);
}

TEST(TwinRules, AMachineThatIsSetBackToARunningStateIsNoTwin) {
  Play play;
  Play::Process agent;
  play.connect(agent);
  const Play::Process kept = agent;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(play.connect(agent), Arrival::expected);
  agent = kept;
  EXPECT_EQ(play.connect(agent), Arrival::returned);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(play.connect(agent), Arrival::expected);
  play.pass(kTwinMemory + Seconds(1));
  agent = kept;
  EXPECT_EQ(play.connect(agent), Arrival::returned) << "another one much later is the first again";
}

TEST(TwinRules, AThiefThatNeverSaysWhereItComesFromIsNoticedToo) {
  Play play;
  Play::Process agent;
  play.connect(agent);
  bool is_noticed = false;
  for (int round = 0; round < 3 && !is_noticed; ++round) {
    Play::Process thief;
    EXPECT_NE(play.connect(thief), Arrival::twin);
    is_noticed = play.connect(agent) == Arrival::twin;
  }
  EXPECT_TRUE(is_noticed);
}

TEST(TwinRules, AHelloThatOutlivesItsProcessIsNoTwin) {
  Play play;
  Play::Process first, second;
  play.connect(first);
  play.connect(second);  // started when the first had died
  EXPECT_EQ(play.connect(first, true), Arrival::returned) << "its hello was under way for long";
  EXPECT_EQ(play.connect(second), Arrival::returned);
  EXPECT_EQ(play.connect(second), Arrival::expected);
}

TEST(TwinRules, ThreeCopiesAreNoticed) {
  Play play;
  std::array<Play::Process, 3> three;
  int steps = 0;
  while (play.connect(three[static_cast<std::size_t>(steps) % 3]) != Arrival::twin) ASSERT_LT(++steps, 10);
}

}  // namespace
}  // namespace fettle::fleet
