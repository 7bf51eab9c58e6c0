#include "fettle/cli/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fettle::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ConfigOutcome from_file(std::string text) {
  return resolve_config(
      {.file_path = "f.toml", .file_text = std::move(text), .environment = {}, .flags = {}});
}

std::vector<std::string> problems_in(const std::string& text) {
  std::vector<std::string> out;
  for (const ConfigProblem& problem : from_file(text).problems) out.push_back(format_problem(problem));
  return out;
}

std::string origin_of(const Config& config, std::string_view name) {
  for (const ConfigSetting& setting : config.settings())
    if (setting.key->name == name) return setting.origin;
  return "missing";
}

TEST(Config, WithoutSourcesEverythingIsTheDefault) {
  ConfigOutcome outcome = resolve_config({});
  EXPECT_TRUE(outcome.problems.empty());
  EXPECT_EQ(outcome.config.settings().size(), config_keys().size());
  for (const ConfigSetting& setting : outcome.config.settings()) EXPECT_EQ(setting.origin, "default");
  ServerOptions server = server_options(outcome.config);
  EXPECT_EQ(server.listen, (ListenAddress{"127.0.0.1", 8420}));
  EXPECT_EQ(server.heartbeat_interval, Millis(5000));
  EXPECT_EQ(server.log.level, io::LogLevel::info);
  EXPECT_FALSE(server.metrics_open_on_loopback);
  EXPECT_EQ(agent_options(outcome.config).outbox_bytes, 64U * 1024 * 1024);
}

TEST(Config, FlagStandsOverEnvironmentOverFileOverDefault) {
  ConfigSources sources{
      .file_path = "f.toml",
      .file_text = "[server]\ndata = \"/file\"\npublic_url = \"http://file\"\nlog_level = \"warn\"\n",
      .environment = {{"FETTLE_SERVER_DATA", "/environment"}, {"FETTLE_SERVER_PUBLIC_URL", "http://env"}},
      .flags = {{"server.data", "/flag"}}};
  ConfigOutcome outcome = resolve_config(sources);
  ASSERT_TRUE(outcome.problems.empty());
  EXPECT_EQ(outcome.config.text("server.data"), "/flag");
  EXPECT_EQ(origin_of(outcome.config, "server.data"), "--data");
  EXPECT_EQ(outcome.config.text("server.public_url"), "http://env");
  EXPECT_EQ(origin_of(outcome.config, "server.public_url"), "FETTLE_SERVER_PUBLIC_URL");
  EXPECT_EQ(outcome.config.text("server.log_level"), "warn");
  EXPECT_EQ(origin_of(outcome.config, "server.log_level"), "f.toml:4");
  EXPECT_EQ(origin_of(outcome.config, "server.listen"), "default");
}

TEST(Config, EveryKeyCanBeSetByFileAndByEnvironment) {
  for (const ConfigKey& key : config_keys()) {
    std::string value = to_toml(*parse_config_text(key, key.fallback));
    ConfigOutcome file = from_file(std::string(key.name) + " = " + value + "\n");
    EXPECT_TRUE(file.problems.empty()) << key.name;
    EXPECT_EQ(origin_of(file.config, key.name), "f.toml:1");
    ConfigSources sources;
    sources.environment.emplace(environment_name(key), key.fallback);
    ConfigOutcome environment = resolve_config(sources);
    EXPECT_TRUE(environment.problems.empty()) << key.name;
    EXPECT_EQ(origin_of(environment.config, key.name), environment_name(key));
  }
}

TEST(Config, UnknownKeysAreErrorsWithTheNearestName) {
  EXPECT_THAT(problems_in("[server]\nlisen = \"127.0.0.1:1\"\n"),
              ElementsAre("f.toml:2: server.lisen: there is no such key; is server.listen meant?"));
  EXPECT_THAT(
      problems_in("[zoo]\nanimals.lions = 3\n"),
      ElementsAre(
          "f.toml:2: zoo.animals.lions: there is no section [zoo]; allowed are [server], [upkeep], [agent]"));
  EXPECT_THAT(problems_in("data = \"/x\"\n"), ElementsAre(HasSubstr("f.toml:1: data: there is no such key")));
}

TEST(Config, UnknownEnvironmentNamesOfOurSectionsAreErrors) {
  ConfigSources sources;
  sources.environment = {{"FETTLE_SERVER_LISTN", "x"}, {"FETTLE_TOKEN", "t"}, {"HOME", "/root"}};
  EXPECT_THAT(resolve_config(sources).problems,
              ElementsAre(ConfigProblem{"FETTLE_SERVER_LISTN", "FETTLE_SERVER_LISTN",
                                        "there is no such key; is FETTLE_SERVER_LISTEN meant?"}));
  sources.environment = {{"FETTLE_AGENT_X", "1"}};
  EXPECT_THAT(resolve_config(sources).problems,
              ElementsAre(ConfigProblem{"FETTLE_AGENT_X", "FETTLE_AGENT_X", "there is no such key"}))
      << "what all names begin with makes none the nearest";
}

TEST(Config, AllProblemsAreFoundAtOnceWithTheirLines) {
  EXPECT_THAT(
      problems_in("[server]\nlisten = \"nowhere\"\n\nheartbeat_interval_ms = 10\nlog_level = \"loud\"\n"),
      ElementsAre(HasSubstr("f.toml:2: server.listen"), HasSubstr("f.toml:4: server.heartbeat_interval_ms"),
                  HasSubstr("f.toml:5: server.log_level")));
}

TEST(Config, ValuesOfTheWrongKindAreErrors) {
  EXPECT_THAT(problems_in("[server]\nheartbeat_interval_ms = \"5000\"\n"),
              ElementsAre(HasSubstr("this is text")));
  EXPECT_THAT(problems_in("[server]\nheartbeat_interval_ms = 1.5\n"),
              ElementsAre(HasSubstr("allowed is an integer")));
  EXPECT_THAT(problems_in("[server]\ntrusted_proxies = [1, 2]\n"),
              ElementsAre(HasSubstr("allowed is a list")));
  EXPECT_THAT(problems_in("[server]\ntrusted_proxies = \"::1\"\n"), ElementsAre(HasSubstr("this is text")));
  EXPECT_THAT(problems_in("[server]\ndata = 2026-11-22\n"), ElementsAre(HasSubstr("allowed is the path")));
  EXPECT_THAT(problems_in("server = 5\n"), ElementsAre(HasSubstr("f.toml:1: server: there is no such key")));
}

TEST(Config, AFileThatIsNoTomlNamesTheLine) {
  EXPECT_THAT(problems_in("[server]\nlisten = \n"), ElementsAre(HasSubstr("f.toml:2: ")));
  EXPECT_THAT(problems_in("[server]\ndata = \"/a\"\ndata = \"/b\"\n"), ElementsAre(HasSubstr("f.toml:3: ")));
  for (const std::string& text :
       {std::string("\xff\xfe\n"), std::string(100'000, '['), std::string("[[[[\n"),
        std::string("a = " + std::string(100'000, '[')), std::string("[server]\n\0", 10), std::string("a.\n"),
        std::string("[a.]\n"), std::string("= 1\n"), std::string("a = {\n")})
    EXPECT_EQ(problems_in(text).size(), 1U) << text.substr(0, 20);
}

TEST(Config, AFileThatLosesTheParserStillNamesTheLine) {
  EXPECT_THAT(problems_in("[server]\ndata = \"/a\"\n[[[\nlisten = 1\n"),
              ElementsAre("f.toml:3: this is no TOML"));
  EXPECT_THAT(problems_in("[[["), ElementsAre("f.toml:1: this is no TOML"));
}

TEST(Config, AnyLetterMayStandInStringsAndComments) {
  ConfigOutcome outcome = from_file(
      "\xef\xbb\xbf# \u00e4~e4\n[server] # \u00f6 \"\ndata = \"/srv/\\\"\u0178~\" # \u00fc\n[agent]\ndata = "
      "'/\u20ac~7e\\'\n");
  EXPECT_TRUE(outcome.problems.empty());
  EXPECT_EQ(outcome.config.text("server.data"), "/srv/\"\u0178~");
  EXPECT_EQ(outcome.config.text("agent.data"), "/\u20ac~7e\\");
}

TEST(Config, ALetterInTheWrongPlaceIsAFaultWithItsLine) {
  for (const char* text :
       {"\ndat\u0178 = 1\n", "# \u00e4\nEEEE\u0178E\x7f", "\n\u0178", "\n\u00a0data = '/x'\n",
        "\na = 1\u0178", "\na = 9999=\":1\u0178\"", "\n~ = 1", "\na = \"\xc5\""})
    EXPECT_THAT(problems_in(text), ElementsAre(testing::StartsWith("f.toml:2: "))) << text;
  EXPECT_THAT(problems_in("\"\u0178\" = 1\n"),
              ElementsAre(HasSubstr("f.toml:1: \u0178: there is no such key")));
}

TEST(Config, ProblemsInEnvironmentAndFlagsNameTheirPlace) {
  ConfigSources sources;
  sources.environment = {{"FETTLE_AGENT_OUTBOX_MIB", "lots"}};
  sources.flags = {{"server.listen", "8420"}};
  auto problems = resolve_config(sources).problems;
  ASSERT_EQ(problems.size(), 2U);
  EXPECT_THAT(format_problem(problems[0]),
              HasSubstr("FETTLE_AGENT_OUTBOX_MIB: agent.outbox_mib: \"lots\" is not allowed"));
  EXPECT_THAT(format_problem(problems[1]), HasSubstr("--listen: server.listen: \"8420\" is not allowed"));
}

TEST(Config, AnHttpsAddressWantsTheProxyThatEndsTls) {
  const auto outcome = from_file("[server]\npublic_url = \"https://f.example\"\n");
  ASSERT_EQ(outcome.problems.size(), 1U);
  EXPECT_THAT(format_problem(outcome.problems[0]), HasSubstr(":2: server.public_url: begins with https"));
  EXPECT_THAT(outcome.problems[0].text, HasSubstr("server.trusted_proxies"));
  EXPECT_TRUE(from_file("[server]\npublic_url = \"http://f.example\"\n").problems.empty());
  EXPECT_TRUE(from_file("[server]\npublic_url = \"https://f.example\"\ntrusted_proxies = [\"127.0.0.1\"]\n")
                  .problems.empty());
}

TEST(Config, AnUnknownTaskOfTheUpkeepIsNamedWithThoseThatThereAre) {
  const auto outcome = from_file("[upkeep]\noff = [\"vacuum\", \"vacum\"]\n");
  ASSERT_EQ(outcome.problems.size(), 1U);
  EXPECT_THAT(format_problem(outcome.problems[0]), HasSubstr("upkeep.off: \"vacum\" is not allowed"));
  EXPECT_THAT(format_problem(outcome.problems[0]), HasSubstr("\"self_copy\""));
  EXPECT_EQ(from_file("[upkeep]\ninterval_hours = 0\n").problems.size(), 1U) << "never more often than 1 h";
}

TEST(Config, OptionsCarryWhatWasSet) {
  ConfigOutcome outcome = from_file(
      "[server]\ndata = \"/d\"\nlisten = \"[::1]:9\"\nlog_level = \"debug\"\nlog_format = \"json\"\n"
      "event_days = 7\nevent_level = \"debug\"\nheartbeat_interval_ms = 1000\nsession_idle_hours = "
      "2\nsession_absolute_hours = 3\n"
      "trusted_proxies = [\"10.0.0.0/8\"]\nmetrics_open_on_loopback = true\npublic_url = "
      "\"https://f.example/\"\n"
      "[upkeep]\nenabled = false\ninterval_hours = 12\noff = [\"vacuum\", \"self_copy\"]\naudit_days = 700\n"
      "copies = 3\n"
      "[agent]\ndata = \"/a\"\nserver_url = \"http://127.0.0.1:1\"\nlog_level = \"error\"\noutbox_mib = 1\n");
  ASSERT_TRUE(outcome.problems.empty());
  ServerOptions server = server_options(outcome.config);
  EXPECT_EQ(server.data_folder, "/d");
  EXPECT_EQ(server.listen, (ListenAddress{"::1", 9}));
  EXPECT_EQ(server.public_url, "https://f.example");
  EXPECT_EQ(server.log.level, io::LogLevel::debug);
  EXPECT_EQ(server.log.format, io::LogFormat::json);
  EXPECT_EQ(server.heartbeat_interval, Millis(1000));
  EXPECT_EQ(server.event_days, 7);
  EXPECT_EQ(server.event_level, "debug");
  EXPECT_EQ(server.session_idle, std::chrono::hours(2));
  EXPECT_EQ(server.session_absolute, std::chrono::hours(3));
  EXPECT_THAT(server.trusted_proxies, ElementsAre("10.0.0.0/8"));
  EXPECT_TRUE(server.metrics_open_on_loopback);
  EXPECT_FALSE(server.upkeep.is_on);
  EXPECT_EQ(server.upkeep.interval, std::chrono::hours(12));
  EXPECT_THAT(server.upkeep.off, ElementsAre("vacuum", "self_copy"));
  EXPECT_EQ(server.upkeep.audit, std::chrono::days(700));
  EXPECT_EQ(server.upkeep.sessions, std::chrono::days(1));
  EXPECT_EQ(server.upkeep.copies, 3);
  AgentOptions agent = agent_options(outcome.config);
  EXPECT_EQ(agent.data_folder, "/a");
  EXPECT_EQ(agent.server_url, "http://127.0.0.1:1");
  EXPECT_EQ(agent.log.level, io::LogLevel::error);
  EXPECT_EQ(agent.outbox_bytes, 1024U * 1024);
}

}  // namespace
}  // namespace fettle::cli
