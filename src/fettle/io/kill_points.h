// Named moments between two promises (a row and its commit, an order and its answer), at which a test has the
// process killed: docs/decisions/0017. What is tested is what ships, so the points are in it; one that nobody
// named costs a load and a branch. Any thread, and after a fork.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "fettle/base/result.h"

namespace fettle::io {

/// In the order of a run's life. Their names for the environment stand in kill_points.cc.
enum class KillPoint : std::uint8_t {
  none,
  // the server: due, row, order
  due_decided,      // nothing of it is written
  pending_decided,  // what waited is to be handed over
  run_written,      // run and occurrence, in a transaction that is open
  run_committed,    // nobody was told yet
  order_sent,
  // the server: acknowledgement, step, result of a run of a host
  taken_arrived,
  taken_written,
  taken_committed,
  step_arrived,
  step_written,
  step_committed,
  result_arrived,
  result_written,
  result_committed,
  result_acknowledged,
  // the server: a run that its host began by itself
  opened_written,
  opened_committed,
  // the server: a run of its own
  own_step_begun,
  own_step_ended,
  own_end_written,
  own_end_committed,
  // the agent: order and acknowledgement
  order_received,
  order_kept,
  order_answered,
  // the agent: step and result
  program_starting,
  program_started,
  program_ended,
  step_kept,
  result_kept,
  result_sending,
  result_known,
  result_remembered,
  // the agent: what fettle exec left
  spooled_kept,
  spooled_going,
  // fettle exec, and its writer
  exec_started,
  exec_told,
  exec_ended,
  exec_finished,
  spool_hidden,
  spool_shown,
  spool_written,
};

/// "POINT[:COUNT[:MICROSECONDS[:FILE]]]": the process dies when it reaches POINT for the COUNTth time (the
/// first, unless given), so much later, and leaves the name in FILE before. Once, before there is a second
/// thread. Errors: `invalid_input` names what is allowed.
Result<> arm_kill_point(std::string_view text);

struct NamedKillPoint {
  KillPoint point;
  std::string_view name;
};
std::span<const NamedKillPoint> all_kill_points();

namespace kill_points {
/// Of the process, as its death is: whoever holds a reference to something must not need one for this. Set
/// once, in main.
inline constinit KillPoint armed = KillPoint::none;  // NOLINT
void reached();
}  // namespace kill_points

inline void reach(KillPoint point) {
  if (point == kill_points::armed) [[unlikely]]
    kill_points::reached();
}

}  // namespace fettle::io
