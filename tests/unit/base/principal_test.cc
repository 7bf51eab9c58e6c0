#include "fettle/base/principal.h"

#include <gtest/gtest.h>

namespace fettle {
namespace {

const EnvironmentId kHere(make_uuid7(1, {1}));
const EnvironmentId kThere(make_uuid7(2, {2}));

TEST(Principal, AnonymousMayEnterPublicPlacesOnly) {
  const Principal nobody;
  for (const auto permission : {Permission::signed_in, Permission::view, Permission::operate,
                                Permission::administer, Permission::metrics, Permission::administer_server}) {
    EXPECT_FALSE(nobody.may(permission, kHere));
    EXPECT_FALSE(nobody.may_somewhere(permission));
  }
  EXPECT_TRUE(nobody.may_somewhere(Permission::public_access));
}

TEST(Principal, GrantsHoldInTheirEnvironmentOnly) {
  Principal person;
  person.kind = PrincipalKind::person;
  person.grants[kHere] = Grant{kHere, "here", "viewer", {Permission::view}};
  EXPECT_TRUE(person.may(Permission::view, kHere));
  EXPECT_FALSE(person.may(Permission::operate, kHere));
  EXPECT_FALSE(person.may(Permission::view, kThere));
  EXPECT_TRUE(person.may_somewhere(Permission::view));
  EXPECT_FALSE(person.may_somewhere(Permission::administer_server));
  EXPECT_EQ(person.environments_with(Permission::view), std::vector{kHere});
}

TEST(Principal, AdministeringTheServerGrantsNoEnvironmentByItself) {
  Principal person;
  person.kind = PrincipalKind::person;
  person.server_administrator = true;
  EXPECT_TRUE(person.may(Permission::administer_server, kHere));
  EXPECT_FALSE(person.may(Permission::view, kHere));
}

}  // namespace
}  // namespace fettle
