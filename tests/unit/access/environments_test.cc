#include "fettle/access/environments.h"

#include <gtest/gtest.h>

#include "tests/unit/access/access_fixture.h"

namespace fettle::access {
namespace {

TEST(Environments, AreFoundByIdAndByName) {
  AccessFixture fixture;
  const EnvironmentId lab = fixture.add_environment("lab");
  fixture.restart();
  const Environments& environments = fixture.access->environments();
  EXPECT_EQ(environments.find("default"), environments.default_id());
  EXPECT_EQ(environments.find("system"), environments.system_id());
  EXPECT_EQ(environments.find("lab"), lab);
  EXPECT_EQ(environments.find(lab.text()), lab);
  EXPECT_FALSE(environments.find("Default"));
  EXPECT_FALSE(environments.find(""));
  EXPECT_FALSE(environments.find(EnvironmentId(make_uuid7(5, {5})).text()));
  EXPECT_EQ(environments.all().size(), 3U);
}

}  // namespace
}  // namespace fettle::access
