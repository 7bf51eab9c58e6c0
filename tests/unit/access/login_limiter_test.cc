#include "fettle/access/login_limiter.h"

#include <gtest/gtest.h>

#include <random>

namespace fettle::access {
namespace {

constexpr MonoTime kStart{Seconds(1'000)};

TEST(LoginLimiter, LetsFiveThroughAndThenOneEachTwelveSeconds) {
  LoginLimiter limiter;
  const LoginLimiter::Attempt attempt{"ada", "10.0.0.1"};
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(limiter.try_begin(attempt, kStart));
  EXPECT_EQ(limiter.try_begin(attempt, kStart), Seconds(12));
  EXPECT_EQ(limiter.try_begin(attempt, kStart + Seconds(11)), Seconds(1));
  EXPECT_FALSE(limiter.try_begin(attempt, kStart + Seconds(12)));
  EXPECT_TRUE(limiter.try_begin(attempt, kStart + Seconds(12)));
}

TEST(LoginLimiter, TheWaitThatIsToldIsEnough) {
  std::mt19937 random(1);
  LoginLimiter limiter;
  MonoTime now = kStart;
  for (int i = 0; i < 5'000; ++i) {
    const LoginLimiter::Attempt attempt{"a" + std::to_string(random() % 3),
                                        "10.0.0." + std::to_string(random() % 40)};
    if (const auto wait = limiter.try_begin(attempt, now)) {
      ASSERT_GT(*wait, Seconds(0));
      if (random() % 4 == 0) {
        now += *wait;
        ASSERT_FALSE(limiter.try_begin(attempt, now));
      }
    }
    now += Millis(random() % 500);
  }
}

TEST(LoginLimiter, ARightPasswordRefillsItsAddress) {
  LoginLimiter limiter;
  const LoginLimiter::Attempt attempt{"ada", "10.0.0.1"};
  for (int i = 0; i < 15; ++i) {
    ASSERT_FALSE(limiter.try_begin(attempt, kStart));
    limiter.succeeded(attempt);
  }
}

TEST(LoginLimiter, OneAddressCannotTryManyNames) {
  LoginLimiter limiter;
  int passed = 0;
  for (int i = 0; i < 100; ++i) {
    if (!limiter.try_begin({"name" + std::to_string(i), "10.0.0.1"}, kStart)) ++passed;
  }
  EXPECT_EQ(passed, 20);
}

TEST(LoginLimiter, StrangersCannotUseUpAnAddressThatHasNotTried) {
  LoginLimiter limiter;
  for (int i = 0; i < 1'000; ++i) {
    limiter.try_begin({"ada", "10.1." + std::to_string(i / 200) + "." + std::to_string(i % 200)}, kStart);
  }
  const LoginLimiter::Attempt mine{"ada", "192.0.2.1"};
  EXPECT_FALSE(limiter.try_begin(mine, kStart));
  EXPECT_TRUE(limiter.try_begin(mine, kStart));  // but one attempt, not five
}

TEST(LoginLimiter, StaysBounded) {
  LoginLimiter limiter;
  for (int i = 0; i < 30'000; ++i) {
    limiter.try_begin(
        {"name" + std::to_string(i), "10." + std::to_string(i / 250) + ".0." + std::to_string(i % 250)},
        kStart + Millis(i));
  }
  EXPECT_LE(limiter.size(), 30'000U);
}

TEST(LoginLimiter, ForgetsWhatIsFullAgain) {
  LoginLimiter limiter;
  for (int i = 0; i < 1'000; ++i)
    limiter.try_begin({"name" + std::to_string(i), "10.0." + std::to_string(i / 10) + ".1"}, kStart);
  const std::size_t before = limiter.size();
  for (int i = 0; i < 1'500; ++i) limiter.try_begin({"ada", "192.0.2.1"}, kStart + Seconds(600 + 12 * i));
  EXPECT_GT(before, 2'000U);
  EXPECT_LT(limiter.size(), 10U);
}

TEST(LoginLimiter, CountsLongNamesThatDifferAtTheirEndApart) {
  LoginLimiter limiter;
  const std::string long_name(60'000, 'x');
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(limiter.try_begin({long_name + "a", "10.0.0.1"}, kStart));
  EXPECT_TRUE(limiter.try_begin({long_name + "a", "10.0.0.1"}, kStart));
  EXPECT_FALSE(limiter.try_begin({long_name + "b", "10.0.0.1"}, kStart));
}

TEST(LoginLimiter, AddressesOfOneSubscriberCountTogether) {
  EXPECT_EQ(address_group("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(address_group("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(address_group("2001:db8:1:2::1"), address_group("2001:DB8:1:2:ffff:0:0:9"));
  EXPECT_EQ(address_group("2001:0db8:0001:0002::1"), address_group("2001:db8:1:2::2%eth0"));
  EXPECT_NE(address_group("2001:db8:1:2::1"), address_group("2001:db8:1:3::1"));
  EXPECT_EQ(address_group("::1"), address_group("0:0:0:0:0:0:0:1"));
  EXPECT_EQ(address_group("1::2:3:4:5:6:7"), "1:0:2:3:");
  EXPECT_EQ(address_group("::2:3:4:5:6:7:8"), "0:2:3:4:");
  EXPECT_EQ(address_group("fe80::"), "fe80:0:0:0:");
}

}  // namespace
}  // namespace fettle::access
