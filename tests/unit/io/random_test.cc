#include <gtest/gtest.h>

#include <set>

#include "fettle/io/sim/sim_random.h"
#include "fettle/io/system_random.h"

namespace fettle::io {
namespace {

TEST(Random, BelowIsEvenAndInRange) {
  SimRandom random(3);
  std::array<int, 7> seen{};
  for (int i = 0; i < 70'000; ++i) ++seen[static_cast<std::size_t>(random.below(7))];
  for (const int count : seen) EXPECT_NEAR(count, 10'000, 500);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, UnitIsHalfOpen) {
  SimRandom random(4);
  for (int i = 0; i < 10'000; ++i) {
    const double value = random.unit();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
  }
}

TEST(SimRandom, SameSeedSameBytesAndStreamsAreIndependent) {
  SimRandom a(7);
  SimRandom b(7);
  SimRandom other = b.stream(1);
  for (int i = 0; i < 5; ++i) other.u64();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(a.u64(), b.u64());
  std::set<std::uint64_t> firsts;
  for (std::uint64_t n = 0; n < 1000; ++n) firsts.insert(SimRandom(7).stream(n).u64());
  EXPECT_EQ(firsts.size(), 1000U);
}

TEST(SystemRandom, FillsEveryLength) {
  SystemRandom random;
  for (std::size_t size = 0; size < 600; size += 37) {
    std::vector<std::uint8_t> bytes(size, 0);
    random.fill(bytes);
    if (size > 32) {
      EXPECT_NE(bytes, std::vector<std::uint8_t>(size, 0));
    }
  }
  EXPECT_NE(random.u64(), random.u64());
}

}  // namespace
}  // namespace fettle::io
