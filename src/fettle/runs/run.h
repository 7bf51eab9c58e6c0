// A run: one execution of a plan on one target (M2). Values; who changes them is the
// run service. Times are wall times for people; deadlines and leases are counted by the monotonic clock.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/access/audit.h"
#include "fettle/base/id.h"
#include "fettle/base/time.h"

namespace fettle::runs {

struct RunTag {
  static constexpr std::string_view prefix = "run";
};
struct ScheduleTag {
  static constexpr std::string_view prefix = "schedule";
};
using RunId = Id<RunTag>;
using ScheduleId = Id<ScheduleTag>;

/// `queued`: stored, not yet begun or handed over. `dispatched`: its agent has it on disk. All from
/// `completed` on are final.
enum class RunState : std::uint8_t {
  queued,
  dispatched,
  running,
  completed,
  completed_with_warnings,
  failed,
  cancelled,
  interrupted,  // whoever ran it stopped in the middle: the server, or the agent
  abandoned,    // its host was away for too long
};
constexpr bool is_final(RunState state) {
  return state >= RunState::completed;
}
std::string_view state_name(RunState state);
std::optional<RunState> parse_run_state(std::string_view name);

enum class StepState : std::uint8_t { pending, running, completed, failed, skipped, cancelled };
constexpr bool is_over(StepState state) {
  return state >= StepState::completed;
}
std::string_view state_name(StepState state);
std::optional<StepState> parse_step_state(std::string_view name);

/// Kinds of targets that the engine itself knows.
inline constexpr std::string_view kServerTarget = "server";    // id: "server"
inline constexpr std::string_view kHostTarget = "host";        // id: host_...
inline constexpr std::string_view kCommandTarget = "command";  // id: host_.../name, name: "web-1 / name"

/// What is looked after. At most one live run that holds the lock of a (kind, id).
struct Target {
  std::string kind;  // "server", "host", "command"
  std::string id;
  std::string name;  // as shown
  EnvironmentId environment;
  std::optional<HostId> host;  // where the work is done; none: on the server
  friend bool operator==(const Target&, const Target&) = default;
};

/// What a step did, in numbers: "rows", "bytes", "files", "seen", "eligible", "deleted", "oldest_left_ms" ...
using Counters = std::map<std::string, std::int64_t>;

struct Step {
  std::uint32_t index = 0;  // from 1
  std::string name, title;
  StepState state = StepState::pending;
  std::string message;  // what it did, why it failed, why it was skipped
  bool has_warning = false;
  std::optional<WallTime> started_at, ended_at;
  std::optional<double> fraction;   // 0 to 1, only where it is known
  std::optional<Seconds> deadline;  // as whoever carries it out has said
  Counters counters;
  friend bool operator==(const Step&, const Step&) = default;
};

/// The identity of a due time: whatever happens, it has at most one run.
struct Occurrence {
  ScheduleId schedule;
  WallTime nominal;       // the instant that was meant, to the second
  std::int32_t fold = 0;  // 1: the second of two equal wall times
  friend auto operator<=>(const Occurrence&, const Occurrence&) = default;
};

struct Run {
  RunId id;
  std::string plan, title;
  Target target;
  RunState state = RunState::queued;
  bool is_dry = false;  // counts what it would do, changes nothing
  bool holds_lock = true;
  access::Actor actor;            // person, token, schedule, server
  std::string parameters = "{}";  // JSON object, as its plan understands it
  std::optional<Occurrence> occurrence;
  std::optional<RunId> rerun_of;
  WallTime created_at;
  std::optional<WallTime> started_at, ended_at;
  std::optional<WallTime> cancel_requested_at;
  std::string cancelled_by;
  std::uint64_t epoch = 1;  // of its lease; reports of a lower one change nothing
  std::string message;      // why it ended as it did
  std::optional<std::int32_t> exit_code;
  std::int64_t dropped_lines = 0;  // of its log, beyond what is kept
  std::vector<Step> steps;

  [[nodiscard]] bool is_live() const { return !is_final(state); }
};

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// One line of a run's log.
struct LogLine {
  WallTime at;
  LogLevel level = LogLevel::info;
  std::uint32_t step = 0;  // its index; 0: of the run itself
  std::string text;        // at most kMostLineBytes, control characters and all; shown as text
  std::map<std::string, std::string> fields;
  friend bool operator==(const LogLine&, const LogLine&) = default;
};
inline constexpr std::size_t kMostLineBytes = 8192;

}  // namespace fettle::runs
