#include "fettle/fleet/growth_rules.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace fettle::fleet {
namespace {

/// A step stands out when it is so many times farther from the middle one than steps usually are, and this
/// large.
constexpr double kOutstanding = 6;
constexpr double kLeastStep = 0.25;  // percent of the disk in five minutes
/// How much of what the points do the line must explain.
constexpr double kLeastFit = 0.7;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

std::vector<double> without_steps(std::span<const float> points) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < points.size(); ++i) steps.push_back(double{points[i]} - double{points[i - 1]});
  const double usual = median(steps);
  std::vector<double> distances;
  for (const double step : steps) distances.push_back(std::abs(step - usual));
  const double limit = usual + std::max(kOutstanding * median(distances), kLeastStep);
  std::vector<double> line{double{points.front()}};
  for (const double step : steps) line.push_back(line.back() + (step > limit ? usual : step));
  return line;
}

}  // namespace

void GrowthTrack::add(double percent, MonoTime now) {
  // A pause of more than two points: what happened meanwhile is not known.
  if (count_ > 0 && now - last_ > 3 * kGrowthStep) count_ = 0;
  last_ = now;
  if (count_ == points_.size()) {
    std::shift_left(points_.begin(), points_.end(), 1);
    --count_;
  }
  points_[count_++] = static_cast<float>(percent);
}

std::optional<double> decide_growth(std::span<const float> points) {
  if (points.size() < kFewestGrowthPoints) return std::nullopt;
  const std::vector<double> line = without_steps(points);
  const double n = static_cast<double>(line.size());
  const double mean_x = (n - 1) / 2;
  const double mean_y = std::accumulate(line.begin(), line.end(), 0.0) / n;
  double xx = 0, xy = 0, yy = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const double x = static_cast<double>(i) - mean_x, y = line[i] - mean_y;
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  const double slope = xy / xx;  // percent a step
  const bool is_line = yy > 0 && xy * xy / (xx * yy) >= kLeastFit;
  if (!is_line || slope * (n - 1) < kLeastGrowth) return 0;
  constexpr double kStepsAnHour = 60.0 / kGrowthStep.count();
  return slope * kStepsAnHour;
}

std::optional<double> decide_hours_to_full(std::span<const float> points) {
  const auto growth = decide_growth(points);
  if (!growth) return std::nullopt;
  if (points.back() >= 100) return 0;  // whatever it did before
  if (*growth <= 0) return std::numeric_limits<double>::infinity();
  return std::max(0.0, 100.0 - double{points.back()}) / *growth;
}

}  // namespace fettle::fleet
