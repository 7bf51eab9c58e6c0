#include "fettle/runs/run_news.h"

#include <algorithm>

#include "fettle/runs/run_dto.h"
#include "fettle/runs/run_rules.h"
#include "fettle/wire/host_plans.h"

namespace fettle::runs {
namespace {

constexpr std::string_view kFailedKind = events::kRunFailedKind;
constexpr std::size_t kMostFailed = 64;  // conditions of one source
constexpr std::string_view kHangsKind = "run.hangs";

stream::Topic all_runs(const Run& run) {
  return {run.target.environment, "runs"};
}

stream::Topic topic_of(const Run& run) {
  return {run.target.environment, "run:" + run.id.text()};
}

bool is_own_upkeep(const Run& run) {
  return run.target.kind == kServerTarget;
}

events::Severity severity_of(RunState state) {
  switch (state) {
    case RunState::completed:
      return events::Severity::success;
    case RunState::completed_with_warnings:
    case RunState::interrupted:
      return events::Severity::warning;
    case RunState::failed:
    case RunState::abandoned:
      return events::Severity::error;
    case RunState::queued:
    case RunState::dispatched:
    case RunState::running:
    case RunState::cancelled:
      return events::Severity::info;
  }
  return events::Severity::info;
}

std::string_view words_of(RunState state) {
  switch (state) {
    case RunState::completed:
      return "completed";
    case RunState::completed_with_warnings:
      return "completed with warnings";
    case RunState::failed:
      return "failed";
    case RunState::cancelled:
      return "cancelled";
    case RunState::interrupted:
      return "interrupted";
    case RunState::abandoned:
      return "given up";
    case RunState::queued:
    case RunState::dispatched:
    case RunState::running:
      break;
  }
  return state_name(state);
}

/// The step that a watcher of the server's upkeep wants to hear of: the one that runs, else the last that is
/// over.
const Step* present_step(const Run& run) {
  const auto running = std::ranges::find(run.steps, StepState::running, &Step::state);
  if (running != run.steps.end()) return &*running;
  const Step* last = nullptr;
  for (const Step& step : run.steps)
    if (is_over(step.state)) last = &step;
  return last;
}

/// What a source calls it: a host may be renamed, and what it has keeps this name.
std::string_view name_at_source(const Run& run) {
  const std::string_view id = run.target.id;
  const auto slash = id.find('/');
  return run.target.host && slash != std::string_view::npos ? id.substr(slash + 1) : run.target.name;
}

}  // namespace

RunNews::RunNews(io::Clock& clock, io::Random& random, stream::Hub& hub, events::Conditions& conditions,
                 std::string server_id)
    : clock_(clock), random_(random), hub_(hub), conditions_(conditions), server_id_(std::move(server_id)) {}

void RunNews::tell(LiveRun& live) {
  live.told = clock_.mono_now();
  live.is_untold = false;
  publish(live, stream::Keep::kept);
}

bool RunNews::tell_soon(LiveRun& live) {
  if (live.told && clock_.mono_now() - *live.told < kBetweenUpdates) {
    live.is_untold = true;
    return true;
  }
  live.told = clock_.mono_now();
  live.is_untold = false;
  publish(live, stream::Keep::sample);
  return false;
}

bool RunNews::tell_due(LiveRun& live) {
  return live.is_untold && tell_soon(live);
}

void RunNews::publish(LiveRun& live, stream::Keep keep) {
  const Run& run = live.run;
  const auto changed = std::exchange(live.untold_steps, {});
  const bool is_kept = keep == stream::Keep::kept;
  const stream::Topic all = all_runs(run), own = topic_of(run);
  const bool is_for_all = is_kept || hub_.is_watched(all), is_for_own = hub_.is_watched(own);
  if (!is_for_all && !is_for_own) return;
  const WallTime now = clock_.wall_now();
  const std::string key = run.id.text();
  const Step* const present = present_step(run);
  if (is_for_own) {
    publish_steps(run, changed, now);
    if (is_kept || changed.empty())
      hub_.publish(own, stream::RunMessage{run_update_json(run, nullptr, now)}, keep,
                   is_kept ? std::string_view() : key);
  }
  if (!is_for_all) return;
  hub_.publish(all, stream::RunMessage{run_update_json(run, present, now)}, keep,
               is_kept ? std::string_view() : key);
  if (!is_own_upkeep(run)) return;
  if (present != nullptr) {
    hub_.publish(all, stream::MaintenanceProgress{maintenance_progress_json(run, *present, now)},
                 stream::Keep::sample, key);
  }
  if (!run.is_live())
    hub_.publish(all, stream::MaintenanceComplete{maintenance_complete_json(run, now)}, stream::Keep::kept);
}

/// A key for each step: whoever was behind gets the last word on every one of them. Who begins to look asks
/// for the whole run once the topic is confirmed, so what changed while nobody looked need not be told.
void RunNews::publish_steps(const Run& run, const std::set<std::uint32_t>& changed, WallTime now) {
  const stream::Topic own = topic_of(run);
  for (const std::uint32_t index : changed)
    hub_.publish(own, stream::RunMessage{run_update_json(run, &run.steps.at(index - 1), now)},
                 stream::Keep::sample, std::to_string(index));
}

void RunNews::tell_lines(const Run& run, const std::vector<NumberedLine>& lines) {
  const stream::Topic own = topic_of(run);
  if (lines.empty() || !hub_.is_watched(own)) return;
  hub_.publish(own, stream::RunLogMessage{run_log_json(run.id, lines)}, stream::Keep::kept);
}

RunNews::Source RunNews::source_of(const Run& run) const {
  if (run.target.host) {
    const bool is_host = run.target.kind == kHostTarget;
    const std::string_view whole = run.target.name;
    // The name of what a host has begins with the host's.
    return {"host", run.target.host->text(),
            std::string(is_host ? whole : whole.substr(0, whole.find(" / ")))};
  }
  return {"server", server_id_, "server"};
}

events::Event RunNews::end_event(const Run& run) {
  const Source source = source_of(run);
  events::Event event;
  event.at = wall_from_unix_ms(unix_ms(run.ended_at.value_or(clock_.wall_now())));
  event.id = random_.make_id<EventId>(event.at);
  event.type = "run." + std::string(state_name(run.state));
  event.severity = severity_of(run.state);
  event.environment = run.target.environment;
  event.source_kind = source.kind;
  event.source_id = source.id;
  event.source_name = source.name;
  // Its host alone: a command that began there is called by its name in the title already.
  if (run.target.host) event.message = source.name + ": ";
  event.message += run.title + " " + std::string(words_of(run.state));
  if (run.is_dry) event.message += " (dry run)";
  if (!run.message.empty()) event.message += ", " + run.message;
  event.fields["run"] = run.id.text();
  event.fields["plan"] = run.plan;
  event.fields["target_kind"] = run.target.kind;
  event.fields["target_id"] = run.target.id;
  return event;
}

events::ConditionKey RunNews::key_of(const Run& run, std::string kind) const {
  const bool is_whole = run.target.kind == kServerTarget || run.target.kind == kHostTarget;
  std::string target = run.plan;
  if (!is_whole) target.append(" ").append(name_at_source(run));
  // One plan carries out all commands of a host: that one went well says nothing of another.
  if (const std::string name = work_name(run); !name.empty()) target += " " + name;
  return {.source_id = source_of(run).id, .kind = std::move(kind), .target = std::move(target)};
}

/// A host names what it runs by itself as it likes; so many different failures say enough.
bool RunNews::has_its_fill(const events::ConditionKey& key) const {
  if (conditions_.find(key) != nullptr) return false;
  std::size_t open = 0;
  conditions_.for_each_of(key.source_id, [&](const events::Condition& condition) {
    if (condition.key.kind == key.kind) ++open;
  });
  return open >= kMostFailed;
}

void RunNews::judge(const Run& run) {
  const Verdict verdict = verdict_of(run);
  if (verdict == Verdict::nothing) return;
  events::ConditionKey key = key_of(run, std::string(kFailedKind));
  if (verdict == Verdict::good) {
    const events::Condition* open = conditions_.find(key);
    // It may be on its way to be opened: at a start the runs of a target are judged one after the other.
    if (open == nullptr && !is_partial(run)) conditions_.close_condition(key);
    if (open == nullptr) return;
    // That a part went well says nothing of a later failure of another part.
    const auto failed = open->fields.find("run");
    const bool is_about_it =
        failed != open->fields.end() && run.rerun_of && failed->second == run.rerun_of->text();
    if (!is_partial(run) || is_about_it) conditions_.close_condition(key);
    return;
  }
  const Source source = source_of(run);
  if (has_its_fill(key)) return;
  events::ConditionClaim claim;
  claim.key = std::move(key);
  claim.environment = run.target.environment;
  claim.source_kind = source.kind;
  claim.source_name = source.name;
  claim.severity = run.state == RunState::interrupted ? events::ConditionSeverity::warning
                                                      : events::ConditionSeverity::error;
  claim.title = run.title + " fails";
  claim.message = "The last run was " + std::string(words_of(run.state));
  if (run.state == RunState::failed) claim.message = "The last run failed";
  if (!run.message.empty()) claim.message += ": " + run.message;
  claim.fields = {{"run", run.id.text()}, {"plan", run.plan}};
  // The end of a run is an event of its own.
  claim.events = events::ConditionEvents::claimant;
  conditions_.open_condition(std::move(claim));
}

void RunNews::judge_again(const Run& run, const std::vector<events::condition_repo::ClosedByHand>& closed) {
  const events::ConditionKey key = key_of(run, std::string(kFailedKind));
  const bool is_closed =
      verdict_of(run) == Verdict::bad && run.ended_at &&
      std::ranges::any_of(closed, [&](const auto& one) { return one.key == key && one.at >= *run.ended_at; });
  if (!is_closed) judge(run);
}

/// What carries out the commands of hosts said nothing of which one, once.
void RunNews::close_nameless() {
  std::vector<events::ConditionKey> keys;
  conditions_.for_each([&](const events::Condition& condition) {
    const auto& key = condition.key;
    if ((key.kind == kFailedKind || key.kind == kHangsKind) && key.target == wire::kCommandPlan)
      keys.push_back(key);
  });
  for (const events::ConditionKey& key : keys) conditions_.close_condition(key, "gone");
}

void RunNews::set_hanging(LiveRun& live, bool is_hanging) {
  const bool was_hanging = std::exchange(live.is_hanging, is_hanging);
  const Run& run = live.run;
  events::ConditionKey key = key_of(run, std::string(kHangsKind));
  // One that was opened before a restart is not known of here.
  if (!is_hanging) return conditions_.close_condition(key);
  if (was_hanging) return;
  const Source source = source_of(run);
  events::ConditionClaim claim;
  claim.key = std::move(key);
  claim.environment = run.target.environment;
  claim.source_kind = source.kind;
  claim.source_name = source.name;
  claim.severity = events::ConditionSeverity::warning;
  claim.title = run.title + " does not end";
  claim.message = run.cancel_requested_at
                      ? "A run that was cancelled at " + format_time(*run.cancel_requested_at) +
                            " has not ended; nothing else of " + run.target.name + " can begin before it does"
                      : "A run that began at " + format_time(run.started_at.value_or(run.created_at)) +
                            " has taken much longer than its steps may";
  claim.fields = {{"run", run.id.text()}, {"plan", run.plan}};
  conditions_.open_condition(std::move(claim));
}

}  // namespace fettle::runs
