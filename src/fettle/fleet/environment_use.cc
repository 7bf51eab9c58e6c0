#include "fettle/fleet/environment_use.h"

#include "fettle/store/old_rows.h"

namespace fettle::fleet {
namespace {

constexpr std::string_view kCount = "SELECT count(*) FROM host WHERE environment_id = ?1";
constexpr const char* kForget =
    "DELETE FROM enrolment_token WHERE rowid IN (SELECT rowid FROM enrolment_token WHERE environment_id = ?1 "
    "LIMIT ?2)";

}  // namespace

std::int64_t count_hosts_in(store::Session& session, const EnvironmentId& environment) {
  return session.query_one(kCount, {environment.text()}, [](const store::Row& row) { return row.integer(0); })
      .value_or(0);
}

bool forget_environment(store::Session& session, const io::Clock& clock, const EnvironmentId& environment) {
  std::vector<std::string> keys{environment.text()};
  return store::remove_by_keys(session, clock, kForget, keys).is_end;
}

}  // namespace fettle::fleet
