// How the numbers of a made-up host move: around a level of their own, with a memory of some length, now and
// then with a burst. Pure but for the draws, which the caller's generator gives.
#pragma once
#include <algorithm>
#include <cmath>

#include "fettle/io/random.h"

namespace fettle::agent {

/// About normally distributed, mean 0, variance 1: the sum of three uniform draws.
inline double draw_normal(io::Random& random) {
  return (random.unit() + random.unit() + random.unit() - 1.5) * 2;
}

/// A number that is drawn back to `level` and pushed about on the way: the exact step of an
/// Ornstein-Uhlenbeck process, so that it looks the same whatever the interval.
struct Wander {
  double at = 0;
  double spread = 0;          // standard deviation around the level
  double memory_seconds = 1;  // after this long about a third of a distance from the level is left

  void step(double level, double seconds, io::Random& random) {
    const double kept = std::exp(-seconds / memory_seconds);
    at = level + (at - level) * kept + spread * std::sqrt(1 - kept * kept) * draw_normal(random);
  }
};

/// What the kernel calls a load average.
struct Average {
  double at = 0;
  double over_seconds = 60;

  void step(double value, double seconds) { at += (value - at) * (1 - std::exp(-seconds / over_seconds)); }
};

/// Work that begins by itself every ten minutes or so and lasts one or two.
struct Bursts {
  double size = 0;

  void step(double seconds, io::Random& random) {
    constexpr double kBetweenSeconds = 600;
    const double draw = random.unit(), of_size = random.unit(), of_length = random.unit();
    left_seconds_ -= seconds;
    if (left_seconds_ <= 0 && draw < seconds / kBetweenSeconds) {
      size = 0.15 + 0.5 * of_size;
      left_seconds_ = 20 + 100 * of_length;
    } else if (left_seconds_ <= 0) {
      size = 0;
    }
  }

 private:
  double left_seconds_ = 0;
};

}  // namespace fettle::agent
