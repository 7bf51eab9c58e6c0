#include "fettle/fleet/short_number.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>

namespace fettle::fleet {
namespace {

std::string text(double value) {
  std::string out;
  append_short_number(out, value);
  return out;
}

TEST(ShortNumber, SixDigitsAndNoMoreThanThereAre) {
  EXPECT_EQ(text(1.23456789), "1.23457");
  EXPECT_EQ(text(-1.23456789), "-1.23457");
  EXPECT_EQ(text(0.5), "0.5");
  EXPECT_EQ(text(100), "100");
  EXPECT_EQ(text(0.00012345678), "0.000123457");
  EXPECT_EQ(text(999999.6), "1e6");
  EXPECT_EQ(text(9.9999996), "10");
  EXPECT_EQ(text(99.99), "99.99");
}

TEST(ShortNumber, LargeOnesHaveAnExponent) {
  EXPECT_EQ(text(25'276'512'345), "252765e5");
  EXPECT_EQ(text(2'000'000'000), "2e9");
  EXPECT_EQ(text(1'234'567'890), "1234570000");
  EXPECT_EQ(text(123'456), "123456");
}

TEST(ShortNumber, WhatIsNoNumberIsNull) {
  EXPECT_EQ(text(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(text(-std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(text(0), "0");
  EXPECT_EQ(text(-0.0), "0");
}

/// Any double there is, from its bits: the text is a number within half of its sixth digit.
TEST(ShortNumber, IsAsNearAsSixDigitsCanBe) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 200'000; ++i) {
    double value = std::bit_cast<double>(random());
    if (i % 2 == 0) value = std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 120) - 110);
    if (!std::isfinite(value)) continue;
    const std::string written = text(value);
    double read = 0;
    const auto end = std::from_chars(written.data(), written.data() + written.size(), read).ptr;
    ASSERT_EQ(end, written.data() + written.size()) << written;
    ASSERT_LE(std::abs(read - value), std::abs(value) * 5.0001e-6) << written << " for " << value;
  }
}

/// Powers of ten and their neighbours, where a digit too many or too few would show.
TEST(ShortNumber, HoldsItsDigitsAtEachPowerOfTen) {
  for (int exponent = -12; exponent < 18; ++exponent) {
    const double at = std::pow(10.0, exponent);
    for (const double value : {at, std::nextafter(at, 0.0), std::nextafter(at, 2 * at)}) {
      const std::string written = text(value);
      ASSERT_EQ(std::strtod(written.c_str(), nullptr), at) << written << " for 1e" << exponent;
    }
  }
}

}  // namespace
}  // namespace fettle::fleet
