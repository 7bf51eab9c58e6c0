#include "fettle/base/principal.h"

namespace fettle {

std::string_view permission_name(Permission permission) {
  switch (permission) {
    case Permission::public_access:
      return "public";
    case Permission::signed_in:
      return "signed_in";
    case Permission::view:
      return "view";
    case Permission::operate:
      return "operate";
    case Permission::administer:
      return "administer";
    case Permission::metrics:
      return "metrics";
    case Permission::administer_server:
      return "administer_server";
  }
  return "unknown";
}

bool Principal::may(Permission permission, const EnvironmentId& environment) const {
  if (permission == Permission::public_access) return true;
  if (permission == Permission::signed_in) return is_signed_in();
  if (permission == Permission::administer_server) return server_administrator;
  const auto grant = grants.find(environment);
  return grant != grants.end() && grant->second.permissions.contains(permission);
}

bool Principal::may_somewhere(Permission permission) const {
  if (permission == Permission::public_access) return true;
  if (permission == Permission::signed_in) return is_signed_in();
  if (permission == Permission::administer_server) return server_administrator;
  return !environments_with(permission).empty();
}

std::vector<EnvironmentId> Principal::environments_with(Permission permission) const {
  std::vector<EnvironmentId> out;
  for (const auto& [environment, grant] : grants) {
    if (grant.permissions.contains(permission)) out.push_back(environment);
  }
  return out;
}

}  // namespace fettle
