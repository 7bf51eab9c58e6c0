// Who asks, and what may be asked for. Values only: `access` finds them out, `net` checks them on every
// route.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/base/id.h"

namespace fettle {

/// What a route needs. `environment` permissions are asked for the environment that the request is about.
enum class Permission : std::uint8_t {
  public_access,      // no session needed: first run, log-in, health, the page itself
  signed_in,          // any person or token: the own session
  view,               // environment: see hosts, series, events
  operate,            // environment: start and stop things, add hosts
  administer,         // environment: remove hosts, change settings
  metrics,            // environment: scrape /metrics
  administer_server,  // people, environments, tokens of others, audit, the server itself
};
std::string_view permission_name(Permission permission);

/// A role is data: the set of permissions it grants in one environment.
struct Grant {
  EnvironmentId environment;
  std::string environment_name;
  std::string role;  // "viewer", "operator", "administrator"
  std::set<Permission> permissions;
};

enum class PrincipalKind : std::uint8_t { anonymous, person, token };

struct Principal {
  PrincipalKind kind = PrincipalKind::anonymous;
  std::string id;          // person_... or token_...; empty when anonymous
  std::string name;        // as shown in the audit
  std::string person;      // of a token: the name of whoever made it
  std::string session_id;  // session_... for a browser session, else empty
  bool server_administrator = false;
  std::map<EnvironmentId, Grant> grants;

  [[nodiscard]] bool is_signed_in() const { return kind != PrincipalKind::anonymous; }
  /// For permissions that concern one environment.
  [[nodiscard]] bool may(Permission permission, const EnvironmentId& environment) const;
  /// For `signed_in` and `administer_server`, and: in any environment at all.
  [[nodiscard]] bool may_somewhere(Permission permission) const;
  /// The environments in which this permission is held, in id order.
  [[nodiscard]] std::vector<EnvironmentId> environments_with(Permission permission) const;
};

}  // namespace fettle
