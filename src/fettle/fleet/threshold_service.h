// The overrides of thresholds in memory, and their changes, each with its audit entry. Loop thread.
#pragma once
#include <functional>
#include <vector>

#include "fettle/access/audit.h"
#include "fettle/base/result.h"
#include "fettle/fleet/threshold.h"
#include "fettle/io/clock.h"
#include "fettle/io/random.h"
#include "fettle/io/task.h"
#include "fettle/store/store.h"

namespace fettle::fleet {

inline constexpr std::size_t kMostThresholds = 1'000;

class Thresholds {
 public:
  Thresholds(store::Store& store, io::Clock& clock, io::Random& random)
      : store_(store), clock_(clock), random_(random) {}

  Task<Result<>> load();
  [[nodiscard]] const std::vector<Threshold>& all() const { return all_; }
  [[nodiscard]] const Threshold* find(const ThresholdId& id) const;

  /// Errors: `conflict` "exists" (the same scope, target and kind) and "too_many".
  Task<Result<Threshold>> add(access::Actor actor, Threshold threshold);
  /// Takes the values of `threshold` over. Errors: `changed_meanwhile` when it is not the version given any
  /// more.
  Task<Result<Threshold>> change(access::Actor actor, Threshold threshold, std::int64_t version);
  Task<Result<>> remove(access::Actor actor, ThresholdId id);
  /// What was said of a host that is gone; its rows went with it.
  void forget(const HostId& host);

  /// Called after each change.
  void on_change(std::function<void()> listener) { on_change_ = std::move(listener); }

 private:
  void changed() const {
    if (on_change_) on_change_();
  }

  store::Store& store_;
  io::Clock& clock_;
  io::Random& random_;
  std::vector<Threshold> all_;
  std::function<void()> on_change_;
};

}  // namespace fettle::fleet
