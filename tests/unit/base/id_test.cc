#include "fettle/base/id.h"

#include <gtest/gtest.h>

#include <random>

namespace fettle {
namespace {

std::array<std::uint8_t, 10> ten(std::mt19937& random) {
  std::array<std::uint8_t, 10> out{};
  for (auto& byte : out) byte = static_cast<std::uint8_t>(random());
  return out;
}

TEST(Id, SurvivesTheRoundTripThroughText) {
  std::mt19937 random(5);
  for (std::int64_t ms = 0; ms < 4'000'000'000'000; ms += 12'345'678'901) {
    const HostId id(make_uuid7(ms, ten(random)));
    EXPECT_EQ(HostId::parse(id.text()), id);
    EXPECT_EQ(id.text()[5 + 12], '7');                                          // version
    EXPECT_NE(std::string("89ab").find(id.text()[5 + 16]), std::string::npos);  // variant
  }
}

TEST(Id, SortsByTime) {
  std::mt19937 random(6);
  HostId before;
  for (std::int64_t ms = 1; ms < 1'000; ++ms) {
    const HostId id(make_uuid7(ms, ten(random)));
    EXPECT_LT(before, id);
    EXPECT_LT(before.text(), id.text());
    before = id;
  }
}

TEST(Id, RefusesEverythingElse) {
  const std::string good = HostId(make_uuid7(1, {})).text();
  EXPECT_FALSE(PersonId::parse(good));
  EXPECT_FALSE(HostId::parse(good + "0"));
  EXPECT_FALSE(HostId::parse(good.substr(0, good.size() - 1)));
  EXPECT_FALSE(HostId::parse(""));
  EXPECT_FALSE(HostId::parse("host_" + std::string(32, 'g')));
  EXPECT_FALSE(HostId::parse("host-" + good.substr(5)));
  EXPECT_TRUE(HostId().is_nil());
}

}  // namespace
}  // namespace fettle
