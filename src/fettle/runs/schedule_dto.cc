#include "fettle/runs/schedule_dto.h"

#include <limits>

namespace fettle::runs {
namespace {

std::string_view note_name(FireNote note) {
  switch (note) {
    case FireNote::none:
      return "";
    case FireNote::gap:
      return "gap";
    case FireNote::repeated:
      return "repeated";
  }
  return "";
}

Result<std::uint32_t> small_number(std::string_view field, std::int64_t value) {
  if (value >= 0 && value <= std::numeric_limits<std::int32_t>::max())
    return static_cast<std::uint32_t>(value);
  return fail_field("/body/" + std::string(field), "must be from 1 to 1000");
}

/// The due time that waits.
std::optional<Instant> waiting_time(const LiveSchedule& live) {
  return live.pending ? std::optional(live.pending->nominal) : live.blocked;
}

/// When something is due that does not wait already.
std::optional<WallTime> next_at(const LiveSchedule& live, WallTime now) {
  if (!live.next) return std::nullopt;
  if (!live.blocked) return live.next->at;
  const Seconds jitter = jitter_of(live.row.id, live.row.settings.jitter);
  const Instant until = std::max(*live.blocked, std::chrono::floor<Seconds>(now) - jitter);
  const auto fire = next_fire(live.timing, *live.zone, until);
  return fire ? std::optional(WallTime(fire->at) + jitter) : std::nullopt;
}

}  // namespace

ScheduleDto schedule_dto(const LiveSchedule& live, std::string sentence, WallTime now) {
  const ScheduleSettings& settings = live.row.settings;
  ScheduleDto out;
  out.id = live.row.id;
  out.environment_id = settings.target.environment;
  out.name = settings.name;
  out.plan = settings.plan;
  out.target = {settings.target.kind, settings.target.id, settings.target.name};
  out.host_id = settings.target.host;
  out.parameters.text = settings.parameters;
  out.timing = settings.timing;
  out.time_zone = settings.time_zone;
  out.jitter_ms = settings.jitter.count();
  out.misfire = settings.misfire;
  out.misfire_limit = settings.misfire_limit;
  out.catch_up_ms = settings.catch_up.count();
  out.overlap = settings.overlap;
  out.is_enabled = settings.is_enabled;
  out.retry = {settings.retry.backoff.count(), settings.retry.attempts};
  out.next_at = next_at(live, now);
  if (live.row.last)
    out.last = LastDueDto{WallTime(live.row.last->nominal), live.row.last->outcome, live.row.last->run};
  if (const auto waiting = waiting_time(live)) {
    out.waiting = live.pending ? live.pending->last_error : live.why_blocked;
    out.waiting_since = WallTime(*waiting) + jitter_of(live.row.id, settings.jitter);
  }
  if (!live.fault.empty()) out.fault = live.fault;
  out.sentence = std::move(sentence);
  out.created_at = live.row.created_at;
  out.changed_at = live.row.changed_at;
  return out;
}

LedgerRowDto ledger_dto(const ledger_repo::Row& row, const LiveSchedule* live) {
  const LedgerEntry& entry = row.entry;
  const bool is_waiting = entry.outcome == LedgerOutcome::blocked && live != nullptr &&
                          waiting_time(*live) == std::optional(entry.nominal);
  return {entry.schedule,   row.schedule_name, row.host,     WallTime(entry.nominal),
          entry.decided_at, entry.outcome,     entry.reason, entry.run,
          entry.count,      is_waiting};
}

PendingRunDto pending_dto(const LiveSchedule& live) {
  const PendingRun& pending = *live.pending;
  const ScheduleSettings& settings = live.row.settings;
  return {pending.schedule,          settings.name,   settings.target.host,    settings.plan,
          WallTime(pending.nominal), pending.attempt, pending.next_attempt_at, pending.last_error};
}

PreviewDto preview_dto(const TimingPreview& preview) {
  PreviewDto out{preview.sentence, preview.zone, {}, preview.schedule, preview.is_chosen};
  for (const TimingPreview::Time& time : preview.times)
    out.times.push_back({time.at, time.local, std::string(note_name(time.note))});
  return out;
}

Result<> take_edit(ScheduleSettings& into, ScheduleEditDto edit) {
  if (edit.name) into.name = std::move(*edit.name);
  if (edit.parameters) into.parameters = std::move(edit.parameters->text);
  if (edit.timing) into.timing = std::move(*edit.timing);
  if (edit.time_zone) into.time_zone = std::move(*edit.time_zone);
  if (edit.jitter_ms) into.jitter = Millis(*edit.jitter_ms);
  if (edit.misfire) into.misfire = *edit.misfire;
  if (edit.misfire_limit) {
    FETTLE_TRY(into.misfire_limit, small_number("misfire_limit", *edit.misfire_limit));
  }
  if (edit.catch_up_ms) into.catch_up = Millis(*edit.catch_up_ms);
  if (edit.overlap) into.overlap = *edit.overlap;
  if (edit.is_enabled) into.is_enabled = *edit.is_enabled;
  if (edit.retry) {
    into.retry.backoff = Millis(edit.retry->backoff_ms);
    FETTLE_TRY(into.retry.attempts, small_number("retry/attempts", edit.retry->attempts));
  }
  return {};
}

}  // namespace fettle::runs
