#include "fettle/runs/schedule_service.h"

#include <fmt/format.h>

#include <algorithm>

#include "fettle/access/audit_repo.h"
#include "fettle/base/text.h"
#include "fettle/events/condition_repo.h"
#include "fettle/runs/cron_rules.h"
#include "fettle/runs/schedule_conditions.h"
#include "fettle/runs/schedule_repo.h"
#include "fettle/runs/schedule_rules.h"

namespace fettle::runs {
namespace {

Error not_found() {
  return {ErrorCode::not_found, "not_found", "there is no such schedule", {}, 0};
}
Error changed_meanwhile() {
  return {ErrorCode::precondition_failed,
          "changed_meanwhile",
          "somebody else has changed this schedule meanwhile; look at it again",
          {},
          0};
}
/// Inside the write: whoever asked was allowed to where the target was when it was looked at.
Result<> check_place(store::Session& session, const RunService& runs, const Target& target) {
  const auto place = runs.place(session, target);
  if (!place) return fail(ErrorCode::not_found, "not_found", "the host was removed meanwhile");
  if (*place != target.environment)
    return fail(ErrorCode::conflict, "host_moved", "the host was moved to another environment meanwhile");
  return {};
}
Error name_taken(const std::string& name) {
  return {
      ErrorCode::conflict, "name_taken", "this environment has a schedule named " + name + " already", {}, 0};
}

/// What is cut off when it is stored.
WallTime whole_ms(WallTime time) {
  return wall_from_unix_ms(unix_ms(time));
}

std::string_view zone_name(const Schedule& row, const Timing& timing) {
  return timing.zone ? std::string_view(*timing.zone) : std::string_view(row.settings.time_zone);
}

}  // namespace

Error timing_error(const TimingFault& fault) {
  const std::string what = fault.field + ": " + fault.detail;
  std::string detail = what + " (column " + std::to_string(fault.column) + ")";
  if (!fault.hint.empty()) detail += "; " + fault.hint;
  Error error{
      ErrorCode::unprocessable, fault.never_fires ? "never_fires" : "bad_timing", std::move(detail), {}, 0};
  error.fields.push_back({"/body/timing", what});
  error.fields.push_back({"column", std::to_string(fault.column)});
  if (!fault.hint.empty()) error.fields.push_back({"hint", fault.hint});
  return error;
}

ScheduleService::ScheduleService(ScheduleGround ground, SchedulerSettings settings)
    : ground_(std::move(ground)), zones_(ground_.zones), scheduler_(ground_, book_, zones_, settings) {}

Task<Result<ZonePtr>> ScheduleService::zone_of(const Timing& timing, std::string time_zone) {
  const bool is_prefix = timing.zone.has_value();
  auto zone = co_await zones_.find(timing.zone.value_or(std::move(time_zone)));
  if (!zone && zone.error().code == ErrorCode::unprocessable)
    zone.error().fields.push_back({is_prefix ? "/body/timing" : "/body/time_zone", zone.error().detail});
  co_return zone;
}

/// Puts a row that is stored into the book; one that cannot be understood any more stays, and says why.
Task<void> ScheduleService::take(Schedule row) {
  const auto timing = parse_timing(row.settings.timing, schedule_seed(row.id));
  if (!timing) {
    book_.put(std::move(row), {}, nullptr, timing_error(timing.error()).detail);
    co_return;
  }
  auto zone = co_await zone_of(*timing, row.settings.time_zone);
  if (zone) {
    book_.put(std::move(row), *timing, std::move(*zone));
  } else {
    ground_.log.warn("a schedule cannot run", {{"schedule", row.id}, {"error", zone.error()}});
    book_.put(std::move(row), *timing, nullptr, zone.error().detail);
  }
}

Task<Result<>> ScheduleService::load() {
  auto rows =
      co_await ground_.store.read([](store::Session& session) { return schedule_repo::all(session); });
  if (!rows) co_return std::unexpected(std::move(rows).error());
  std::size_t taken = 0;
  for (Schedule& row : *rows) {
    if (++taken % kSchedulesPerTurn == 0) co_await ground_.clock.sleep_for(kTurnPause);
    const ScheduleId id = row.id;
    co_await take(std::move(row));
    LiveSchedule& live = *book_.find(id);
    const auto& last = live.row.last;
    if (last && last->outcome == LedgerOutcome::blocked && last->nominal > live.row.settled_until) {
      live.blocked = last->nominal;
      book_.settle(live);
    }
  }
  auto pending = co_await ground_.store.read(
      [](store::Session& session) { return schedule_repo::all_pending(session); });
  if (!pending) co_return std::unexpected(std::move(pending).error());
  for (PendingRun& one : *pending) {
    if (++taken % kSchedulesPerTurn == 0) co_await ground_.clock.sleep_for(kTurnPause);
    LiveSchedule* live = book_.find(one.schedule);
    if (live == nullptr) continue;
    live->pending = std::move(one);
    book_.settle(*live);
  }
  co_return Result<>{};
}

Task<Result<Timing>> ScheduleService::check(const ScheduleSettings& settings, std::uint64_t seed) {
  if (auto checked = check_settings(settings); !checked)
    co_return std::unexpected(std::move(checked).error());
  const auto timing = parse_timing(settings.timing, seed);
  if (!timing) co_return std::unexpected(timing_error(timing.error()));
  FETTLE_CO_TRY(const ZonePtr zone, co_await zone_of(*timing, settings.time_zone));
  const Plan* plan = ground_.runs.find_plan(settings.plan);
  if (plan == nullptr) co_return fail_field("/body/plan", "must be one of GET /api/v1/plans");
  if (plan->target_kind != settings.target.kind)
    co_return fail_field("/body/target_kind", "must be " + plan->target_kind + " for this plan");
  if (plan->check_parameters) {
    if (auto checked = plan->check_parameters(settings.parameters); !checked)
      co_return std::unexpected(std::move(checked).error());
  }
  co_return *timing;
}

Result<> ScheduleService::check_offer(const ScheduleSettings& settings) const {
  const Plan* plan = ground_.runs.find_plan(settings.plan);
  if (plan == nullptr || !plan->check_offer) return {};
  return plan->check_offer(settings.target, settings.parameters);
}

Task<Result<ScheduleId>> ScheduleService::add(access::Actor actor, ScheduleSettings settings,
                                              std::optional<ScheduleId> id) {
  if (book_.size() >= kMostSchedules)
    co_return fail(ErrorCode::conflict, "too_many", "there are 20,000 schedules already; remove some first");
  const WallTime now = whole_ms(ground_.clock.wall_now());
  Schedule row;
  if (id && !is_fresh_id(*id, now))
    co_return fail_field("/body/id", "must be the schedule_id of a preview, at most a day old");
  row.id = id ? *id : ground_.random.make_id<ScheduleId>(now);
  row.settings = std::move(settings);
  row.created_at = row.changed_at = now;
  row.settled_until = std::chrono::floor<Seconds>(now);
  FETTLE_CO_TRY(const Timing timing, co_await check(row.settings, schedule_seed(row.id)));
  if (auto offered = check_offer(row.settings); !offered)
    co_return std::unexpected(std::move(offered).error());
  const ZonePtr zone = zones_.known(std::string(zone_name(row, timing)));
  const events::Event event = schedule_event(
      ground_.random.make_id<EventId>(now), now, "schedule.created", row,
      actor.name + " made the schedule " + row.settings.name + ": " + row.settings.plan + " on " +
          row.settings.target.name + " " + timing_sentence(timing, row.settings.time_zone));
  auto* self = this;
  auto written = co_await ground_.store.write(
      [self, actor, row, timing, zone, event](store::Session& session) -> Result<> {
        if (schedule_repo::is_used_id(session, row.id))
          return fail(ErrorCode::conflict, "id_taken", "there is, or was, a schedule of this id");
        if (auto there = check_place(session, self->ground_.runs, row.settings.target); !there) return there;
        if (!schedule_repo::insert(session, row)) return std::unexpected(name_taken(row.settings.name));
        access::audit_repo::append(session,
                                   {row.created_at, actor, "schedule.create", row.id.text(), event.message});
        self->ground_.events.record(session, event);
        session.after_commit([self, row, timing, zone] { self->book_.put(row, timing, zone); });
        return {};
      });
  if (!written) co_return std::unexpected(std::move(written).error());
  co_return row.id;
}

Task<Result<>> ScheduleService::change(access::Actor actor, ScheduleId id, ScheduleSettings settings,
                                       std::optional<std::int64_t> revision) {
  const LiveSchedule* known = book_.find(id);
  if (known == nullptr) co_return std::unexpected(not_found());
  if (revision && *revision != known->row.revision) co_return std::unexpected(changed_meanwhile());
  const std::int64_t before = known->row.revision;
  Schedule row = known->row;
  settings.plan = row.settings.plan;
  settings.target = row.settings.target;
  if (settings == row.settings) co_return Result<>{};
  const bool is_other_time =
      settings.timing != row.settings.timing || settings.time_zone != row.settings.time_zone ||
      settings.jitter != row.settings.jitter || (settings.is_enabled && !row.settings.is_enabled);
  const bool is_other_work = settings.parameters != row.settings.parameters;
  const bool is_same_timing =
      settings.timing == row.settings.timing && settings.time_zone == row.settings.time_zone;
  row.settings = std::move(settings);
  Timing timing = known->timing;
  ZonePtr zone = known->zone;
  std::string fault = known->fault;
  if (!is_other_work && is_same_timing && (!row.settings.is_enabled || !is_other_time)) {
    // What is as it was is not asked again: one whose zone, plan or command is gone can be renamed and
    // switched off.
    if (auto checked = check_settings(row.settings); !checked) co_return checked;
  } else {
    FETTLE_CO_TRY(timing, co_await check(row.settings, schedule_seed(id)));
    if (is_other_work) {
      if (auto offered = check_offer(row.settings); !offered)
        co_return std::unexpected(std::move(offered).error());
    }
    zone = zones_.known(std::string(zone_name(row, timing)));
    fault.clear();
    known = book_.find(id);
    if (known == nullptr) co_return std::unexpected(not_found());
  }
  const WallTime now = whole_ms(ground_.clock.wall_now());
  row.changed_at = now;
  row.revision = before + 1;
  // Another time counts from now on: what it would have meant before is not due.
  std::optional<Instant> from;
  if (is_other_time) from = std::chrono::floor<Seconds>(now);
  std::optional<PendingJob> abandoned;
  if (!row.settings.is_enabled && known->pending)
    abandoned = abandoning(*known, "its schedule was switched off");
  const events::Event event =
      schedule_event(ground_.random.make_id<EventId>(now), now, "schedule.changed", row,
                     actor.name + " changed the schedule " + row.settings.name + ": " +
                         (!row.settings.is_enabled ? "switched off"
                          : fault.empty()          ? timing_sentence(timing, row.settings.time_zone)
                                                   : row.settings.timing));
  auto* self = this;
  co_return co_await ground_.store.write([self, actor, row, before, timing, zone, fault, event, from,
                                          abandoned, now](store::Session& session) -> Result<> {
    switch (schedule_repo::change(session, row, before, from)) {
      case schedule_repo::Changed::done:
        break;
      case schedule_repo::Changed::changed_meanwhile:
        return std::unexpected(changed_meanwhile());
      case schedule_repo::Changed::name_taken:
        return std::unexpected(name_taken(row.settings.name));
    }
    access::audit_repo::append(session, {now, actor, "schedule.change", row.id.text(), event.message});
    self->ground_.events.record(session, event);
    if (abandoned) abandon_pending(session, self->ground_.events, *abandoned);
    const auto stored = schedule_repo::find(session, row.id);
    const bool is_abandoned = abandoned.has_value();
    session.after_commit([self, row = stored.value_or(row), timing, zone, fault, is_abandoned] {
      LiveSchedule& live = self->book_.put(row, timing, zone, fault);
      live.blocked.reset();
      if (is_abandoned) live.pending.reset();
      self->book_.settle(live);
      if (!row.settings.is_enabled) self->ground_.conditions.close_condition(overdue_key(row.id), "setting");
    });
    return {};
  });
}

PendingJob ScheduleService::abandoning(const LiveSchedule& live, const std::string& reason) {
  const WallTime now = ground_.clock.wall_now();
  return {
      .before = *live.pending,
      .schedule = live.row,
      .step = PendingStep::abandon,
      .start = nullptr,
      .reason = reason,
      .event = abandoned_event(ground_.random.make_id<EventId>(now), now, live.row, *live.pending, reason),
      .server = {"server", ground_.server_id, "server", {}},
      .now = now};
}

Task<Result<>> ScheduleService::remove(access::Actor actor, ScheduleId id,
                                       std::optional<std::int64_t> revision) {
  const LiveSchedule* known = book_.find(id);
  if (known == nullptr) co_return std::unexpected(not_found());
  if (revision && *revision != known->row.revision) co_return std::unexpected(changed_meanwhile());
  const WallTime now = ground_.clock.wall_now();
  const Schedule row = known->row;
  std::optional<PendingJob> abandoned;
  if (known->pending) abandoned = abandoning(*known, "its schedule was removed");
  const events::Event event = schedule_event(ground_.random.make_id<EventId>(now), now, "schedule.removed",
                                             row, actor.name + " removed the schedule " + row.settings.name);
  auto* self = this;
  co_return co_await ground_.store.write(
      [self, actor, row, event, abandoned, now](store::Session& session) -> Result<> {
        if (abandoned) abandon_pending(session, self->ground_.events, *abandoned);
        if (!schedule_repo::remove(session, row.id)) return std::unexpected(not_found());
        access::audit_repo::append(session, {now, actor, "schedule.remove", row.id.text(), event.message});
        self->ground_.events.record(session, event);
        session.after_commit([self, id = row.id] {
          self->book_.erase(id);
          self->ground_.conditions.close_source(id.text(), "removed");
        });
        return {};
      });
}

void ScheduleService::forget(store::Session& session, const std::vector<ScheduleId>& ids) {
  for (const ScheduleId& id : ids) {
    schedule_repo::remove_pending(session, id);
    schedule_repo::remove(session, id);
  }
  if (ids.empty()) return;
  session.after_commit([this, ids] {
    for (const ScheduleId& id : ids) {
      book_.erase(id);
      ground_.conditions.close_source(id.text(), "removed");
    }
  });
}

void ScheduleService::forget_host(store::Session& session, const HostId& host) {
  forget(session, schedule_repo::of_host(session, host));
}

bool ScheduleService::forget_environment(store::Session& session, const EnvironmentId& environment) {
  constexpr std::int64_t kAtOnce = 100;
  const auto ids = schedule_repo::of_environment(session, environment, kAtOnce);
  forget(session, ids);
  if (std::ssize(ids) == kAtOnce) return false;
  return ledger_repo::forget_environment(session, ground_.clock, environment);
}

std::vector<ScheduleId> ScheduleService::move_host(store::Session& session, const HostId& host,
                                                   const EnvironmentId& to) {
  schedule_repo::move_host(session, host, to);
  std::vector<Schedule> rows;
  auto ids = schedule_repo::of_host(session, host);
  for (const ScheduleId& id : ids) {
    events::condition_repo::move_source(session, id.text(), to);
    if (auto row = schedule_repo::find(session, id)) rows.push_back(std::move(*row));
  }
  session.after_commit([this, rows = std::move(rows), to]() mutable { moved(std::move(rows), to); });
  return ids;
}

void ScheduleService::moved(std::vector<Schedule> rows, const EnvironmentId& to) {
  for (Schedule& row : rows) {
    const LiveSchedule* live = book_.find(row.id);
    if (live == nullptr) continue;
    ground_.conditions.move_source(row.id.text(), to);  // tells; what is stored has moved already
    Timing timing = live->timing;
    ZonePtr zone = live->zone;
    std::string fault = live->fault;
    book_.put(std::move(row), std::move(timing), std::move(zone), std::move(fault));
  }
}

Task<Result<Run>> ScheduleService::run_now(access::Actor actor, ScheduleId id,
                                           std::optional<std::string> request) {
  const LiveSchedule* known = book_.find(id);
  if (known == nullptr) co_return std::unexpected(not_found());
  const ScheduleSettings settings = known->row.settings;
  const auto target = ground_.runs.find_target(settings.target.kind, settings.target.id);
  if (!target) co_return fail(ErrorCode::not_found, "not_found", "the target of this schedule is gone");
  RunOrder order;
  order.plan = settings.plan;
  order.target = *target;
  order.actor = std::move(actor);
  order.parameters = settings.parameters;
  order.request = std::move(request);
  co_return co_await ground_.runs.start(std::move(order));
}

Task<Result<TimingPreview>> ScheduleService::preview(std::string timing_text, std::string time_zone,
                                                     Millis jitter, std::size_t count,
                                                     std::optional<ScheduleId> id) {
  const ScheduleId of = id ? *id : ground_.random.make_id<ScheduleId>(ground_.clock.wall_now());
  const auto timing = parse_timing(timing_text, schedule_seed(of));
  if (!timing) co_return std::unexpected(timing_error(timing.error()));
  FETTLE_CO_TRY(const ZonePtr zone, co_await zone_of(*timing, time_zone));
  TimingPreview out;
  out.schedule = of;
  const auto* fields = std::get_if<CronFields>(&timing->when);
  out.is_chosen = (fields != nullptr && fields->has_hash) || jitter > Millis(0);
  out.zone = zone->name();
  out.sentence = timing_sentence(*timing, time_zone);
  const Seconds moved = jitter_of(of, jitter);
  Instant after = std::chrono::floor<Seconds>(ground_.clock.wall_now());
  while (out.times.size() < count) {
    const auto fire = next_fire(*timing, *zone, after);
    if (!fire) break;
    out.times.push_back({WallTime(fire->at) + moved, local_text(*zone, fire->at + moved), fire->note});
    after = fire->at;
  }
  co_return out;
}

Task<Millis> ScheduleService::usual_catch_up_of(ScheduleSettings settings) {
  const auto timing = parse_timing(settings.timing, 0);
  if (!timing) co_return settings.catch_up;
  const auto zone = co_await zone_of(*timing, settings.time_zone);
  if (!zone) co_return settings.catch_up;
  co_return usual_catch_up(*timing, **zone, std::chrono::floor<Seconds>(ground_.clock.wall_now()));
}

Task<Result<ledger_repo::Answer>> ScheduleService::ledger(ledger_repo::Filter filter) {
  co_return co_await ground_.store.read(
      [filter](store::Session& session) { return ledger_repo::list(session, filter); });
}

std::string ScheduleService::sentence(const LiveSchedule& live) const {
  if (!live.fault.empty()) return live.fault;
  return timing_sentence(live.timing, live.row.settings.time_zone);
}

}  // namespace fettle::runs
