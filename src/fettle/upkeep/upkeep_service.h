// When the server's own upkeep runs, and what is known of its runs: five minutes after a start, then at its
// interval, each time unless one is at it; totals; a condition when it is overdue. Loop thread; `app` loads,
// starts and stops it.
#pragma once
#include <optional>

#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/loop.h"
#include "fettle/io/task_scope.h"
#include "fettle/runs/run_service.h"
#include "fettle/store/store.h"
#include "fettle/upkeep/doubt.h"
#include "fettle/upkeep/upkeep_repo.h"
#include "fettle/upkeep/upkeep_settings.h"

namespace fettle::upkeep {

/// What it stands on; all outlive it.
struct ServiceGround {
  io::Loop& loop;
  io::Clock& clock;
  io::Log log;
  store::Store& store;
  runs::RunService& runs;
  Doubts& doubts;
};

class UpkeepService {
 public:
  UpkeepService(ServiceGround ground, UpkeepSettings settings);

  /// Before start(), when the runs are loaded.
  Task<Result<>> load();
  void start();
  Task<void> stop();

  /// Errors: as RunService::start.
  Task<Result<runs::Run>> run_now(access::Actor actor, bool is_dry, std::optional<std::string> request = {});

  [[nodiscard]] const UpkeepSettings& settings() const { return settings_; }
  /// None: it runs only by hand.
  [[nodiscard]] std::optional<WallTime> next_at() const { return next_at_; }
  /// The live run, if it is one of this plan.
  [[nodiscard]] const runs::Run* live() const;
  /// The newest that has ended, as it ended.
  [[nodiscard]] const std::optional<runs::Run>& last() const { return last_; }
  [[nodiscard]] const UpkeepTotals& totals() const { return totals_; }

 private:
  [[nodiscard]] runs::RunOrder order(access::Actor actor) const;
  Task<void> run_forever(MonoTime due);
  Task<void> watch_forever();
  void changed(const runs::Run& run);
  Task<void> count_up();
  void judge_overdue();

  ServiceGround ground_;
  const UpkeepSettings settings_;
  UpkeepTotals totals_;
  std::optional<runs::Run> last_;
  std::optional<WallTime> next_at_;
  MonoTime well_since_;  // when the last run ended, whatever its end, or the start
  io::TaskScope tasks_;
};

/// Overdue: two intervals and an hour without the end of a run.
[[nodiscard]] constexpr std::chrono::hours overdue_after(std::chrono::hours interval) {
  return 2 * interval + std::chrono::hours(1);
}

}  // namespace fettle::upkeep
