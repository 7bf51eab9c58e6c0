#include "fettle/fleet/history_moves.h"

#include <algorithm>

#include "fettle/store/old_rows.h"

namespace fettle::fleet {
namespace {

/// What was decided before the move, for the environment that the host has left, is written by then.
constexpr Seconds kSettling{1};
constexpr Seconds kAfterFailure{10};

constexpr std::string_view kBegin =
    "INSERT INTO history_move (kind, source_id, left_environments, environment_id) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (kind, source_id) DO UPDATE SET environment_id = excluded.environment_id, place = '',"
    " left_environments = CASE WHEN instr(left_environments, excluded.left_environments) > 0"
    " THEN left_environments ELSE left_environments || ' ' || excluded.left_environments END";
constexpr std::string_view kNext =
    "SELECT number, kind, source_id, environment_id, place FROM history_move ORDER BY number LIMIT 1";
constexpr std::string_view kGoOn = "UPDATE history_move SET place = ?2 WHERE number = ?1";
constexpr std::string_view kEnd = "DELETE FROM history_move WHERE number = ?1";
constexpr std::string_view kCount =
    "SELECT count(*) FROM history_move WHERE environment_id = ?1 OR instr(left_environments, ?1) > 0";

struct Next {
  std::int64_t number = 0;
  std::string kind;
  store::MoveStep step;
};

Next next_of(const store::Row& row) {
  return {row.integer(0), row.text(1), {row.text(2), row.text(3), row.text(4)}};
}

}  // namespace

std::string_view history_moves_schema_sql() {
  // `place` is where the last step ended, as its kind writes it.
  return R"sql(
CREATE TABLE history_move (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  source_id TEXT NOT NULL,
  left_environments TEXT NOT NULL,
  environment_id TEXT NOT NULL,
  place TEXT NOT NULL DEFAULT '',
  UNIQUE (kind, source_id)
) STRICT;
)sql";
}

std::int64_t count_history_moves(store::Session& session, const EnvironmentId& environment) {
  return session.query_one(kCount, {environment.text()}, [](const store::Row& row) { return row.integer(0); })
      .value_or(0);
}

HistoryMoves::HistoryMoves(io::Loop& loop, io::Clock& clock, io::Log log, store::Store& store)
    : clock_(clock), log_(std::move(log)), store_(store), tasks_(loop, log_) {}

void HistoryMoves::begin_host(store::Session& session, const HostId& host, const Route& route) {
  begin(session, host.text(), route, true);
}

void HistoryMoves::begin_source(store::Session& session, const std::string& source_id, const Route& route) {
  begin(session, source_id, route, false);
}

void HistoryMoves::begin(store::Session& session, const std::string& source_id, const Route& route,
                         bool is_host) {
  for (const Kind& kind : kinds_)
    if (is_host || !kind.is_of_hosts_only)
      session.execute(kBegin, {kind.name, source_id, route.from.text(), route.to.text()});
  session.after_commit([this] {
    is_idle_ = false;
    to_move_.set();
  });
}

void HistoryMoves::start() {
  is_idle_ = false;
  to_move_.set();
  tasks_.spawn("fleet.history_moves", move_forever());
}

Task<void> HistoryMoves::move_forever() {
  for (;;) {
    co_await to_move_.wait();
    co_await clock_.sleep_for(kSettling);
    to_move_.reset();
    co_await move_all();
    is_idle_ = !to_move_.is_set();
  }
}

Task<void> HistoryMoves::move_all() {
  bool has_failed = false;
  for (;;) {
    const auto has_more = co_await store_.write(
        [this](store::Session& session) { return move_batch(session); }, store::Priority::upkeep);
    if (has_more && !*has_more) co_return;
    if (has_more) continue;
    if (!std::exchange(has_failed, true))
      log_.warn("the history of a host that moved cannot follow it; it is tried again",
                {{"error", has_more.error()}});
    co_await clock_.sleep_for(kAfterFailure);
  }
}

/// M14: at most so many rows, and so long. False when nothing is left.
bool HistoryMoves::move_batch(store::Session& session) const {
  const MonoTime end = clock_.mono_now() + store::kLongestBatch;
  for (std::int64_t rows = 0; rows < store::kMostRowsABatch; rows += store::kRowsAStep) {
    const auto next = session.query_one(kNext, {}, next_of);
    if (!next) return false;
    const auto kind = std::ranges::find(kinds_, next->kind, &Kind::name);
    std::optional<std::string> place;
    if (kind != kinds_.end()) place = kind->move(session, next->step);
    if (place) {
      session.execute(kGoOn, {next->number, *place});
    } else {
      session.execute(kEnd, {next->number});
    }
    if (clock_.mono_now() >= end) break;  // after a step: a batch gets on, however slow the machine is
  }
  return true;
}

}  // namespace fettle::fleet
