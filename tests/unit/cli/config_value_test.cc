#include "fettle/cli/config_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fettle::cli {
namespace {

using testing::HasSubstr;

const ConfigKey& key(std::string_view name) {
  return *find_config_key(name);
}

std::string problem_of(std::string_view name, std::string_view text) {
  auto value = parse_config_text(key(name), text);
  return value ? "allowed" : value.error();
}

TEST(ConfigValue, EveryDefaultIsAllowedByItsOwnKey) {
  for (const ConfigKey& each : config_keys()) {
    auto value = parse_config_text(each, each.fallback);
    EXPECT_TRUE(value.has_value()) << each.name;
    EXPECT_FALSE(allowed_text(each).empty());
    EXPECT_TRUE(each.help.ends_with('.')) << each.name;
  }
}

TEST(ConfigValue, IntegersHaveBoundsOnBothSides) {
  EXPECT_EQ(std::get<std::int64_t>(*parse_config_text(key("server.heartbeat_interval_ms"), "1000")), 1000);
  EXPECT_EQ(std::get<std::int64_t>(*parse_config_text(key("server.heartbeat_interval_ms"), "60000")), 60000);
  for (const char* text :
       {"999", "60001", "-5000", "", " 5000", "5000 ", "5e3", "5s", "0x1388", "99999999999999999999"})
    EXPECT_THAT(problem_of("server.heartbeat_interval_ms", text), HasSubstr("an integer from 1000 to 60000"))
        << text;
}

TEST(ConfigValue, BooleansAreTheTwoWordsOnly) {
  EXPECT_EQ(std::get<bool>(*parse_config_text(key("server.metrics_open_on_loopback"), "true")), true);
  EXPECT_EQ(std::get<bool>(*parse_config_text(key("server.metrics_open_on_loopback"), "false")), false);
  for (const char* text : {"1", "yes", "True", ""})
    EXPECT_THAT(problem_of("server.metrics_open_on_loopback", text), HasSubstr("true or false")) << text;
}

TEST(ConfigValue, ChoicesNameWhatIsAllowed) {
  EXPECT_EQ(problem_of("server.log_format", "json"), "allowed");
  EXPECT_THAT(problem_of("server.log_format", "xml"), HasSubstr("one of \"text\", \"json\""));
  EXPECT_THAT(problem_of("server.log_format", "text|json"), HasSubstr("one of"));
  EXPECT_THAT(problem_of("server.log_level", ""), HasSubstr("one of"));
}

TEST(ConfigValue, ListenAddressesAreAnAddressAndAPort) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8420"), (ListenAddress{"127.0.0.1", 8420}));
  EXPECT_EQ(parse_listen_address("0.0.0.0:0"), (ListenAddress{"0.0.0.0", 0}));
  EXPECT_EQ(parse_listen_address("[::1]:65535"), (ListenAddress{"::1", 65535}));
  for (const char* text :
       {"", ":", ":8420", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:8420",
        "[127.0.0.1]:80", "localhost:8420", "[::1]", "1.2.3:80", "127.0.0.1:80x"})
    EXPECT_EQ(parse_listen_address(text), std::nullopt) << text;
}

TEST(ConfigValue, UrlsHaveASchemeAndNoPath) {
  EXPECT_EQ(std::get<std::string>(*parse_config_text(key("server.public_url"), "https://fettle.example/")),
            "https://fettle.example");
  EXPECT_EQ(std::get<std::string>(*parse_config_text(key("server.public_url"), "https://x/tools/fettle-1/")),
            "https://x/tools/fettle-1");
  EXPECT_EQ(problem_of("server.public_url", ""), "allowed");
  for (const char* text :
       {"fettle.example", "ftp://x", "http://", "http:///", "https://x/y//z", "https://x/../y",
        "https://x/a b", "https://x/%41", "https://x?a", "https://a b", "https://user@x", "http://x//"})
    EXPECT_THAT(problem_of("server.public_url", text), HasSubstr("http:// or https://")) << text;
}

TEST(ConfigValue, NetworksAreAListOfAddresses) {
  EXPECT_EQ(std::get<std::vector<std::string>>(
                *parse_config_text(key("server.trusted_proxies"), "10.0.0.0/8, ::1,")),
            (std::vector<std::string>{"10.0.0.0/8", "::1"}));
  EXPECT_TRUE(
      std::get<std::vector<std::string>>(*parse_config_text(key("server.trusted_proxies"), "")).empty());
  for (const char* text : {"10.0.0.0/33", "::1/129", "proxy", "10.0.0.0/", "10.0.0.0/-1", "/8"})
    EXPECT_THAT(problem_of("server.trusted_proxies", text), HasSubstr("a list of addresses")) << text;
}

TEST(ConfigValue, RefusesTextThatIsNoText) {
  EXPECT_NE(problem_of("server.data", ""), "allowed");
  EXPECT_NE(problem_of("server.data", std::string_view("a\0b", 3)), "allowed");
  EXPECT_NE(problem_of("server.data", "\xff\xfe"), "allowed");
}

TEST(ConfigValue, AValueOfTheWrongKindSaysWhichItIs) {
  auto wrong = check_config_value(key("server.heartbeat_interval_ms"), std::string("5000"));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error(), "this is text; allowed is an integer from 1000 to 60000");
  EXPECT_THAT(check_config_value(key("server.data"), true).error(), HasSubstr("this is true or false"));
  EXPECT_THAT(check_config_value(key("server.data"), std::int64_t{1}).error(), HasSubstr("this is a number"));
  EXPECT_THAT(check_config_value(key("server.data"), std::vector<std::string>{}).error(),
              HasSubstr("this is a list"));
}

TEST(ConfigValue, TomlTextIsQuoted) {
  EXPECT_EQ(to_toml(std::string("a\"b\\c\n")), "\"a\\\"b\\\\c\\u000a\"");
  EXPECT_EQ(to_toml(std::vector<std::string>{"a", "b"}), "[\"a\", \"b\"]");
  EXPECT_EQ(to_toml(std::vector<std::string>{}), "[]");
  EXPECT_EQ(to_toml(std::int64_t{-1}), "-1");
  EXPECT_EQ(to_toml(false), "false");
}

}  // namespace
}  // namespace fettle::cli
