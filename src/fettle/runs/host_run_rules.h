// What an agent's words make of a run: pure. The caller owns store, wire and clock.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "fettle/fleet/host.h"
#include "fettle/runs/run.h"
#include "fettle/runs/run_log.h"
#include "fettle/wire/run_messages.h"

namespace fettle::runs {

/// A run as it becomes, with what has to be stored of it.
struct HostRunChange {
  Run run;
  std::vector<std::uint32_t> steps;  // indices of those that changed
  std::vector<LogLine> lines;
  std::uint64_t reported = 0;  // highest report in it; 0: none
  bool is_changed = false;
};

/// The agent has the order on disk, or refuses it. A word on another epoch, or on a run that is over, says
/// nothing.
void apply_taken(HostRunChange& change, const wire::RunTaken& taken, WallTime now);
/// The next report of this epoch.
void apply_report(HostRunChange& change, const wire::RunReport& report, WallTime now);
/// It ends without a word of its agent: given up, lost, removed. Reports of the epoch that was are worthless
/// then.
struct HostRunEnd {
  RunState state = RunState::interrupted;
  std::string why;
};
void apply_end(HostRunChange& change, const HostRunEnd& end, WallTime now);

/// What to do about a report that came.
enum class ReportFate : std::uint8_t {
  apply,
  acknowledge,  // it is stored, or not wanted: of an older epoch, or of a run that is over
  pass_over,    // a gap: the agent sends it again after those that are missing
};
ReportFate decide_report(const Run& run, std::uint64_t received, const wire::RunReport& report);

/// What becomes of a live run whose host came back and said which runs it has.
enum class HeldFate : std::uint8_t {
  goes_on,
  order_again,  // never taken, as far as anybody knows
  cancel,       // there, and somebody wants it to end
  cancelled,    // not there, never taken, and nobody wants it any more
  lost,         // it had it and does not know it any more
};
/// Its agent says that it has it, in this epoch.
bool names(const wire::RunsHeld& held, const Run& run);
HeldFate decide_held(const Run& run, const wire::RunsHeld& held);

/// A run that a host began by itself (fettle exec): of the target "command", without a lock.
Run make_opened(const wire::RunOpened& opened, const RunId& id, const fleet::Host& host, WallTime now);

/// What is said of a run that ends because somebody wanted it to.
std::string cancelled_text(const Run& run);

/// The order as the agent gets it.
wire::RunOrder make_order(const Run& run, Seconds deadline);

}  // namespace fettle::runs
