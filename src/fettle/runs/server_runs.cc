#include "fettle/runs/server_runs.h"

#include <algorithm>
#include <exception>

#include "fettle/base/check.h"
#include "fettle/io/kill_points.h"
#include "fettle/runs/run_rules.h"
#include "fettle/runs/server_step.h"

namespace fettle::runs {
namespace {

constexpr Millis kStopLimit{2'000};
constexpr std::string_view kStopped = "the server, which stopped";
constexpr std::string_view kFault = "ended by a fault of the program; the log has it";

Task<void> set_after(io::Clock& clock, io::AsyncEvent& event, Nanos pause) {
  co_await clock.sleep_for(pause);
  event.set();
}

std::string deadline_text(Seconds deadline) {
  const bool is_minutes = deadline.count() >= 120 && deadline.count() % 60 == 0;
  return is_minutes ? std::to_string(deadline.count() / 60) + " minutes"
                    : std::to_string(deadline.count()) + " s";
}

}  // namespace

/// A run at work: what it is going to be, a step ahead of the book.
struct ServerRuns::Active {
  Run run;
  const Plan* plan = nullptr;
  std::vector<std::uint32_t> changed;  // steps, since the last write
  std::unique_ptr<ServerStep> step;    // the one that runs
  bool is_cancelled = false;
  std::unique_ptr<io::TaskScope> scope;  // of the step; here, because one that does not end outlives its run
};

/// Called by a task at its end, however that comes.
struct ServerRuns::NotesIdle {
  ServerRuns& runs;
  ~NotesIdle() { runs.note_idle(); }
};

ServerRuns::ServerRuns(const RunGround& ground, RunBook& book)
    : ground_(ground), book_(book), tasks_(ground_.loop, ground_.log) {}

ServerRuns::~ServerRuns() = default;

Task<void> ServerRuns::settle() {
  std::vector<Run> left;
  book_.for_each([&](const LiveRun& live) {
    if (!live.run.target.host) left.push_back(live.run);
  });
  for (Run& run : left) {
    const WallTime now = ground_.clock.wall_now();
    const bool had_begun = run.started_at.has_value();
    run.state = RunState::interrupted;
    run.ended_at = now;
    run.message = had_begun ? "the server ended in the middle" : "the server ended before it began";
    RunChange change;
    for (Step& step : run.steps)
      if (end_step_early(step, run.state, now, run.message)) change.steps.push_back(step.index);
    change.run = std::move(run);
    // A full disk does not keep the server from its start: tried again beside it.
    struct Later {
      static Task<void> go(RunBook& book, RunChange what) { co_await book.change(std::move(what)); }
    };
    auto settled = co_await book_.try_change(change);
    if (!settled) tasks_.spawn("runs.settle", Later::go(book_, std::move(change)));
  }
}

Task<void> ServerRuns::stop() {
  is_stopping_ = true;
  for (const RunId& id : std::exchange(waiting_, {})) tasks_.spawn("runs.end", end_unbegun(id));
  for (const auto& [id, active] : active_) {
    active->run.cancelled_by = kStopped;
    cancel(id);
  }
  if (tasks_.size() > 0) {
    idle_.reset();  // each that ended alone before has set it
    io::TaskScope timer(ground_.loop, ground_.log);
    timer.spawn("runs.stop_limit", set_after(ground_.clock, idle_, kStopLimit));
    co_await idle_.wait();
    co_await timer.stop();
  }
  co_await tasks_.stop();
  for (const auto& [id, active] : active_)
    if (active->scope) co_await active->scope->stop();
  active_.clear();
}

/// Called by a task at its end.
void ServerRuns::note_idle() {
  if (tasks_.size() <= 1) idle_.set();
}

Result<> ServerRuns::check(const Target& /*target*/) const {
  if (is_stopping_) return fail(ErrorCode::unavailable, "stopping", "the server is stopping");
  return {};
}

void ServerRuns::begin(const RunId& id) {
  waiting_.push_back(id);
  begin_waiting();
}

void ServerRuns::begin_waiting() {
  while (!waiting_.empty() && (active_.size() < kMostAtOnce || is_stopping_)) {
    const RunId id = waiting_.front();
    waiting_.pop_front();
    LiveRun* live = book_.find(id);
    if (live == nullptr) continue;
    if (is_stopping_) {
      tasks_.spawn("runs.end", end_unbegun(id));
      continue;
    }
    auto active = std::make_unique<Active>();
    active->run = live->run;
    active->plan = live->plan;
    active_.emplace(id, std::move(active));
    tasks_.spawn("runs.carry_out", carry_out(id));
  }
}

void ServerRuns::cancel(const RunId& id) {
  if (const auto at = active_.find(id); at != active_.end()) {
    at->second->is_cancelled = true;
    if (at->second->step) at->second->step->cancel();
    return;
  }
  const auto waiting = std::ranges::find(waiting_, id);
  if (waiting == waiting_.end()) return;
  waiting_.erase(waiting);
  tasks_.spawn("runs.end", end_unbegun(id));
}

/// Cancelled before its first step.
Task<void> ServerRuns::end_unbegun(RunId id) {
  const NotesIdle idle{*this};
  const LiveRun* live = book_.find(id);
  if (live == nullptr) co_return;
  RunChange change;
  change.run = live->run;
  Run& run = change.run;
  run.ended_at = ground_.clock.wall_now();
  if (run.cancelled_by.empty()) run.cancelled_by = kStopped;
  for (Step& step : run.steps)
    if (end_step_early(step, RunState::cancelled, *run.ended_at, "cancelled by " + run.cancelled_by))
      change.steps.push_back(step.index);
  run.state = RunState::cancelled;
  run.message = "cancelled by " + run.cancelled_by;
  co_await book_.change(std::move(change));
}

/// Its task ended in the middle: nobody else would give the lock of its target free.
Task<void> ServerRuns::end_faulty(RunId id) {
  const NotesIdle idle{*this};
  const LiveRun* live = book_.find(id);
  if (live == nullptr) co_return;
  RunChange change;
  change.run = live->run;
  Run& run = change.run;
  run.ended_at = ground_.clock.wall_now();
  run.state = RunState::failed;
  run.message = kFault;
  for (Step& step : run.steps)
    if (end_step_early(step, run.state, *run.ended_at, run.message)) change.steps.push_back(step.index);
  co_await book_.change(std::move(change));
}

Task<void> ServerRuns::carry_out(RunId id) {
  struct Leave {  // however it ends, unless a step of it does not
    ServerRuns& runs;
    RunId id;
    ~Leave() {
      const auto at = runs.active_.find(id);
      if (at == runs.active_.end() || at->second->scope) return;
      runs.active_.erase(at);
      if (!runs.is_stopping_ && runs.book_.find(id) != nullptr)
        runs.tasks_.spawn("runs.end", runs.end_faulty(id));
      runs.begin_waiting();
      runs.note_idle();
    }
  };
  const Leave leave{*this, id};
  Active& active = *active_.at(id);
  co_await carry_out_steps(active);
  if (const LiveRun* live = book_.find(id); live != nullptr && active.run.cancelled_by.empty())
    active.run.cancelled_by = live->run.cancelled_by;
  const RunEnd end = decide_end(active.run);
  active.run.state = end.state;
  active.run.message = end.message;
  active.run.ended_at = ground_.clock.wall_now();
  if (end.state != RunState::cancelled) active.run.cancelled_by.clear();
  const auto written = [](store::Session&) {
    io::reach(io::KillPoint::own_end_written);
    return true;
  };
  co_await book_.change({active.run, std::move(active.changed), written});
  io::reach(io::KillPoint::own_end_committed);
}

Task<void> ServerRuns::carry_out_steps(Active& active) {
  Run& run = active.run;
  run.state = RunState::running;
  run.started_at = ground_.clock.wall_now();
  const Step* stopper = nullptr;  // the failed step that ends the plan
  for (std::size_t i = 0; i < run.steps.size(); ++i) {
    Step& step = run.steps[i];
    if (step.state != StepState::pending) continue;
    const PlanTask& task = active.plan->tasks.at(i);
    active.changed.push_back(step.index);
    if (active.is_cancelled) {
      end_step_early(step, RunState::cancelled, ground_.clock.wall_now(), "the run was cancelled");
      continue;
    }
    if (stopper != nullptr) {
      step.state = StepState::skipped;
      step.message = "not begun: \"" + stopper->title + "\" failed before it";
      continue;
    }
    if (may_begin(step, task)) {
      co_await run_step(active, step, task);
      active.changed.push_back(step.index);
    }
    if (step.state == StepState::failed && active.plan->stops_at_failure) stopper = &step;
  }
}

/// Else it is over: its task does not want to be done now, or could not even say so. Caught here, because the
/// steps after it run all the same.
bool ServerRuns::may_begin(Step& step, const PlanTask& task) {
  if (!task.why_skipped) return true;
  try {
    step.message = task.why_skipped();
  } catch (const std::exception& fault) {
    ground_.log.error("a step could not be asked whether it is to run",
                      {{"step", step.name}, {"error", fault.what()}});
    step.state = StepState::failed;
    step.message = kFault;
    step.ended_at = ground_.clock.wall_now();
    return false;
  }
  if (step.message.empty()) return true;
  step.state = StepState::skipped;
  return false;
}

Task<void> ServerRuns::run_step(Active& active, Step& step, const PlanTask& task) {
  step.state = StepState::running;
  step.started_at = ground_.clock.wall_now();
  // With it goes the end of the step before.
  co_await book_.change({active.run, std::exchange(active.changed, {}), nullptr});
  io::reach(io::KillPoint::own_step_begun);
  active.step = std::make_unique<ServerStep>(book_, ground_.clock, active.run, step);
  active.scope = std::make_unique<io::TaskScope>(ground_.loop, ground_.log);
  if (active.is_cancelled) {
    active.step->cancel();
  } else {
    active.scope->spawn("runs.step", active.step->perform(task.function));
    active.scope->spawn("runs.deadline", active.step->expire(task.deadline));
  }
  co_await active.step->wait();
  co_await active.scope->stop();
  active.scope.reset();
  io::reach(io::KillPoint::own_step_ended);
  finish_step(active, step);
  active.step.reset();
}

void ServerRuns::finish_step(Active& active, Step& step) {
  const ServerStep& ended = *active.step;
  step.counters = ended.counters();
  step.ended_at = ground_.clock.wall_now();
  if (const auto& outcome = ended.outcome()) {
    if (*outcome) {
      step.state = StepState::completed;
      step.message = (*outcome)->message;
      step.has_warning = (*outcome)->has_warning;
      const std::string text = step.message.empty() ? step.title : step.title + ": " + step.message;
      book_.log(
          active.run.id,
          {*step.ended_at, step.has_warning ? LogLevel::warning : LogLevel::info, step.index, text, {}});
      return;
    }
    const bool is_end_of_wish = ended.was_cancelled() && outcome->error().code == ErrorCode::cancelled;
    step.state = is_end_of_wish ? StepState::cancelled : StepState::failed;
    step.message = outcome->error().detail;
  } else if (ended.was_cancelled()) {
    step.state = StepState::cancelled;
    step.message = "the run was cancelled";
  } else {
    step.state = StepState::failed;
    step.message = ended.is_late() ? "did not end within " : kFault;
  }
  if (!ended.outcome() && ended.is_late() && !ended.was_cancelled())
    step.message += deadline_text(active.plan->tasks.at(step.index - 1).deadline);
  if (step.state == StepState::failed)
    book_.log(active.run.id, {*step.ended_at, LogLevel::error, step.index, step.message, {}});
}

}  // namespace fettle::runs
