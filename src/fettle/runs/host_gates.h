// Whether a host may be ordered to begin a run. Its agent may still be carrying out what has ended here
// (given up while the host was away), and then a second run of the same target would go on beside the first:
// so nothing is ordered over a new link until the agent has said what it holds, and nothing of a target until
// what it holds of that target has ended there. State of the loop, without I/O.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "fettle/base/time.h"
#include "fettle/runs/run.h"

namespace fettle::runs {

/// Over here, and not known to be over on its host.
struct UnwantedRun {
  RunId id;
  std::uint64_t epoch = 0;  // as the agent knows it
  Target target;
};

class HostGates {
 public:
  /// A new link: closed until open() with the number that shut() gave last.
  std::uint64_t shut(const HostId& host);
  /// False when a later word has overtaken this one.
  bool open(const HostId& host, std::uint64_t number);
  void forget(const HostId& host);

  void add(const HostId& host, UnwantedRun run);
  /// It has ended there. True when it was in the way.
  bool erase(const HostId& host, const RunId& run);
  /// Nothing that was known of earlier links counts any more.
  void clear(const HostId& host);

  [[nodiscard]] bool is_open(const HostId& host) const;
  /// What has to end there before a run of this target may begin.
  [[nodiscard]] std::optional<RunId> in_the_way(const HostId& host, const Target& target) const;

  /// Whose end is to be asked for (again); they are taken for asked.
  struct Wish {
    HostId host;
    RunId run;
    std::uint64_t epoch = 0;
  };
  [[nodiscard]] std::vector<Wish> due_wishes(MonoTime now);

  static constexpr Seconds kBetweenWishes{10};

 private:
  struct Gate {
    std::uint64_t number = 0;  // of the word that is waited for, or was heard
    bool is_open = false;
  };
  struct Unwanted {
    UnwantedRun run;
    std::optional<MonoTime> wished;
  };
  std::map<HostId, Gate> gates_;
  std::map<HostId, std::map<RunId, Unwanted>> unwanted_;  // few hosts have any
};

}  // namespace fettle::runs
