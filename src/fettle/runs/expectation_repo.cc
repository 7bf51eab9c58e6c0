#include "fettle/runs/expectation_repo.h"

#include "fettle/runs/expectation_rules.h"

namespace fettle::runs::expectation_repo {
namespace {

constexpr std::string_view kPut =
    "INSERT INTO expectation (host_id, name, timing, zone, began_at, run_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
    " ON CONFLICT (host_id, name) DO UPDATE SET timing = ?3, zone = ?4, began_at = ?5, run_id = ?6"
    " WHERE began_at <= ?5";
constexpr std::string_view kEnd =
    "DELETE FROM expectation WHERE host_id = ?1 AND name = ?2 AND began_at <= ?3";
constexpr std::string_view kOthers = "SELECT count(*) FROM expectation WHERE host_id = ?1 AND name <> ?2";
constexpr std::string_view kForget = "DELETE FROM expectation WHERE host_id = ?1 AND name = ?2";
constexpr std::string_view kForgetHost = "DELETE FROM expectation WHERE host_id = ?1";
constexpr std::string_view kAll = "SELECT host_id, name, timing, zone, began_at, run_id FROM expectation";

}  // namespace

std::string_view schema_sql() {
  return R"sql(
CREATE TABLE expectation (
  host_id TEXT NOT NULL,
  name TEXT NOT NULL,
  timing TEXT NOT NULL,
  zone TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  run_id TEXT NOT NULL,
  PRIMARY KEY (host_id, name)
) STRICT, WITHOUT ROWID;
)sql";
}

Noted note(store::Session& session, const Run& run) {
  const auto key = expectation_key(run);
  if (!key) return Noted::nothing;
  const std::int64_t began_ms = unix_ms(run.started_at.value_or(run.created_at));
  const auto times = expected_times(run);
  if (!times || !parse_expected(*times)) {
    session.execute(kEnd, {key->host.text(), key->name, began_ms});
    return Noted::nothing;
  }
  const auto others = session.query_one(kOthers, {key->host.text(), key->name},
                                        [](const store::Row& row) { return row.integer(0); });
  if (others.value_or(0) >= static_cast<std::int64_t>(kMostExpectations)) return Noted::too_many;
  session.execute(kPut, {key->host.text(), key->name, times->timing, times->zone, began_ms, run.id.text()});
  return Noted::expected;
}

void forget(store::Session& session, const ExpectationKey& key) {
  session.execute(kForget, {key.host.text(), key.name});
}

void forget_host(store::Session& session, const HostId& host) {
  session.execute(kForgetHost, {host.text()});
}

std::vector<Expectation> all(store::Session& session) {
  return session.query_all(kAll, {}, [](const store::Row& row) {
    return Expectation{{HostId::parse(row.text(0)).value_or(HostId{}), std::string(row.text(1))},
                       {std::string(row.text(2)), std::string(row.text(3))},
                       wall_from_unix_ms(row.integer(4)),
                       RunId::parse(row.text(5)).value_or(RunId{})};
  });
}

}  // namespace fettle::runs::expectation_repo
