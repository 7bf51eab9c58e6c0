#include "fettle/runs/host_gates.h"

#include <gtest/gtest.h>

namespace fettle::runs {
namespace {

const HostId kHost(make_uuid7(1, {1})), kOther(make_uuid7(1, {2}));
const RunId kRun(make_uuid7(2, {1})), kNext(make_uuid7(2, {2}));

Target target(std::string id) {
  return {"host", std::move(id), "web-1", {}, kHost};
}

TEST(HostGates, AreShutUntilTheLastWordIsHeard) {
  HostGates gates;
  EXPECT_FALSE(gates.is_open(kHost)) << "never seen";
  const auto first = gates.shut(kHost);
  const auto second = gates.shut(kHost);
  EXPECT_FALSE(gates.open(kHost, first)) << "of an earlier link";
  EXPECT_FALSE(gates.is_open(kHost));
  EXPECT_TRUE(gates.open(kHost, second));
  EXPECT_TRUE(gates.is_open(kHost));
  EXPECT_FALSE(gates.is_open(kOther));
  gates.shut(kHost);
  EXPECT_FALSE(gates.is_open(kHost));
  gates.forget(kHost);
  EXPECT_FALSE(gates.open(kHost, 3));
}

TEST(HostGates, HoldBackWhatHasTheTargetOfARunThatGoesOn) {
  HostGates gates;
  gates.add(kHost, {kRun, 1, target("a")});
  EXPECT_EQ(gates.in_the_way(kHost, target("a")), kRun);
  EXPECT_FALSE(gates.in_the_way(kHost, target("b")));
  EXPECT_FALSE(gates.in_the_way(kOther, target("a")));
  EXPECT_FALSE(gates.erase(kHost, kNext));
  EXPECT_FALSE(gates.erase(kOther, kRun));
  EXPECT_TRUE(gates.erase(kHost, kRun));
  EXPECT_FALSE(gates.in_the_way(kHost, target("a")));
  gates.add(kHost, {kRun, 1, target("a")});
  gates.clear(kHost);
  EXPECT_FALSE(gates.in_the_way(kHost, target("a")));
}

TEST(HostGates, AskForEachEndAgainAfterAWhile) {
  HostGates gates;
  const MonoTime now{Seconds(1000)};
  gates.add(kHost, {kRun, 3, target("a")});
  ASSERT_EQ(gates.due_wishes(now).size(), 1U);
  EXPECT_TRUE(gates.due_wishes(now + Seconds(9)).empty());
  gates.add(kHost, {kRun, 3, target("a")});  // known already
  gates.add(kOther, {kNext, 1, target("b")});
  EXPECT_EQ(gates.due_wishes(now + Seconds(9)).at(0).run, kNext);
  const auto again = gates.due_wishes(now + HostGates::kBetweenWishes);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].run, kRun);
  EXPECT_EQ(again[0].epoch, 3U);
}

}  // namespace
}  // namespace fettle::runs
