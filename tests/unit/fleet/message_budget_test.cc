#include "fettle/fleet/message_budget.h"

#include <gtest/gtest.h>

namespace fettle::fleet {
namespace {

MonoTime at(std::int64_t seconds) {
  return MonoTime(Seconds(seconds));
}

/// Sends until it is refused; how many went.
std::size_t send_all(MessageBudget& budget, std::size_t bytes, MonoTime now) {
  std::size_t count = 0;
  while (budget.spend(bytes, now)) ++count;
  return count;
}

TEST(MessageBudget, HoldsAWholeOutboxOfTheSmallestHeartbeats) {
  constexpr std::size_t kOutboxBytes = 64 * kKiB * kKiB;
  constexpr std::size_t kSmallestRecord = 128;
  constexpr std::size_t kFrame = 41;  // of a record around its heartbeat: agent/outbox/frame.h
  MessageBudget budget;
  EXPECT_GE(send_all(budget, kSmallestRecord - kFrame, at(1)), kOutboxBytes / kSmallestRecord);
}

TEST(MessageBudget, HoldsAWholeOutboxOfLargeHeartbeats) {
  constexpr std::size_t kOutboxBytes = 64 * kKiB * kKiB;
  constexpr std::size_t kLargeHeartbeat = 20'000;
  MessageBudget budget;
  EXPECT_GE(send_all(budget, kLargeHeartbeat, at(1)) * kLargeHeartbeat, kOutboxBytes);
}

TEST(MessageBudget, NeverRefusesWhatAHostCanMeasure) {
  MessageBudget budget;
  send_all(budget, 1, at(1));
  // Used up, and then the largest heartbeats at the shortest interval, for an hour.
  for (std::int64_t second = 2; second < 3'600; ++second) ASSERT_TRUE(budget.spend(20'000, at(second)));
}

TEST(MessageBudget, LetsAnAgentConnectAfterEveryShortestPause) {
  MessageBudget budget;
  send_all(budget, 1, at(1));
  for (std::int64_t second = 2; second < 3'600; ++second)
    ASSERT_TRUE(budget.spend(kTransactionCost, at(second)));
}

TEST(MessageBudget, FlowsBackEvenlyAndNoFurtherThanFull) {
  MessageBudget budget;
  const std::size_t whole = send_all(budget, kLeastCost, at(1));
  EXPECT_EQ(whole, kBudgetBytes / kLeastCost);
  EXPECT_EQ(send_all(budget, 1, at(1)), 0U) << "a small message costs as much as others do at least";
  EXPECT_EQ(send_all(budget, kLeastCost, at(11)), 10 * kBudgetBytesPerSecond / kLeastCost);
  EXPECT_EQ(send_all(budget, kLeastCost, at(1'000'000)), whole);
}

TEST(MessageBudget, ARefusalCostsNothing) {
  MessageBudget budget;
  send_all(budget, kTransactionCost, at(1));
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(budget.spend(kTransactionCost, at(1)));
  EXPECT_TRUE(budget.spend(kTransactionCost, at(2)));
}

TEST(MessageBudget, IsNewsOnceForARefusedStretch) {
  MessageBudget budget;
  send_all(budget, 1, at(1));
  EXPECT_TRUE(budget.is_news());
  for (std::int64_t second = 2; second < 100; ++second) {
    send_all(budget, 1, at(second));
    EXPECT_FALSE(budget.is_news());
  }
  ASSERT_TRUE(budget.spend(1, at(10'000)));
  EXPECT_TRUE(budget.is_news());
}

/// Thirty commands with five reports a second each, for an hour.
TEST(WorkBudget, HoldsUpNobodyWhoKeepsToItsFlow) {
  constexpr std::size_t kReport = 3 * kKiB;
  WorkBudget budget;
  for (int second = 0; second < 3600; ++second) {
    for (int i = 0; i < 150; ++i) EXPECT_EQ(budget.spend(kReport, at(second)), Nanos(0));
  }
}

TEST(WorkBudget, SlowsDownWhoSendsMoreAndRefusesNothing) {
  WorkBudget budget;
  EXPECT_EQ(budget.spend(kWorkBytes, at(1)), Nanos(0));
  EXPECT_EQ(budget.spend(kWorkBytesPerSecond, at(1)), Nanos(Seconds(1)));
  EXPECT_EQ(budget.spend(kWorkBytesPerSecond, at(2)), Nanos(Seconds(1)));
  EXPECT_EQ(budget.spend(kWorkBytesPerSecond, at(1000)), Nanos(0)) << "it flows back";
}

}  // namespace
}  // namespace fettle::fleet
