#include "fettle/fleet/growth_rules.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace fettle::fleet {
namespace {

/// Percent in use, a point each five minutes.
std::vector<float> line(std::size_t points, double first, double percent_an_hour) {
  std::vector<float> out;
  for (std::size_t i = 0; i < points; ++i)
    out.push_back(static_cast<float>(first + percent_an_hour * static_cast<double>(i) / 12));
  return out;
}

TEST(GrowthRules, SaysNothingBeforeAnHour) {
  EXPECT_FALSE(decide_growth(line(kFewestGrowthPoints - 1, 10, 5)));
  EXPECT_TRUE(decide_growth(line(kFewestGrowthPoints, 10, 5)));
}

TEST(GrowthRules, FindsTheRateOfALineAndWhenItEnds) {
  const auto points = line(72, 40, 4);
  EXPECT_NEAR(*decide_growth(points), 4, 0.01);
  EXPECT_NEAR(*decide_hours_to_full(points), (100 - points.back()) / 4.0, 0.05);
}

TEST(GrowthRules, AFileThatIsCopiedOnceIsNoGrowth) {
  auto points = line(72, 40, 0);
  for (std::size_t i = 50; i < points.size(); ++i) points[i] += 30;
  EXPECT_EQ(*decide_growth(points), 0);
  EXPECT_TRUE(std::isinf(*decide_hours_to_full(points)));
  // Nor does it hide the growth around it.
  auto growing = line(72, 20, 4);
  for (std::size_t i = 50; i < growing.size(); ++i) growing[i] += 30;
  EXPECT_NEAR(*decide_growth(growing), 4, 0.2);
}

TEST(GrowthRules, WhatIsCleanedUpRegularlyDoesNotFillADisk) {
  std::vector<float> points;
  for (int i = 0; i < 72; ++i) points.push_back(static_cast<float>(60 + i % 12));
  EXPECT_EQ(*decide_growth(points), 0);
}

TEST(GrowthRules, NoiseIsNoGrowthAndDoesNotHideIt) {
  std::mt19937 random(3);
  std::normal_distribution<float> noise(0, 0.3F);
  auto still = line(72, 70, 0), growing = line(72, 20, 5);
  for (float& point : still) point += noise(random);
  for (float& point : growing) point += noise(random);
  EXPECT_EQ(*decide_growth(still), 0);
  EXPECT_NEAR(*decide_growth(growing), 5, 0.7);
}

TEST(GrowthRules, AFullDiskIsFullNow) {
  auto points = line(72, 77, 4);
  for (float& point : points) point = std::min(point, 100.0F);
  EXPECT_EQ(*decide_hours_to_full(points), 0);
}

TEST(GrowthTrack, KeepsSixHoursAndBeginsAgainAfterAPause) {
  GrowthTrack track;
  MonoTime now(std::chrono::hours(1));
  for (int i = 0; i < 100; ++i) track.add(i, now += kGrowthStep);
  EXPECT_EQ(track.points().size(), kGrowthPoints);
  EXPECT_EQ(track.points().back(), 99);
  EXPECT_EQ(track.points().front(), 28);
  track.add(5, now += 4 * kGrowthStep);
  EXPECT_EQ(track.points().size(), 1U);
}

}  // namespace
}  // namespace fettle::fleet
