// Which runs go, decided while the targets come by in their order. Pure.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/time.h"
#include "fettle/runs/run_history.h"

namespace fettle::upkeep {

struct RunsKept {
  std::int64_t per_target = 200;         // the newest; 0: all
  std::int64_t commands_per_host = 500;  // names of `fettle exec`, those that ran last; 0: all
  std::chrono::days commands{400};       // runs of `fettle exec`; 0: for ever
};

class HistoryWalk {
 public:
  explicit HistoryWalk(std::int64_t commands_per_host) : commands_per_host_(commands_per_host) {}

  /// What goes of this target, or of those of its host that came before.
  std::vector<runs::GoingRuns> take(const runs::TargetRuns& runs);
  /// After the last target.
  void finish();

  [[nodiscard]] std::int64_t seen() const { return seen_; }
  [[nodiscard]] std::int64_t eligible() const { return eligible_; }
  [[nodiscard]] std::optional<std::int64_t> oldest_ms() const { return oldest_; }  // of all
  [[nodiscard]] std::optional<std::int64_t> oldest_left_ms() const {
    return oldest_left_;
  }  // complete at the end

 private:
  const std::int64_t commands_per_host_;
  std::int64_t seen_ = 0, eligible_ = 0;
  std::optional<std::int64_t> oldest_, oldest_left_;
  // The commands of one host that ran last, by the sequence of their newest run.
  std::string host_;
  std::map<std::int64_t, runs::TargetRuns> names_;
};

}  // namespace fettle::upkeep
