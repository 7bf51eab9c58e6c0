#include "fettle/runs/run_history_repo.h"

#include <algorithm>

#include "fettle/runs/run.h"

namespace fettle::runs::run_history_repo {
namespace {

// All but the times of runs is read from the index run_by_target alone.
#define FETTLE_ENDED_RUNS " FROM run WHERE target_kind = ?1 AND target_id = ?2 AND is_live = 0"
constexpr std::string_view kNextTarget =
    "SELECT target_kind, target_id FROM run WHERE (target_kind, target_id) > (?1, ?2)"
    " ORDER BY target_kind, target_id LIMIT 1";
constexpr std::string_view kNewest =
    "SELECT max(sequence) FROM run WHERE target_kind = ?1 AND target_id = ?2";
constexpr std::string_view kCountUpTo = "SELECT count(*)" FETTLE_ENDED_RUNS " AND sequence <= ?3";
constexpr std::string_view kBeyondNewest =
    "SELECT sequence" FETTLE_ENDED_RUNS " ORDER BY sequence DESC LIMIT 1 OFFSET ?3";
constexpr std::string_view kFirstYoung =
    "SELECT sequence" FETTLE_ENDED_RUNS " AND sequence > ?3 AND ended_at >= ?4 ORDER BY sequence LIMIT 1";
constexpr std::string_view kLastBefore =
    "SELECT sequence" FETTLE_ENDED_RUNS " AND sequence < ?3 ORDER BY sequence DESC LIMIT 1";
constexpr std::string_view kFirstAfter =
    "SELECT created_at" FETTLE_ENDED_RUNS " AND sequence > ?3 ORDER BY sequence LIMIT 1";
constexpr std::string_view kFirstGoing =
    "SELECT sequence, id" FETTLE_ENDED_RUNS " AND sequence <= ?3 ORDER BY sequence LIMIT 1";
#undef FETTLE_ENDED_RUNS
constexpr std::string_view kRemoveRun = "DELETE FROM run WHERE sequence = ?1";
constexpr std::string_view kRemoveLog =
    "DELETE FROM run_log WHERE run_id = ?1 AND first IN (SELECT first FROM run_log WHERE run_id = ?1 LIMIT "
    "?2)";

/// One look at targets: far below the time of a read, so that it ends on a slow disk too.
constexpr Millis kLongestLook{100};
constexpr std::size_t kMostTargets = 1000;

std::int64_t first_integer(const store::Row& row) {
  return row.integer(0);
}

struct FirstRun {
  std::int64_t sequence = 0;
  std::string id;
};

FirstRun first_run(const store::Row& row) {
  return {row.integer(0), row.text(1)};
}

/// Up to where they go.
std::int64_t decide_up_to(store::Session& session, const TargetKey& target, const Limits& limits) {
  std::int64_t up_to = 0;
  if (limits.per_target > 0) {
    up_to = session.query_one(kBeyondNewest, {target.kind, target.id, limits.per_target}, first_integer)
                .value_or(0);
  }
  if (!limits.commands_before || target.kind != kCommandTarget) return up_to;
  // From the oldest on, as long as they are too old: the clock of a host may have been wrong in between.
  const std::int64_t young =
      session
          .query_one(kFirstYoung, {target.kind, target.id, up_to, unix_ms(*limits.commands_before)},
                     first_integer)
          .value_or(INT64_MAX);
  return std::max(up_to,
                  session.query_one(kLastBefore, {target.kind, target.id, young}, first_integer).value_or(0));
}

TargetRuns look_at(store::Session& session, TargetKey target, const Limits& limits) {
  TargetRuns out;
  const auto count_up_to = [&](std::int64_t sequence) {
    return session.query_one(kCountUpTo, {target.kind, target.id, sequence}, first_integer).value_or(0);
  };
  const auto created_after = [&](std::int64_t sequence) {
    return session.query_one(kFirstAfter, {target.kind, target.id, sequence}, first_integer);
  };
  out.newest = session.query_one(kNewest, {target.kind, target.id}, first_integer).value_or(0);
  out.up_to = decide_up_to(session, target, limits);
  out.oldest_ms = created_after(0);
  out.oldest_left_ms = out.up_to == 0 ? out.oldest_ms : created_after(out.up_to);
  if (limits.counting == Counting::exact) {
    out.ended = count_up_to(INT64_MAX);
    if (out.up_to > 0) out.beyond = count_up_to(out.up_to);
  }
  out.target = std::move(target);
  return out;
}

}  // namespace

Part look(store::Session& session, const io::Clock& clock, const TargetKey& after, const Limits& limits) {
  const MonoTime end = clock.mono_now() + kLongestLook;
  const auto next = [&](const TargetKey& place) {
    return session.query_one(kNextTarget, {place.kind, place.id},
                             [](const store::Row& row) { return TargetKey{row.text(0), row.text(1)}; });
  };
  Part out;
  auto target = next(after);
  while (target) {
    out.targets.push_back(look_at(session, *target, limits));
    if (out.targets.size() == kMostTargets || clock.mono_now() >= end) return out;
    target = next(*target);
  }
  out.is_end = true;
  return out;
}

store::RemovedRows remove(store::Session& session, const io::Clock& clock, std::vector<GoingRuns>& going) {
  const MonoTime end = clock.mono_now() + store::kLongestBatch;
  const std::int64_t free_before = store::free_bytes(session);
  store::RemovedRows out;
  std::int64_t rows = 0;  // of runs and of logs
  while (!going.empty() && rows + store::kRowsAStep <= store::kMostRowsABatch) {
    const GoingRuns& last = going.back();
    const auto run =
        session.query_one(kFirstGoing, {last.target.kind, last.target.id, last.up_to}, first_run);
    if (!run) {
      going.pop_back();
      continue;
    }
    const std::int64_t pieces = session.execute(kRemoveLog, {run->id, store::kRowsAStep});
    rows += pieces;
    if (pieces < store::kRowsAStep) {  // a log that was never packed has more
      session.execute(kRemoveRun, {run->sequence});
      ++rows;
      ++out.rows;
    }
    if (clock.mono_now() >= end) break;  // after a step: a batch gets on, however slow the machine is
  }
  out.is_end = going.empty();
  out.bytes = std::max<std::int64_t>(0, store::free_bytes(session) - free_before);
  return out;
}

}  // namespace fettle::runs::run_history_repo
