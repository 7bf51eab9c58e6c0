#include "fettle/fleet/presence_rules.h"

#include <gtest/gtest.h>

namespace fettle::fleet {
namespace {

constexpr MonoTime at(std::int64_t seconds) {
  return MonoTime(Seconds(seconds));
}

PresenceFacts online_at(std::int64_t seconds) {
  PresenceFacts facts;
  facts.state = HostState::online;
  facts.last_heartbeat = at(seconds);
  return facts;
}

TEST(PresenceRules, StaysOnlineWhileHeartbeatsCome) {
  EXPECT_EQ(decide_presence(online_at(100), at(109), at(0)), std::nullopt);
}

TEST(PresenceRules, IsLateAfterTwoIntervals) {
  EXPECT_EQ(decide_presence(online_at(100), at(110), at(0)), (PresenceChange{HostState::late, "silent"}));
}

TEST(PresenceRules, IsOfflineAfterThreeIntervals) {
  EXPECT_EQ(decide_presence(online_at(100), at(115), at(0)), (PresenceChange{HostState::offline, "silent"}));
}

TEST(PresenceRules, ShortIntervalsStillGetFifteenSeconds) {
  PresenceFacts facts = online_at(100);
  facts.interval = Millis(1000);
  EXPECT_EQ(decide_presence(facts, at(103), at(0)), (PresenceChange{HostState::late, "silent"}));
  EXPECT_EQ(decide_presence(facts, MonoTime(Millis(114'999)), at(0))->to, HostState::late);
  EXPECT_EQ(decide_presence(facts, at(115), at(0))->to, HostState::offline);
}

TEST(PresenceRules, LongIntervalsGetThreeOfThem) {
  PresenceFacts facts = online_at(0);
  facts.interval = Millis(60'000);
  EXPECT_EQ(decide_presence(facts, at(119), at(0)), std::nullopt);
  EXPECT_EQ(decide_presence(facts, at(179), at(0))->to, HostState::late);
  EXPECT_EQ(decide_presence(facts, at(180), at(0))->to, HostState::offline);
}

TEST(PresenceRules, GoodbyeIsOfflineAtOnceAndOnlyOnce) {
  PresenceFacts facts = online_at(100);
  facts.said_goodbye = true;
  EXPECT_EQ(decide_presence(facts, at(100), at(0)), (PresenceChange{HostState::offline, "stopped"}));
  facts.state = HostState::offline;
  EXPECT_EQ(decide_presence(facts, at(500), at(0)), std::nullopt);
}

TEST(PresenceRules, ComesBackWithTheFirstHeartbeat) {
  for (const HostState state : {HostState::waiting, HostState::late, HostState::offline}) {
    PresenceFacts facts = online_at(100);
    facts.state = state;
    EXPECT_EQ(decide_presence(facts, at(100), at(0)), (PresenceChange{HostState::online, ""}));
  }
}

TEST(PresenceRules, RestartOfTheServerDeclaresNobodyOfflineBeforeItsTime) {
  PresenceFacts facts;
  facts.state = HostState::online;  // as stored; not heard since the start
  // 30 s is the longest pause of an agent, and three intervals are 15 s.
  EXPECT_EQ(decide_presence(facts, at(1044), at(1000)), std::nullopt);
  EXPECT_EQ(decide_presence(facts, at(1045), at(1000)), (PresenceChange{HostState::offline, "silent"}));
  facts.interval = Seconds(60);
  EXPECT_EQ(decide_presence(facts, at(1209), at(1000)), std::nullopt);
  EXPECT_EQ(decide_presence(facts, at(1210), at(1000)), (PresenceChange{HostState::offline, "silent"}));
}

TEST(PresenceRules, WhoWasOfflineOrWaitingBeforeTheStartStaysSo) {
  PresenceFacts facts;
  for (const HostState state : {HostState::waiting, HostState::offline}) {
    facts.state = state;
    EXPECT_EQ(decide_presence(facts, at(100'000), at(0)), std::nullopt);
  }
}

TEST(PresenceRules, WhoWasNotHeardSinceThePauseOfTheServerStaysAsItWas) {
  PresenceFacts facts = online_at(100);  // and the server listens again since 200
  for (const HostState state : {HostState::waiting, HostState::online, HostState::late, HostState::offline}) {
    facts.state = state;
    EXPECT_EQ(decide_presence(facts, at(200), at(200)), std::nullopt);
    EXPECT_EQ(decide_presence(facts, at(244), at(200)), std::nullopt);
  }
  facts.state = HostState::online;
  EXPECT_EQ(decide_presence(facts, at(245), at(200)), (PresenceChange{HostState::offline, "silent"}));
}

TEST(PresenceRules, ARefusedContactPutsOffSilenceAndBringsNobodyBack) {
  PresenceFacts facts = online_at(100);
  facts.last_contact = at(112);
  EXPECT_EQ(decide_presence(facts, at(121), at(0)), std::nullopt);
  EXPECT_EQ(decide_presence(facts, at(122), at(0)), (PresenceChange{HostState::late, "silent"}));
  EXPECT_EQ(decide_presence(facts, at(127), at(0)), (PresenceChange{HostState::offline, "silent"}));
  facts.state = HostState::offline;
  EXPECT_EQ(decide_presence(facts, at(120), at(0)), std::nullopt);
  PresenceFacts new_host;
  new_host.last_contact = at(112);
  EXPECT_EQ(decide_presence(new_host, at(113), at(0)), std::nullopt);
}

TEST(PresenceRules, ALateSweepSaysThatTheServerWasAway) {
  EXPECT_FALSE(decide_was_away(Millis(1'900), Seconds(1)));
  EXPECT_FALSE(decide_was_away(Millis(3'000), Seconds(1)));
  EXPECT_TRUE(decide_was_away(Millis(3'001), Seconds(1)));
}

TEST(PresenceRules, ComesBackBeforeItIsLateAgain) {
  PresenceFacts facts = online_at(100);
  facts.state = HostState::offline;  // its return could not be written for a while
  EXPECT_EQ(decide_presence(facts, at(112), at(0)), (PresenceChange{HostState::online, ""}));
}

/// Whatever the times are, applying the decision leads to a state that the rule then leaves alone.
TEST(PresenceRules, DecisionsAreStable) {
  for (std::int64_t silence = 0; silence < 400; ++silence) {
    for (const std::int64_t interval : {1, 2, 5, 15, 60}) {
      for (const HostState state :
           {HostState::waiting, HostState::online, HostState::late, HostState::offline}) {
        PresenceFacts facts = online_at(1000);
        facts.interval = Seconds(interval);
        facts.state = state;
        const MonoTime now = at(1000 + silence);
        if (const auto change = decide_presence(facts, now, at(0))) {
          EXPECT_NE(change->to, state);
          facts.state = change->to;
        }
        // A host that came back late takes two steps; nothing takes three.
        if (const auto second = decide_presence(facts, now, at(0))) {
          EXPECT_EQ(second->to, HostState::late);
          facts.state = second->to;
        }
        EXPECT_EQ(decide_presence(facts, now, at(0)), std::nullopt);
      }
    }
  }
}

TEST(PresenceRules, AReplayIsNotLive) {
  EXPECT_TRUE(decide_is_live(Millis(5'020), Millis(5'000)));
  EXPECT_FALSE(decide_is_live(Millis(1), Millis(5'000)));
  EXPECT_FALSE(decide_is_live(Millis(5), Millis(1'000))) << "a burst of what was taken each second";
  EXPECT_TRUE(decide_is_live(Millis(600), Millis(1'000)));
  EXPECT_FALSE(decide_is_live(Millis(0), Millis(0)));
  EXPECT_FALSE(decide_is_live(Millis(1'000), Millis(-500)));
  EXPECT_FALSE(decide_is_live(Millis(1'000), Millis(std::int64_t{1} << 53))) << "in any unit";
  EXPECT_FALSE(decide_is_live(Seconds(600), Millis(5'000)));
}

TEST(PresenceRules, ClockIsFlaggedBeyondThirtySecondsAndDoesNotFlap) {
  EXPECT_FALSE(decide_clock_skewed(false, Millis(30'000)));
  EXPECT_TRUE(decide_clock_skewed(false, Millis(30'001)));
  EXPECT_TRUE(decide_clock_skewed(false, Millis(-30'001)));
  EXPECT_TRUE(decide_clock_skewed(true, Millis(29'000)));
  EXPECT_FALSE(decide_clock_skewed(true, Millis(27'000)));
}

}  // namespace
}  // namespace fettle::fleet
