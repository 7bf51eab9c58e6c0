#include "fettle/net/route_table.h"

#include <gmock/gmock.h>

namespace fettle::net {
namespace {

TEST(RouteTable, PrefersLiteralsAndComesBackFromThem) {
  RouteTable table;
  EXPECT_TRUE(table.add(Method::get, "/hosts", 0));
  EXPECT_TRUE(table.add(Method::get, "/hosts/{id}", 1));
  EXPECT_TRUE(table.add(Method::get, "/hosts/sparklines", 2));
  EXPECT_TRUE(table.add(Method::get, "/hosts/{id}/series", 3));
  EXPECT_TRUE(table.add(Method::del, "/hosts/{id}", 4));
  EXPECT_FALSE(table.add(Method::get, "/hosts/{name}", 5));

  EXPECT_EQ(table.find("/hosts")->node->route(Method::get), 0u);
  EXPECT_EQ(table.find("/hosts/sparklines")->node->route(Method::get), 2u);
  const auto host = table.find("/hosts/host_1");
  EXPECT_EQ(host->node->route(Method::get), 1u);
  EXPECT_EQ(host->node->route(Method::del), 4u);
  EXPECT_THAT(host->parameters, ::testing::ElementsAre("host_1"));
  const auto series = table.find("/hosts/sparklines/series");
  ASSERT_TRUE(series);
  EXPECT_EQ(series->node->route(Method::get), 3u);
  EXPECT_THAT(series->parameters, ::testing::ElementsAre("sparklines"));
}

TEST(RouteTable, KnowsNothingElse) {
  RouteTable table;
  EXPECT_TRUE(table.add(Method::get, "/a/{b}/c", 0));
  for (const char* path :
       {"", "/", "a", "/a", "/a/", "/a/b", "/a//c", "/a/b/c/", "//a/b/c", "/a/b/c/d", "*"}) {
    EXPECT_FALSE(table.find(path)) << path;
  }
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "/a";
  EXPECT_FALSE(table.find(deep));
}

TEST(RouteTable, NamesParameters) {
  EXPECT_THAT(parameter_names("/a/{b}/c/{d}"), ::testing::ElementsAre("b", "d"));
}

}  // namespace
}  // namespace fettle::net
