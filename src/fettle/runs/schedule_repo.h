// SQL of the tables `schedule` and `pending_run`.
#pragma once
#include <optional>
#include <vector>

#include "fettle/runs/schedule.h"
#include "fettle/store/session.h"

namespace fettle::runs::schedule_repo {

/// Rows that this version cannot read are left out and left alone.
std::vector<Schedule> all(store::Session& session);
std::optional<Schedule> find(store::Session& session, const ScheduleId& id);
/// False when its environment has one of this name.
bool insert(store::Session& session, const Schedule& schedule);
enum class Changed : std::uint8_t { done, changed_meanwhile, name_taken };
/// Its settings, if its revision is still `revision`; and from when on it counts, if that is given.
Changed change(store::Session& session, const Schedule& schedule, std::int64_t revision,
               std::optional<Instant> settled_until);
bool remove(store::Session& session, const ScheduleId& id);
/// A schedule has it, or had it and left entries in the ledger.
bool is_used_id(store::Session& session, const ScheduleId& id);
std::vector<ScheduleId> of_host(store::Session& session, const HostId& host);
std::vector<ScheduleId> of_environment(store::Session& session, const EnvironmentId& environment,
                                       std::int64_t most);
void move_host(store::Session& session, const HostId& host, const EnvironmentId& environment);

/// Writes down how far due times are settled, if nobody else has done so since `before` was read: the one
/// step that decides which of two servers acts.
bool settle(store::Session& session, const Schedule& before, Instant settled_until,
            const std::optional<LastDue>& last);
/// The end of a due time that was settled before. Later ones stay.
void set_last(store::Session& session, const ScheduleId& id, const LastDue& last);

/// After the clock was put back to `until`: the last end is the newest of the ledger up to there, which is
/// given back.
std::optional<LastDue> reset_last(store::Session& session, const ScheduleId& id, Instant until);

std::vector<PendingRun> all_pending(store::Session& session);
std::optional<PendingRun> find_pending(store::Session& session, const ScheduleId& schedule);
/// In place of the one that is there.
void put_pending(store::Session& session, const PendingRun& pending);
bool remove_pending(store::Session& session, const ScheduleId& schedule);

}  // namespace fettle::runs::schedule_repo
