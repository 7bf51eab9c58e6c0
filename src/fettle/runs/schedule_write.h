// What is written of decided due times and pending runs, each within one transaction. Values in, values out;
// runs on the writer.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fettle/events/event_log.h"
#include "fettle/runs/due_rules.h"
#include "fettle/runs/run_service.h"
#include "fettle/store/session.h"

namespace fettle::runs {

/// One decision about one schedule.
struct DueJob {
  Schedule before;
  DueDecision decision;
  std::function<StartDecision(store::Session&)> start;  // null: no run is begun
  WallTime now;
};
struct DueResult {
  bool was_lost = false;          // somebody else settled or changed it meanwhile
  std::optional<Schedule> fresh;  // then: as it is now; none: gone
  std::optional<Run> run;
  bool is_repeated = false;
  std::optional<LastDue> last;
  std::optional<std::optional<LastDue>> last_anew;  // the clock was corrected: in place of what was there
  std::optional<PendingRun> pending;                // the one that it has now
};
DueResult write_due_job(store::Session& session, const DueJob& job);

/// One pending run that is attempted, was refused, or is abandoned.
struct PendingJob {
  PendingRun before;
  Schedule schedule;
  PendingStep step = PendingStep::abandon;
  std::function<StartDecision(store::Session&)> start;  // of an attempt
  std::string reason;                                   // of abandoning, or of a failed attempt
  events::Event event;                                  // of abandoning
  access::Actor server;
  WallTime now;
};
struct PendingResult {
  ScheduleId schedule;
  std::optional<PendingRun> pending;  // what is left of it
  std::optional<LastDue> last;
  bool was_started = false, was_abandoned = false, has_failed = false;
};
PendingResult write_pending_job(store::Session& session, events::EventLog& log, const PendingJob& job);

/// A schedule goes, or is switched off: its pending run is abandoned with it.
void abandon_pending(store::Session& session, events::EventLog& log, const PendingJob& job);

}  // namespace fettle::runs
