#include "fettle/runs/schedule_write.h"

#include "fettle/access/audit_repo.h"
#include "fettle/runs/ledger_repo.h"
#include "fettle/runs/occurrence_rules.h"
#include "fettle/runs/schedule_repo.h"

namespace fettle::runs {
namespace {

void put_entry(store::Session& session, const Schedule& schedule, const LedgerEntry& entry) {
  const Target& target = schedule.settings.target;
  ledger_repo::put(session, {entry, schedule.settings.name, target.environment, target.host});
}

std::string busy_with(const StartDecision& decision) {
  if (decision.holder) return "the target is busy with " + decision.holder->text();
  return "the run could not be begun" + (decision.refused.empty() ? "" : ": " + decision.refused);
}

}  // namespace

DueResult write_due_job(store::Session& session, const DueJob& job) {
  DueResult out;
  const DueDecision& decision = job.decision;
  const Schedule& before = job.before;
  if (decision.settled_until != before.settled_until &&
      !schedule_repo::settle(session, before, decision.settled_until, {})) {
    out.was_lost = true;
    out.fresh = schedule_repo::find(session, before.id);
    out.pending = schedule_repo::find_pending(session, before.id);
    return out;
  }
  if (decision.settled_until > before.settled_until)
    ledger_repo::absorb(session, before.id, before.settled_until, decision.settled_until);
  // Ends that a clock that ran ahead has written are not the last ones: what comes has earlier times.
  if (decision.is_clock_corrected)
    out.last_anew = schedule_repo::reset_last(session, before.id, decision.settled_until);
  if (decision.drops_pending) schedule_repo::remove_pending(session, before.id);
  const auto note_last = [&](const LedgerEntry& entry) {
    if (!out.last || entry.nominal >= out.last->nominal)
      out.last = LastDue{entry.nominal, entry.outcome, entry.run};
  };
  for (const LedgerEntry& entry : decision.ledger) {
    put_entry(session, before, entry);
    note_last(entry);
  }
  if (const auto* start = std::get_if<StartDue>(&decision.action); start != nullptr && job.start) {
    const StartDecision started = job.start(session);
    LedgerEntry entry{before.id, start->fire.at, start->fire.fold, job.now, start->outcome, start->reason, {},
                      1};
    if (started.run || started.is_repeated) {
      if (!started.is_repeated) out.run = started.run;
      out.is_repeated = started.is_repeated;
      entry.run = started.run ? started.run->id
                              : occurrence_run_id({before.id, WallTime(start->fire.at), start->fire.fold});
    } else {
      entry.outcome = LedgerOutcome::blocked;
      entry.reason = busy_with(started);
      PendingRun pending{before.id, start->fire.at, start->fire.fold, 0, job.now, entry.reason, job.now};
      if (!started.holder) pending = after_failure(pending, before.settings.retry, job.now, entry.reason);
      schedule_repo::put_pending(session, pending);
    }
    put_entry(session, before, entry);
    note_last(entry);
  }
  if (const auto* pend = std::get_if<PendDue>(&decision.action))
    schedule_repo::put_pending(session, pend->pending);
  if (out.last) schedule_repo::set_last(session, before.id, *out.last);
  out.pending = schedule_repo::find_pending(session, before.id);
  return out;
}

void abandon_pending(store::Session& session, events::EventLog& log, const PendingJob& job) {
  if (!schedule_repo::remove_pending(session, job.before.schedule)) return;
  LedgerEntry entry{job.before.schedule,
                    job.before.nominal,
                    job.before.fold,
                    job.now,
                    LedgerOutcome::missed,
                    "given up: " + job.reason,
                    {},
                    1};
  put_entry(session, job.schedule, entry);
  schedule_repo::set_last(session, entry.schedule, {entry.nominal, entry.outcome, {}});
  access::audit_repo::append(
      session, {job.now, job.server, "pending_run.abandoned", entry.schedule.text(),
                job.schedule.settings.name + ", due at " + format_time(entry.nominal) + ": " + job.reason});
  log.record(session, job.event);
}

PendingResult write_pending_job(store::Session& session, events::EventLog& log, const PendingJob& job) {
  PendingResult out;
  out.schedule = job.before.schedule;
  const auto now_there = schedule_repo::find_pending(session, job.before.schedule);
  // Somebody else has handed it out, or a later due time has taken its place.
  if (!now_there || now_there->nominal != job.before.nominal || now_there->fold != job.before.fold) {
    out.pending = now_there;
    return out;
  }
  if (job.step == PendingStep::abandon) {
    abandon_pending(session, log, job);
    out.last = LastDue{job.before.nominal, LedgerOutcome::missed, {}};
    out.was_abandoned = true;
    return out;
  }
  if (job.step == PendingStep::refused) {
    out.pending = after_failure(*now_there, job.schedule.settings.retry, job.now, job.reason);
    out.has_failed = true;
    schedule_repo::put_pending(session, *out.pending);
    return out;
  }
  const StartDecision started = job.start(session);
  if (!started.run && !started.is_repeated) {
    out.has_failed = !started.holder;
    out.pending = started.holder
                      ? after_busy(*now_there, job.now, busy_with(started))
                      : after_failure(*now_there, job.schedule.settings.retry, job.now, busy_with(started));
    schedule_repo::put_pending(session, *out.pending);
    return out;
  }
  const WallTime due =
      WallTime(job.before.nominal) + jitter_of(job.before.schedule, job.schedule.settings.jitter);
  LedgerEntry entry{job.before.schedule,
                    job.before.nominal,
                    job.before.fold,
                    job.now,
                    job.now < due + kInTime ? LedgerOutcome::ran : LedgerOutcome::late,
                    "it waited: " + now_there->last_error,
                    {},
                    1};
  entry.run = started.run ? started.run->id
                          : occurrence_run_id({entry.schedule, WallTime(entry.nominal), entry.fold});
  schedule_repo::remove_pending(session, entry.schedule);
  put_entry(session, job.schedule, entry);
  out.last = LastDue{entry.nominal, entry.outcome, entry.run};
  schedule_repo::set_last(session, entry.schedule, *out.last);
  out.was_started = !started.is_repeated;
  return out;
}

}  // namespace fettle::runs
