// The rows of runs and their steps. Inside a read or a write.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fettle/runs/run.h"
#include "fettle/store/moving_rows.h"
#include "fettle/store/session.h"

namespace fettle::runs::run_repo {

/// The run that holds the lock of this target.
std::optional<RunId> find_holder(store::Session& session, const std::string& target_kind,
                                 const std::string& target_id);
std::optional<Run> find(store::Session& session, const RunId& id);
std::optional<Run> find_of(store::Session& session, const Occurrence& occurrence);
/// The newest that this request began (RunOrder::request), not before `since`.
std::optional<Run> find_requested(store::Session& session, const std::string& request, WallTime since);
void set_request(store::Session& session, const RunId& id, const std::string& request);
/// With its steps. The lock index refuses a second live holder (`conflict`).
void insert(store::Session& session, const Run& run);
/// State, times, message and the like of a live run, and those of its steps that are given. False, and
/// nothing changed, when it is over already or gone.
bool update(store::Session& session, const Run& run, std::span<const Step> steps);
/// False when it is over, or somebody has asked before.
bool request_cancel(store::Session& session, const RunId& id, WallTime at, const std::string& by);
/// The environment that a host belongs to; nothing when it is gone.
std::optional<EnvironmentId> place_of_host(store::Session& session, const HostId& host);
/// Those that are live.
void move_host(store::Session& session, const HostId& host, const EnvironmentId& to);
/// Those that have ended on a host that moves to another environment.
store::MovingRows moving_runs();

/// All that are not over, with their steps.
std::vector<Run> all_live(store::Session& session);
/// The newest that have ended, without steps, newest first.
std::vector<Run> newest_ended(store::Session& session, std::int64_t most);

struct Question {
  std::vector<EnvironmentId> environments;  // those that the caller may view
  std::optional<HostId> host;
  std::optional<std::string> target_kind, target_id, plan;
  std::optional<ScheduleId> schedule;
  std::vector<RunState> states;
  bool is_live_only = false;
  std::optional<WallTime> from, to;    // created between
  std::optional<std::int64_t> before;  // a place in the list
  std::size_t limit = 50;
};
struct Answer {
  std::vector<Run> runs;             // newest first, with steps
  std::optional<std::int64_t> next;  // `before` of the next answer
};
Answer list(store::Session& session, const Question& question);

/// What has been applied of the reports of an agent.
std::uint64_t reported(store::Session& session, const RunId& id);
void set_reported(store::Session& session, const RunId& id, std::uint64_t sequence);

}  // namespace fettle::runs::run_repo
