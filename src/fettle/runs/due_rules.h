// What is due, and what becomes of it: a pure function of the time, a schedule, and what is known of its runs
// (B11). Whoever calls it writes what it decides in one transaction.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "fettle/runs/fire_rules.h"
#include "fettle/runs/schedule.h"

namespace fettle::runs {

/// A start within this of its due time is in time.
inline constexpr Seconds kInTime{60};
/// A clock that moves by more than this at once was wrong, and is right now.
inline constexpr Seconds kClockCorrection{3 * 3'600};
inline constexpr std::uint32_t kMostMisfires = 1'000;
inline constexpr Millis kMostJitter{24 * 3'600'000};
/// Someone is told when a due time has not led to a run after this.
inline constexpr Seconds kOverdue{15 * 60};

/// A number of the schedule's own for H, ~ and jitter.
std::uint64_t schedule_seed(const ScheduleId& id);
/// By how much this schedule is moved: 0 to its jitter, always the same.
Seconds jitter_of(const ScheduleId& id, Millis jitter);

struct DueFacts {
  const Schedule& schedule;
  const Timing& timing;
  const Zone& zone;
  WallTime now;
  std::optional<RunId> live_run;        // of this schedule, not ended
  const PendingRun* pending = nullptr;  // its one, if it has one
  std::optional<Instant> blocked;       // the due time that is written down as blocked
  bool is_host_away = false;
  bool queues_misses = false;  // the plan: a miss becomes a pending run
  std::string cannot_run;      // why it cannot be begun at all ("its plan is gone"); else empty
  std::string why_away = "the host is away";  // with is_host_away
};

/// One due time is to be run now.
struct StartDue {
  Fire fire;
  LedgerOutcome outcome = LedgerOutcome::ran;
  std::string reason;
};
/// One due time waits as the pending run of its schedule.
struct PendDue {
  PendingRun pending;
  std::optional<RunId> cancels;  // the run that is to make room
};

struct DueDecision {
  /// Of those that end now without a run, and of what is blocked.
  std::vector<LedgerEntry> ledger;
  std::variant<std::monostate, StartDue, PendDue> action;
  /// A due time that stays open, to be decided anew.
  std::optional<Instant> blocked;
  bool drops_pending = false;  // a later due time took its place
  bool is_clock_corrected = false;
  Instant settled_until;  // what is settled with this decision

  [[nodiscard]] bool has_effect(const Schedule& schedule) const {
    return !ledger.empty() || action.index() != 0 || settled_until != schedule.settled_until;
  }
};

DueDecision decide_due(const DueFacts& facts);

/// When it is due the next time, jitter and all; none when it never is again.
struct NextDue {
  Fire fire;
  WallTime at;
};
std::optional<NextDue> next_due(const Schedule& schedule, const Timing& timing, const Zone& zone);

struct PendingFacts {
  const PendingRun& pending;
  const Schedule* schedule = nullptr;  // null: gone
  WallTime now;
  bool is_host_away = false;
  bool has_host_come = false;  // a hello: due or not
  bool is_target_busy = false;
  std::string refusal = {};  // the host is there and does not take it as it is
  std::string cannot_run;
};
enum class PendingStep : std::uint8_t {
  wait,
  attempt,
  refused,  // an attempt that failed before anything was begun
  abandon,
};
struct PendingDecision {
  PendingStep step = PendingStep::wait;
  std::string reason;  // of abandoning, or why it was refused
};
PendingDecision decide_pending(const PendingFacts& facts);

/// After an attempt that failed: one more, and a longer wait.
PendingRun after_failure(PendingRun pending, const RetryPolicy& retry, WallTime now, std::string error);
/// After one that found the target busy: not a failure, and looked at again by the next drain.
PendingRun after_busy(PendingRun pending, WallTime now, std::string error);
Millis pending_backoff(const RetryPolicy& retry, std::uint32_t attempt);

/// Why someone should know that a schedule does not run as it should; empty: it does.
std::string decide_overdue(const Schedule& schedule, const PendingRun* pending,
                           std::optional<Instant> blocked, WallTime now,
                           std::string_view why_blocked = "the host is away");

}  // namespace fettle::runs
