#include "fettle/metrics/varint.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace fettle::metrics {
namespace {

TEST(Varint, ReadsWhatItWroteAndNothingShorter) {
  std::mt19937_64 random(1);
  std::array<std::uint8_t, kMaxVarintBytes> bytes{};
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t in = i == 0 ? std::numeric_limits<std::uint64_t>::max() : random() >> (random() % 64);
    const std::uint8_t* const end = put_varint(bytes.data(), in);
    std::uint64_t out = 0;
    ASSERT_EQ(get_varint(bytes.data(), end, out), end);
    ASSERT_EQ(in, out);
    ASSERT_EQ(get_varint(bytes.data(), end - 1, out), nullptr);
  }
}

TEST(Varint, RefusesMoreThanSixtyFourBits) {
  std::array<std::uint8_t, 11> bytes{};
  bytes.fill(0xFF);
  bytes[9] = 2;
  std::uint64_t out = 0;
  EXPECT_EQ(get_varint(bytes.data(), bytes.data() + 10, out), nullptr);
  bytes[9] = 0xFF;
  EXPECT_EQ(get_varint(bytes.data(), bytes.data() + 11, out), nullptr);
}

TEST(Varint, DifferencesReachEveryNumberFromEveryOther) {
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  const std::int64_t greatest = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t before : {least, std::int64_t{-1}, std::int64_t{0}, std::int64_t{5}, greatest}) {
    for (const std::int64_t after : {least, std::int64_t{-7}, std::int64_t{0}, greatest}) {
      std::array<std::uint8_t, kMaxVarintBytes> bytes{};
      const std::uint8_t* const end = put_delta(bytes.data(), after, before);
      std::int64_t value = before;
      ASSERT_EQ(get_delta(bytes.data(), end, value), end);
      EXPECT_EQ(value, after);
    }
  }
  EXPECT_EQ(zigzag(0), 0U);
  EXPECT_EQ(zigzag(-1), 1U);
  EXPECT_EQ(zigzag(1), 2U);
}

}  // namespace
}  // namespace fettle::metrics
