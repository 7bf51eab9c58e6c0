#include "fettle/cli/config_table.h"

#include <gtest/gtest.h>

#include <set>

namespace fettle::cli {
namespace {

TEST(ConfigTable, NamesAreUniqueAndInASection) {
  std::set<std::string_view> names;
  std::set<std::string> flags;
  for (const ConfigKey& key : config_keys()) {
    EXPECT_TRUE(names.insert(key.name).second) << key.name;
    auto dot = key.name.find('.');
    ASSERT_NE(dot, std::string_view::npos);
    EXPECT_EQ(key.name.rfind('.'), dot);
    // A flag belongs to a command, and the section is that command.
    if (!key.flag.empty()) {
      EXPECT_TRUE(flags.insert(std::string(key.name.substr(0, dot)) + std::string(key.flag)).second)
          << key.name;
    }
  }
}

TEST(ConfigTable, EnvironmentNamesFollowTheKey) {
  EXPECT_EQ(environment_name(*find_config_key("server.heartbeat_interval_ms")),
            "FETTLE_SERVER_HEARTBEAT_INTERVAL_MS");
  EXPECT_EQ(find_config_key("server.nothing"), nullptr);
  EXPECT_EQ(find_config_key(""), nullptr);
}

TEST(ConfigTable, NearestNameFindsSlipsAndNothingFarAway) {
  std::vector<std::string_view> names{"server.listen", "server.log_level", "agent.data"};
  EXPECT_EQ(nearest_name("server.lisen", names), "server.listen");
  EXPECT_EQ(nearest_name("server.loglevel", names), "server.log_level");
  EXPECT_EQ(nearest_name("agent.dta", names), "agent.data");
  EXPECT_EQ(nearest_name("something.else.entirely", names), std::nullopt);
  EXPECT_EQ(nearest_name("", names), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(100'000, 'x'), names), std::nullopt);
  EXPECT_EQ(nearest_name("a", {}), std::nullopt);
}

TEST(ConfigTable, NearestNamePrefersTheExactOne) {
  std::vector<std::string_view> names;
  for (const ConfigKey& key : config_keys()) names.push_back(key.name);
  for (std::string_view name : names) EXPECT_EQ(nearest_name(name, names), name);
}

}  // namespace
}  // namespace fettle::cli
