#include "fettle/metrics/meaning_table.h"

#include <gtest/gtest.h>

#include "tests/unit/metrics/large_sets.h"

namespace fettle::metrics {
namespace {

TEST(MeaningTable, SharesOneMeaningBetweenSetsWithTheSameSeries) {
  MeaningTable table;
  wire::SeriesSet set = *large_set(5, 10, 1);
  const auto meaning = table.find_or_make(set, layout_hash(set));
  set.boot_id = "another";
  EXPECT_EQ(table.find_or_make(set, layout_hash(set)), meaning);
  EXPECT_EQ(meaning->layout->id.size(), 16U);
  EXPECT_EQ(table.bytes(), meaning->bytes);
}

TEST(MeaningTable, TellsSetsApartThatHaveTheSameHash) {
  constexpr std::uint64_t kHash = 42;
  MeaningTable table;
  const auto small = table.find_or_make(*large_set(2, 10, 1), kHash);
  const auto large = table.find_or_make(*large_set(2'000, 10, 1), kHash);
  wire::SeriesSet other = *large_set(2, 10, 1);
  other.series[1].kind = wire::SeriesKind::gauge;
  const auto third = table.find_or_make(other, kHash);
  EXPECT_EQ(small->conversions.size(), 2U);
  EXPECT_EQ(large->conversions.size(), 2'000U);
  EXPECT_FALSE(third->conversions[1].is_counter);
  EXPECT_NE(small->layout->id, large->layout->id);
  EXPECT_NE(small->layout->id, third->layout->id);
  EXPECT_NE(large->layout->id, third->layout->id);
  EXPECT_EQ(table.find_or_make(*large_set(2, 10, 1), kHash), small);
  EXPECT_EQ(table.find_or_make(*large_set(2'000, 10, 1), kHash), large);
  EXPECT_EQ(table.find_or_make(other, kHash), third);
}

TEST(MeaningTable, KeepsNothingThatNobodyUses) {
  MeaningTable table;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    const auto set = large_set(3, 10, i);
    const auto meaning = table.find_or_make(*set, layout_hash(*set));
    EXPECT_EQ(table.bytes(), meaning->bytes);
  }
  EXPECT_EQ(table.bytes(), 0U);
}

}  // namespace
}  // namespace fettle::metrics
