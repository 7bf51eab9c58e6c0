#include "fettle/fleet/environment_use.h"

namespace fettle::fleet {
namespace {

constexpr std::string_view kCount = "SELECT count(*) FROM host WHERE environment_id = ?1";
constexpr std::string_view kForget = "DELETE FROM enrolment_token WHERE environment_id = ?1";

}  // namespace

std::int64_t count_hosts_in(store::Session& session, const EnvironmentId& environment) {
  return session.query_one(kCount, {environment.text()}, [](const store::Row& row) { return row.integer(0); })
      .value_or(0);
}

void forget_environment(store::Session& session, const EnvironmentId& environment) {
  session.execute(kForget, {environment.text()});
}

}  // namespace fettle::fleet
