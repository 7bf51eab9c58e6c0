#include "fettle/access/role_rules.h"

#include "fettle/access/builtin.h"
#include "fettle/base/text.h"

namespace fettle::access {
namespace {

constexpr std::array kEnvironmentPermissions{Permission::view, Permission::operate, Permission::administer,
                                             Permission::metrics};
constexpr std::array kScopes{TokenScope::read, TokenScope::operate, TokenScope::admin, TokenScope::metrics};

/// The person's grants by environment. `system` belongs to server administrators, to all of them and to no
/// one else, whatever the rows say.
std::map<EnvironmentId, Grant> effective_grants(const PersonAccess& person) {
  std::map<EnvironmentId, Grant> grants;
  for (const Grant& grant : person.grants) {
    if (grant.environment != kSystemEnvironment && !grant.permissions.empty()) {
      grants.emplace(grant.environment, grant);
    }
  }
  if (person.server_administrator) {
    grants[kSystemEnvironment] =
        Grant{kSystemEnvironment, std::string(kSystemEnvironmentName), std::string(kAdministratorRole),
              std::set<Permission>(kEnvironmentPermissions.begin(), kEnvironmentPermissions.end())};
  }
  return grants;
}

}  // namespace

std::string_view scope_name(TokenScope scope) {
  switch (scope) {
    case TokenScope::read:
      return "read";
    case TokenScope::operate:
      return "operate";
    case TokenScope::admin:
      return "admin";
    case TokenScope::metrics:
      return "metrics";
  }
  return "unknown";
}

std::optional<TokenScope> parse_scope(std::string_view name) {
  for (const TokenScope scope : kScopes) {
    if (scope_name(scope) == name) return scope;
  }
  return std::nullopt;
}

std::set<Permission> parse_permissions(std::string_view text) {
  std::set<Permission> out;
  for (const std::string_view word : split(text, ',')) {
    for (const Permission permission : kEnvironmentPermissions) {
      if (permission_name(permission) == word) out.insert(permission);
    }
  }
  return out;
}

std::string permissions_text(const std::set<Permission>& permissions) {
  std::string out;
  for (const Permission permission : permissions) {
    if (!out.empty()) out += ',';
    out += permission_name(permission);
  }
  return out;
}

std::set<Permission> permissions_of(TokenScope scope) {
  switch (scope) {
    case TokenScope::read:
      return {Permission::view};
    case TokenScope::operate:
      return {Permission::view, Permission::operate};
    case TokenScope::admin:
      return {kEnvironmentPermissions.begin(), kEnvironmentPermissions.end()};
    case TokenScope::metrics:
      return {Permission::metrics};
  }
  return {};
}

Principal principal_of_session(const PersonAccess& person, const SessionId& session) {
  Principal principal;
  principal.kind = PrincipalKind::person;
  principal.id = person.id.text();
  principal.name = person.name;
  principal.session_id = session.text();
  principal.server_administrator = person.server_administrator;
  principal.grants = effective_grants(person);
  return principal;
}

Principal principal_of_token(const PersonAccess& creator, const TokenAccess& token) {
  std::set<Permission> allowed;
  for (const TokenScope scope : token.scopes) allowed.merge(permissions_of(scope));
  Principal principal;
  principal.kind = PrincipalKind::token;
  principal.id = token.id.text();
  principal.name = token.name;
  principal.person = creator.name;
  principal.server_administrator =
      creator.server_administrator && !token.environment && token.scopes.contains(TokenScope::admin);
  for (auto& [environment, grant] : effective_grants(creator)) {
    if (token.environment && *token.environment != environment) continue;
    Grant narrowed = grant;
    std::erase_if(narrowed.permissions, [&](Permission p) { return !allowed.contains(p); });
    if (!narrowed.permissions.empty()) principal.grants.emplace(environment, std::move(narrowed));
  }
  return principal;
}

}  // namespace fettle::access
