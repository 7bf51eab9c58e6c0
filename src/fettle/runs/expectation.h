// What a host said of when a command of its own is to run again (fettle exec --expect). Values.
#pragma once
#include <optional>
#include <string>
#include <utility>

#include "fettle/base/time.h"
#include "fettle/runs/run.h"

namespace fettle::runs {

/// As it was said with a run.
struct ExpectedTimes {
  std::string timing;  // of cron, or an interval
  std::string zone;    // of the host; empty: UTC
  friend bool operator==(const ExpectedTimes&, const ExpectedTimes&) = default;
};

/// Whose: a host, and what it calls the command.
struct ExpectationKey {
  HostId host;
  std::string name;
  friend auto operator<=>(const ExpectationKey&, const ExpectationKey&) = default;
};

struct Expectation {
  ExpectationKey key;
  ExpectedTimes times;
  WallTime began;  // of the newest run
  RunId run;
};

/// A host may have so many; what it names beyond them is recorded and not watched.
inline constexpr std::size_t kMostExpectations = 64;

}  // namespace fettle::runs
