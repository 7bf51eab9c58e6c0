// How fast a disk fills up: a straight line through its last hours, without the steps that happen once (a
// file that was copied there). Pure.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "fettle/base/time.h"

namespace fettle::fleet {

inline constexpr std::chrono::minutes kGrowthStep{5};
inline constexpr std::size_t kGrowthPoints = 72;        // six hours
inline constexpr std::size_t kFewestGrowthPoints = 13;  // one hour
/// Less than this, in percent of the disk over all points, is no growth that anything can be said of.
inline constexpr double kLeastGrowth = 1;

/// Percent in use, a point each kGrowthStep, oldest first; begins again after a pause.
class GrowthTrack {
 public:
  void add(double percent, MonoTime now);
  void clear() { count_ = 0; }
  /// Oldest first.
  [[nodiscard]] std::span<const float> points() const { return {points_.data(), count_}; }

 private:
  std::array<float, kGrowthPoints> points_{};
  std::size_t count_ = 0;
  MonoTime last_;
};

/// Percent an hour; nothing while there are too few points or they do not lie along a line that rises. Steps
/// up that stand out are taken out; steps down stay, because what is cleaned up regularly does not fill a
/// disk.
std::optional<double> decide_growth(std::span<const float> points);
/// Hours until 100 percent; infinity when it does not grow, nothing while that cannot be said.
std::optional<double> decide_hours_to_full(std::span<const float> points);

}  // namespace fettle::fleet
