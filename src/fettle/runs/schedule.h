// A schedule: when a plan is run on a target (vocabulary). Values; due_rules decide about them, the scheduler
// acts.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fettle/base/zone.h"
#include "fettle/runs/run.h"

namespace fettle::runs {

/// What becomes of due times that nobody was there for.
enum class Misfire : std::uint8_t {
  skip,
  run_once,  // the last of them runs
  run_all,   // the last `misfire_limit` run, one after the other
};

/// What becomes of a due time while the run before it still goes on.
enum class Overlap : std::uint8_t { skip, queue_one, cancel_running };

/// Where a due time ended (B14). Every one of them ends in one.
enum class LedgerOutcome : std::uint8_t {
  ran,         // its run began in time
  late,        // its run began later
  skipped,     // the run before it still went on, or the schedule says so
  blocked,     // it could not be begun so far; becomes another one when it is
  missed,      // it never ran
  superseded,  // a later due time took its place
};
std::string_view outcome_name(LedgerOutcome outcome);
std::optional<LedgerOutcome> parse_outcome(std::string_view name);

struct RetryPolicy {
  Millis backoff{60'000};  // before the first attempt; doubles up to kMostBackoff
  std::uint32_t attempts = 20;
  friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};
inline constexpr Millis kMostBackoff{30 * 60'000};

/// What people say about a schedule.
struct ScheduleSettings {
  std::string name;
  std::string plan;
  Target target;
  std::string parameters = "{}";
  std::string timing;
  std::string time_zone = "UTC";
  Millis jitter{0};  // each schedule is moved by a part of it that is always the same
  Misfire misfire = Misfire::run_once;
  std::uint32_t misfire_limit = 10;
  Millis catch_up{24 * 3'600'000};  // due times older than this are missed
  Overlap overlap = Overlap::skip;
  bool is_enabled = true;
  RetryPolicy retry;
  friend bool operator==(const ScheduleSettings&, const ScheduleSettings&) = default;
};

struct LastDue {
  Instant nominal;
  LedgerOutcome outcome = LedgerOutcome::ran;
  std::optional<RunId> run;
  friend bool operator==(const LastDue&, const LastDue&) = default;
};

struct Schedule {
  ScheduleId id;
  ScheduleSettings settings;
  WallTime created_at, changed_at;
  std::int64_t revision = 1;
  /// Every due time up to here has its end in the ledger, or waits as the pending run. The next one is
  /// computed from it: this one number makes restarts and steps of the clock harmless.
  Instant settled_until;
  std::optional<LastDue> last;
};

/// A scheduled run that could not be handed over (vocabulary). At most one a schedule.
struct PendingRun {
  ScheduleId schedule;
  Instant nominal;
  std::int32_t fold = 0;
  std::uint32_t attempt = 0;  // how many failed
  WallTime next_attempt_at;
  std::string last_error;
  WallTime created_at;
  friend bool operator==(const PendingRun&, const PendingRun&) = default;
};

/// A row of the ledger: one due time, or `count` that ended alike, named by the last of them.
struct LedgerEntry {
  ScheduleId schedule;
  Instant nominal;
  std::int32_t fold = 0;
  WallTime decided_at;
  LedgerOutcome outcome = LedgerOutcome::ran;
  std::string reason;
  std::optional<RunId> run;
  std::int64_t count = 1;
  friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

}  // namespace fettle::runs
