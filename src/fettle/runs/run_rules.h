// What becomes of a run: pure decisions over its steps. The caller owns clock, store and stream.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "fettle/runs/live_run.h"
#include "fettle/runs/plan.h"
#include "fettle/runs/run.h"

namespace fettle::runs {

/// The steps of a plan at its start, numbered from 1; those that are not in `only` (where it is not empty)
/// are skipped from the beginning.
std::vector<Step> make_steps(const Plan& plan, const std::vector<std::string>& only);

struct RunEnd {
  RunState state = RunState::completed;
  std::string message;
};
/// When every step is over. Cancelled wins when it kept a step from its end; then a failed step; then a
/// warning.
RunEnd decide_end(const Run& run);

/// Ends the steps that are not over when the whole run ends early: who ran has failed or was cancelled, who
/// waited never begins. `at` is when. True for a step that changed.
bool end_step_early(Step& step, RunState end, WallTime at, const std::string& why);

/// It takes up some steps of another run.
bool is_partial(const Run& run);

/// What a rerun takes up again: what failed, was cancelled, or never came to its end.
std::vector<std::string> unfinished_steps(const Run& run);

struct StepCounts {
  std::int64_t completed = 0, failed = 0, skipped = 0, cancelled = 0, pending = 0, running = 0;
  [[nodiscard]] std::int64_t over() const { return completed + failed + skipped + cancelled; }
};
StepCounts count_steps(const Run& run);
/// The sum of each counter over the steps; a counter whose name begins with "oldest" or "newest" is no sum:
/// the least of the one, the greatest of the other.
Counters sum_counters(const Run& run);
/// 0 to 1 over all steps, the fraction of the present one in it. Nothing for a run without steps.
std::optional<double> fraction_of(const Run& run);

/// What a run's end says of its (target, plan), where it says anything: a dry run and a cancelled one do not,
/// nor one that did nothing, because every step was skipped.
enum class Verdict : std::uint8_t { nothing, good, bad };
Verdict verdict_of(const Run& run);

/// Which work of its plan it is, where one plan does many: the parameter "name" (a command of a host). Else
/// empty.
std::string work_name(const Run& run);

/// How long a run may take to end after it was cancelled: an agent waits 30 s at most for a program.
inline constexpr Seconds kCancelLimit{5 * 60};
/// When a run that is still there has taken much longer than it may: half as long again as the deadlines of
/// its steps, and a minute.
Seconds hang_limit(const Plan& plan);
/// That long, or that long after it was cancelled.
bool hangs(const LiveRun& live, MonoTime now);

}  // namespace fettle::runs
