// Plans as data (M1): an ordered list of tasks for one kind of target. Index and total of steps come from the
// list; adding a task is adding one entry. Features register theirs with the run service; it knows none of
// them. Loop thread.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/io/task.h"
#include "fettle/runs/run.h"

namespace fettle::runs {

/// How a task ended when it did not fail. What it did in numbers stands in the step's counters.
struct StepOutcome {
  std::string message;       // "removed 120 events", "nothing to do"
  bool has_warning = false;  // it went well, and yet someone should know: the run completes with warnings
};

/// What a task of the server sees of its run. Lives as long as the step.
class StepContext {
 public:
  virtual ~StepContext() = default;
  [[nodiscard]] virtual bool is_dry() const = 0;
  [[nodiscard]] virtual const std::string& parameters() const = 0;  // JSON object
  /// True from the moment that somebody cancels or the server stops; long tasks look at it between batches.
  /// Waiting on the clock, the store or a queue ends by itself.
  [[nodiscard]] virtual bool is_cancelled() const = 0;
  virtual void log(LogLevel level, std::string text, std::map<std::string, std::string> fields = {}) = 0;
  /// Adds to, or sets, a counter of the step; told to whoever watches at most ten times a second.
  virtual void count(const std::string& name, std::int64_t add) = 0;
  virtual void set_counter(const std::string& name, std::int64_t value) = 0;
  virtual void progress(double fraction, std::string message = {}) = 0;
};

/// An error fails the step; the steps after it run all the same unless the plan says otherwise.
using TaskFunction = std::function<fettle::Task<Result<StepOutcome>>(StepContext&)>;

/// One step of a plan. (`io::Task` is the coroutine; this is the vocabulary's task.)
struct PlanTask {
  std::string name, title;  // "event_retention", "Remove old events"
  /// Why the step is skipped now ("switched off in the settings"); empty: it runs. May be null.
  std::function<std::string()> why_skipped;
  TaskFunction function;      // null in plans of hosts: the agent has it under the same name
  Seconds deadline{30 * 60};  // then it is cancelled and failed
};

/// What becomes of a due time whose host is away (B12, B13).
enum class Misses : std::uint8_t {
  decided_anew,  // looked at again by each tick; runs when the host is back, as the schedule's misfire says
  queued,        // kept as a pending run, with attempts until they are used up
};

struct Plan {
  std::string name, title;  // "server-upkeep", "Upkeep of the server"
  std::string target_kind;  // "server", "host"
  bool is_on_host = false;  // its agent does it
  bool stops_at_failure = false;
  Permission permission = Permission::operate;  // to start and cancel it, in the target's environment
  std::vector<PlanTask> tasks;
  std::vector<std::string> parameters;  // names, for whoever asks what there is
  Misses misses = Misses::decided_anew;
  /// For a host that was away: how long until the run is given up.
  Seconds abandon_after{60 * 60};
  /// Checks parameters of a start; an error names the field below "/body/parameters". May be null.
  std::function<Result<>(const std::string& json)> check_parameters;
  /// Whether this target offers what the parameters name, as far as it is known. Asked of what people order
  /// and not of what is due: until then it may offer something else. May be null.
  std::function<Result<>(const Target& target, const std::string& json)> check_offer;
  /// What a run with these parameters is called ("Command nightly"). Null: as the plan.
  std::function<std::string(const std::string& json)> title_of;
};

}  // namespace fettle::runs
