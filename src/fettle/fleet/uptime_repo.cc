#include "fettle/fleet/uptime_repo.h"

#include <algorithm>

namespace fettle::fleet::uptime_repo {
namespace {

constexpr std::string_view kAddState =
    "INSERT INTO host_state (host_number, at, state, reason) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (host_number, at) DO UPDATE SET state = ?3, reason = ?4";
constexpr std::string_view kRemoveHost = "DELETE FROM host_state WHERE host_number = ?1";
constexpr std::string_view kBegin =
    "INSERT INTO server_life (started_at, alive_at) VALUES (?1, ?1) ON CONFLICT (started_at) DO NOTHING";
constexpr std::string_view kAlive =
    "UPDATE server_life SET alive_at = ?2 WHERE started_at = ?1 AND alive_at < ?2";
constexpr std::string_view kStates =
    "SELECT at, state, reason FROM host_state WHERE host_number = ?1 AND at >= coalesce("
    "(SELECT max(at) FROM host_state WHERE host_number = ?1 AND at <= ?2), ?2) ORDER BY at LIMIT ?3";
constexpr std::string_view kLives =
    "SELECT started_at, alive_at FROM server_life WHERE alive_at >= ?1 ORDER BY started_at LIMIT ?2";
// The last state before the limit says what a host was like at the limit: it stays. By host, so that a step
// looks at a few rows and not at all of them.
constexpr std::string_view kPast =
    " FROM host AS h JOIN host_state AS s ON s.host_number = h.number AND s.at <"
    " (SELECT max(at) FROM host_state AS last WHERE last.host_number = h.number AND last.at < ?1)";

constexpr std::int64_t kMostRows = 50'000;  // one change a minute for a month

SpanState span_state(HostState state) {
  switch (state) {
    case HostState::waiting:
      return SpanState::waiting;
    case HostState::online:
    case HostState::late:
      return SpanState::online;
    case HostState::offline:
      return SpanState::offline;
  }
  return SpanState::unknown;
}

}  // namespace

void add_state(store::Session& session, const StateRow& row) {
  session.execute(kAddState,
                  {std::int64_t{row.number}, unix_ms(row.at), host_state_name(row.state), row.reason});
}

void remove_host(store::Session& session, HostNumber number) {
  session.execute(kRemoveHost, {std::int64_t{number}});
}

void begin_life(store::Session& session, WallTime at) {
  session.execute(kBegin, {unix_ms(at)});
}

void note_alive(store::Session& session, WallTime from, WallTime now) {
  session.execute(kAlive, {unix_ms(from), unix_ms(now)});
}

Records read(store::Session& session, HostNumber number, WallTime from) {
  Records out;
  out.changes =
      session.query_all(kStates, {std::int64_t{number}, unix_ms(from), kMostRows}, [](const store::Row& row) {
        return StateChangeAt{wall_from_unix_ms(row.integer(0)), span_state(parse_host_state(row.text(1))),
                             row.text(2)};
      });
  out.lives = session.query_all(kLives, {unix_ms(from), kMostRows}, [](const store::Row& row) {
    return ServerLife{wall_from_unix_ms(row.integer(0)), wall_from_unix_ms(row.integer(1))};
  });
  return out;
}

store::OldRows old_states() {
  store::OldRows out;
  out.table = "host_state";
  out.count = "SELECT count(*) FROM host_state";
  out.eligible = "SELECT count(*)" + std::string(kPast);
  out.remove = "DELETE FROM host_state WHERE (host_number, at) IN (SELECT s.host_number, s.at" +
               std::string(kPast) + " LIMIT ?2)";
  out.oldest = "SELECT min(at) FROM host_state";
  out.older =
      "SELECT count(*) FROM host_state WHERE at < unixepoch(?1) * 1000 AND host_number IN (SELECT number "
      "FROM "
      "host) GROUP BY host_number HAVING count(*) > 1 LIMIT 1";
  return out;
}

store::OldRows old_lives() {
  return store::old_rows_by_time("server_life", "started_at", "alive_at");
}

}  // namespace fettle::fleet::uptime_repo
