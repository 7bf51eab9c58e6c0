#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_surroundings.h"
#include "fettle/base/json_value.h"
#include "fettle/cli/config_reference.h"

namespace fettle::cli {
namespace {

using testing::HasSubstr;

TEST(ConfigCheck, PrintsValuesWithTheirOrigin) {
  FakeProcess process;
  process.files["/c.toml"] = "[server]\nlisten = \"0.0.0.0:80\"\n";
  process.around.environment["FETTLE_SERVER_DATA"] = "/e";
  EXPECT_EQ(process.run({"config", "check", "--config", "/c.toml"}), 0);
  EXPECT_THAT(process.out, testing::ContainsRegex("server.listen +\"0.0.0.0:80\" +/c.toml:2\n"));
  EXPECT_THAT(process.out, testing::ContainsRegex("server.data +\"/e\" +FETTLE_SERVER_DATA\n"));
  EXPECT_THAT(process.out, testing::ContainsRegex("agent.outbox_mib +64 +default\n"));
}

TEST(ConfigCheck, NamesFileLineKeyAndWhatIsAllowed) {
  FakeProcess process;
  process.files["/c.toml"] = "[server]\nheartbeat_interval_ms = 10\n";
  EXPECT_EQ(process.run({"config", "check", "--config", "/c.toml"}), 2);
  EXPECT_EQ(process.out, "");
  EXPECT_EQ(process.err,
            "/c.toml:2: server.heartbeat_interval_ms: 10 is not allowed; allowed is an integer from 1000 to "
            "60000\n");
}

TEST(ConfigCheck, TakesTheFileWithoutAFlag) {
  FakeProcess plain, both;
  plain.files["/c.toml"] = "[server]\nlisten = \"0.0.0.0:80\"\n";
  EXPECT_EQ(plain.run({"config", "check", "/c.toml"}), 0);
  EXPECT_THAT(plain.out, HasSubstr("/c.toml:2"));
  both.files = plain.files;
  EXPECT_EQ(both.run({"config", "check", "/c.toml", "--config", "/d.toml"}), 2);
}

TEST(ConfigCheck, AnUnknownSectionIsToldWhichThereAre) {
  FakeProcess process;
  process.files["/c.toml"] = "[sevrer]\nlisten = \"0.0.0.0:80\"\n";
  EXPECT_EQ(process.run({"config", "check", "/c.toml"}), 2);
  EXPECT_THAT(process.err, HasSubstr("/c.toml:2: sevrer.listen: there is no section [sevrer]; allowed are "));
  EXPECT_THAT(process.err, HasSubstr("[server]"));
  EXPECT_THAT(process.err, HasSubstr("[agent]"));
}

TEST(ConfigCheck, JsonHoldsValuesAndProblems) {
  FakeProcess process;
  process.files["/c.toml"] = "[server]\nnope = \"\\u0000\"\n";
  EXPECT_EQ(process.run({"config", "check", "--config", "/c.toml", "--json"}), 2);
  auto parsed = parse_json(process.out);
  ASSERT_TRUE(parsed) << process.out;
  EXPECT_THAT(process.out, HasSubstr("\"where\":\"/c.toml:2\",\"key\":\"server.nope\""));
}

TEST(ConfigCheck, ANamedFileMustBeThere) {
  FakeProcess flag, environment;
  EXPECT_EQ(flag.run({"config", "check", "--config", "/none"}), 2);
  EXPECT_THAT(flag.err, HasSubstr("/none"));
  environment.around.environment["FETTLE_CONFIG"] = "/none";
  EXPECT_EQ(environment.run({"server", "--data", "/d"}), 2);
  EXPECT_THAT(environment.err, HasSubstr("/none"));
  EXPECT_TRUE(environment.servers.empty());
}

TEST(ConfigFile, TheSystemFileCountsUnlessAFolderIsNamed) {
  FakeProcess service, folder;
  for (FakeProcess* each : {&service, &folder})
    each->files["/etc/fettle/fettle.toml"] = "[server]\nlog_level = \"error\"\n";
  EXPECT_EQ(service.run({"server"}), 0);
  EXPECT_EQ(service.servers.at(0).log.level, io::LogLevel::error);
  EXPECT_EQ(folder.run({"server", "--data", "/d"}), 0);
  EXPECT_EQ(folder.servers.at(0).log.level, io::LogLevel::info);
}

TEST(ConfigPrints, ReferenceAndExample) {
  FakeProcess reference, example;
  EXPECT_EQ(reference.run({"config", "reference"}), 0);
  EXPECT_EQ(reference.out, config_reference_markdown());
  EXPECT_EQ(example.run({"config", "example"}), 0);
  EXPECT_EQ(example.out, config_example_toml());
}

}  // namespace
}  // namespace fettle::cli
