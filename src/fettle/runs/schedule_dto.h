// What the routes of schedules take and give. Plain described structs.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/json.h"
#include "fettle/runs/run_dto.h"
#include "fettle/runs/schedule_service.h"

namespace fettle::runs {

BOOST_DESCRIBE_ENUM(Misfire, skip, run_once, run_all)
BOOST_DESCRIBE_ENUM(Overlap, skip, queue_one, cancel_running)
BOOST_DESCRIBE_ENUM(LedgerOutcome, ran, late, skipped, blocked, missed, superseded)

struct RetryDto {
  std::int64_t backoff_ms = 60'000;
  std::int64_t attempts = 20;
};
BOOST_DESCRIBE_STRUCT(RetryDto, (), (backoff_ms, attempts))

struct LastDueDto {
  WallTime nominal_at;
  LedgerOutcome outcome = LedgerOutcome::ran;
  std::optional<RunId> run_id;
};
BOOST_DESCRIBE_STRUCT(LastDueDto, (), (nominal_at, outcome, run_id))

struct ScheduleDto {
  ScheduleId id;
  EnvironmentId environment_id;
  std::string name, plan;
  RunTargetDto target;
  std::optional<HostId> host_id;
  JsonText parameters;
  std::string timing, time_zone;
  std::int64_t jitter_ms = 0;
  Misfire misfire = Misfire::run_once;
  std::int64_t misfire_limit = 0, catch_up_ms = 0;
  Overlap overlap = Overlap::skip;
  bool is_enabled = true;
  RetryDto retry;
  std::optional<WallTime> next_at;        // jitter and all; of what waits it is the one after
  std::optional<LastDueDto> last;         // the newest due time that has an end, or waits
  std::optional<std::string> waiting;     // why a due time waits
  std::optional<WallTime> waiting_since;  // when it was due
  std::optional<std::string> fault;       // why it is not due: its zone is missing
  std::string sentence;
  WallTime created_at, changed_at;
};
BOOST_DESCRIBE_STRUCT(ScheduleDto, (),
                      (id, environment_id, name, plan, target, host_id, parameters, timing, time_zone,
                       jitter_ms, misfire, misfire_limit, catch_up_ms, overlap, is_enabled, retry, next_at,
                       last, waiting, waiting_since, fault, sentence, created_at, changed_at))

struct NewScheduleDto {
  std::string name, plan, target_kind, target_id;
  std::optional<JsonText> parameters;
  std::string timing;
  std::optional<std::string> time_zone;
  std::optional<std::int64_t> jitter_ms;
  std::optional<Misfire> misfire;
  std::optional<std::int64_t> misfire_limit, catch_up_ms;
  std::optional<Overlap> overlap;
  std::optional<bool> is_enabled;
  std::optional<RetryDto> retry;
  std::optional<ScheduleId> id;  // schedule_id of a preview: it gets the times that were shown
};
BOOST_DESCRIBE_STRUCT(NewScheduleDto, (),
                      (name, plan, target_kind, target_id, parameters, timing, time_zone, jitter_ms, misfire,
                       misfire_limit, catch_up_ms, overlap, is_enabled, retry, id))

struct ScheduleEditDto {
  std::optional<std::string> name;
  std::optional<JsonText> parameters;
  std::optional<std::string> timing, time_zone;
  std::optional<std::int64_t> jitter_ms;
  std::optional<Misfire> misfire;
  std::optional<std::int64_t> misfire_limit, catch_up_ms;
  std::optional<Overlap> overlap;
  std::optional<bool> is_enabled;
  std::optional<RetryDto> retry;
};
BOOST_DESCRIBE_STRUCT(ScheduleEditDto, (),
                      (name, parameters, timing, time_zone, jitter_ms, misfire, misfire_limit, catch_up_ms,
                       overlap, is_enabled, retry))

struct PreviewAskedDto {
  std::string timing;
  std::optional<std::string> time_zone;
  std::optional<std::int64_t> jitter_ms, count;
  std::optional<ScheduleId> schedule_id;  // that is edited, or of the preview before: for H, ~ and jitter
};
BOOST_DESCRIBE_STRUCT(PreviewAskedDto, (), (timing, time_zone, jitter_ms, count, schedule_id))

struct PreviewTimeDto {
  WallTime at;
  std::string local;
  std::string note;  // "", "gap", "repeated"
};
BOOST_DESCRIBE_STRUCT(PreviewTimeDto, (), (at, local, note))

struct PreviewDto {
  std::string sentence, time_zone;
  std::vector<PreviewTimeDto> times;
  ScheduleId schedule_id;  // whose times these are; a new schedule may be made with it
  bool is_chosen = false;  // H, ~ or jitter: another schedule has other times
};
BOOST_DESCRIBE_STRUCT(PreviewDto, (), (sentence, time_zone, times, schedule_id, is_chosen))

struct LedgerRowDto {
  ScheduleId schedule_id;
  std::string schedule_name;
  std::optional<HostId> host_id;
  WallTime nominal_at, decided_at;
  LedgerOutcome outcome = LedgerOutcome::ran;
  std::string reason;
  std::optional<RunId> run_id;
  std::int64_t count = 1;
  bool is_waiting = false;  // blocked, and to be decided anew
};
BOOST_DESCRIBE_STRUCT(LedgerRowDto, (),
                      (schedule_id, schedule_name, host_id, nominal_at, decided_at, outcome, reason, run_id,
                       count, is_waiting))

struct PendingRunDto {
  ScheduleId schedule_id;
  std::string schedule_name;
  std::optional<HostId> host_id;
  std::string plan;
  WallTime nominal_at;
  std::int64_t attempt = 0;
  WallTime next_attempt_at;
  std::string last_error;
};
BOOST_DESCRIBE_STRUCT(PendingRunDto, (),
                      (schedule_id, schedule_name, host_id, plan, nominal_at, attempt, next_attempt_at,
                       last_error))

struct SchedulesQuery {
  std::optional<std::string> environment;
  std::optional<HostId> host_id;
  std::optional<std::string> plan, target_kind, target_id;
  std::optional<std::int64_t> limit;
  std::optional<std::string> cursor;
};
BOOST_DESCRIBE_STRUCT(SchedulesQuery, (), (environment, host_id, plan, target_kind, target_id, limit, cursor))

struct LedgerQuery {
  std::optional<std::string> environment;
  std::optional<ScheduleId> schedule_id;
  std::optional<HostId> host_id;
  std::optional<std::string> outcome;  // with commas
  std::optional<WallTime> from, to;
  std::optional<std::int64_t> limit;
  std::optional<std::string> cursor;
};
BOOST_DESCRIBE_STRUCT(LedgerQuery, (), (environment, schedule_id, host_id, outcome, from, to, limit, cursor))

struct PendingRunsQuery {
  std::optional<std::string> environment;
  std::optional<HostId> host_id;
  std::optional<std::int64_t> limit;
  std::optional<std::string> cursor;
};
BOOST_DESCRIBE_STRUCT(PendingRunsQuery, (), (environment, host_id, limit, cursor))

ScheduleDto schedule_dto(const LiveSchedule& live, std::string sentence, WallTime now);
/// `live`: its schedule; null when that is gone.
LedgerRowDto ledger_dto(const ledger_repo::Row& row, const LiveSchedule* live);
PendingRunDto pending_dto(const LiveSchedule& live);
PreviewDto preview_dto(const TimingPreview& preview);

/// Puts what was sent into settings; what was not sent stays. Errors: a number that no setting can hold.
Result<> take_edit(ScheduleSettings& into, ScheduleEditDto edit);

}  // namespace fettle::runs
