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
constexpr std::string_view kRemoveBefore =
    "DELETE FROM host_state WHERE (host_number, at) IN (SELECT host_number, at FROM host_state AS old WHERE "
    "at < ?1"
    " AND EXISTS (SELECT 1 FROM host_state AS newer WHERE newer.host_number = old.host_number AND newer.at > "
    "old.at"
    " AND newer.at < ?1) LIMIT ?2)";
constexpr std::string_view kRemoveLives =
    "DELETE FROM server_life WHERE started_at IN (SELECT started_at FROM server_life WHERE alive_at < ?1 "
    "LIMIT ?2)";

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

std::int64_t remove_before(store::Session& session, WallTime before, std::int64_t most) {
  return session.execute(kRemoveBefore, {unix_ms(before), most}) +
         session.execute(kRemoveLives, {unix_ms(before), most});
}

}  // namespace fettle::fleet::uptime_repo
