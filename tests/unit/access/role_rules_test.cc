#include "fettle/access/role_rules.h"

#include <gtest/gtest.h>

#include "fettle/access/builtin.h"

namespace fettle::access {
namespace {

const EnvironmentId kOther(make_uuid7(9, {9}));
const std::set<Permission> kAll{Permission::view, Permission::operate, Permission::administer,
                                Permission::metrics};

PersonAccess person_with(std::set<Permission> here, std::set<Permission> there,
                         bool is_server_administrator) {
  PersonAccess person;
  person.id = PersonId(make_uuid7(1, {1}));
  person.name = "ada";
  person.server_administrator = is_server_administrator;
  person.grants = {{kDefaultEnvironment, "default", "some", std::move(here)},
                   {kOther, "other", "some", std::move(there)}};
  return person;
}

/// Every subset of the scopes.
std::set<TokenScope> scopes_of(unsigned bits) {
  std::set<TokenScope> out;
  for (unsigned i = 0; i < 4; ++i) {
    if ((bits >> i & 1U) != 0) out.insert(static_cast<TokenScope>(i));
  }
  return out;
}

/// Every subset of the environment permissions.
std::set<Permission> permissions_of_bits(unsigned bits) {
  std::set<Permission> out;
  unsigned i = 0;
  for (const Permission permission : kAll) {
    if ((bits >> i++ & 1U) != 0) out.insert(permission);
  }
  return out;
}

TEST(RoleRules, BuiltInEnvironmentsHaveTheirFixedIds) {
  EXPECT_EQ(kDefaultEnvironment.text(), "env_00000000000070008000000000000001");
  EXPECT_EQ(kSystemEnvironment.text(), "env_00000000000070008000000000000002");
}

TEST(RoleRules, PermissionsSurviveTheRoundTrip) {
  for (unsigned bits = 0; bits < 16; ++bits) {
    const auto permissions = permissions_of_bits(bits);
    EXPECT_EQ(parse_permissions(permissions_text(permissions)), permissions);
  }
}

TEST(RoleRules, StoredTextCannotGrantWhatIsNoEnvironmentPermission) {
  EXPECT_TRUE(parse_permissions("administer_server,signed_in,public,fly, view").empty());
  EXPECT_EQ(parse_permissions("fly,view,"), std::set{Permission::view});
}

TEST(RoleRules, ScopesSurviveTheRoundTrip) {
  for (const TokenScope scope : scopes_of(15)) EXPECT_EQ(parse_scope(scope_name(scope)), scope);
  EXPECT_FALSE(parse_scope("Read"));
  EXPECT_FALSE(parse_scope(""));
}

TEST(RoleRules, ATokenNeverMayMoreThanItsCreator) {
  for (unsigned here = 0; here < 16; ++here) {
    for (const bool is_server_administrator : {false, true}) {
      const PersonAccess person =
          person_with(permissions_of_bits(here), permissions_of_bits(15 - here), is_server_administrator);
      const Principal creator = principal_of_session(person, SessionId());
      for (unsigned scopes = 0; scopes < 16; ++scopes) {
        for (const auto& bound :
             {std::optional<EnvironmentId>(), std::optional(kOther), std::optional(kSystemEnvironment)}) {
          const Principal token = principal_of_token(person, {TokenId(), "t", scopes_of(scopes), bound});
          for (const EnvironmentId& environment : {kDefaultEnvironment, kOther, kSystemEnvironment}) {
            std::set<Permission> in_scope;
            for (const TokenScope scope : scopes_of(scopes)) in_scope.merge(permissions_of(scope));
            for (const Permission permission : kAll) {
              const bool expected = creator.may(permission, environment) && in_scope.contains(permission) &&
                                    (!bound || *bound == environment);
              ASSERT_EQ(token.may(permission, environment), expected);
            }
          }
          const bool may_administer_server =
              is_server_administrator && !bound && scopes_of(scopes).contains(TokenScope::admin);
          ASSERT_EQ(token.may_somewhere(Permission::administer_server), may_administer_server);
        }
      }
    }
  }
}

TEST(RoleRules, SystemBelongsToServerAdministratorsAlone) {
  PersonAccess person = person_with(kAll, {}, false);
  person.grants.push_back({kSystemEnvironment, "system", "administrator", kAll});  // whatever a row says
  EXPECT_FALSE(principal_of_session(person, SessionId()).may(Permission::view, kSystemEnvironment));
  person.server_administrator = true;
  person.grants.clear();
  const Principal principal = principal_of_session(person, SessionId());
  for (const Permission permission : kAll) EXPECT_TRUE(principal.may(permission, kSystemEnvironment));
  EXPECT_FALSE(principal.may(Permission::view, kDefaultEnvironment));
}

TEST(RoleRules, AnEnvironmentWithoutPermissionsIsNotSeen) {
  EXPECT_EQ(principal_of_session(person_with({}, {Permission::view}, false), SessionId()).grants.size(), 1U);
}

}  // namespace
}  // namespace fettle::access
