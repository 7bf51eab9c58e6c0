#include "fettle/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_surroundings.h"

namespace fettle::cli {
namespace {

using testing::HasSubstr;

TEST(CommandLine, WithoutACommandItIsWrongUse) {
  FakeProcess process;
  EXPECT_EQ(process.run({}), 2);
  EXPECT_THAT(process.err, HasSubstr("--help"));
  EXPECT_EQ(process.out, "");
}

TEST(CommandLine, HelpGoesToStdoutForEveryCommand) {
  for (const char* command : {"server", "agent", "enroll", "hosts", "simulate", "config", "version"}) {
    FakeProcess process;
    EXPECT_EQ(process.run({command, "--help"}), 0) << command;
    EXPECT_THAT(process.out, HasSubstr(std::string("Usage: fettle ") + command));
    EXPECT_EQ(process.err, "");
  }
  FakeProcess process;
  EXPECT_EQ(process.run({"--help"}), 0);
  EXPECT_THAT(process.out, HasSubstr("75 try again"));
}

TEST(CommandLine, UnknownWordsAndFlagsAreWrongUse) {
  for (auto line : {std::initializer_list<const char*>{"serve"},
                    {"server", "--lisen", "x"},
                    {"version", "extra"},
                    {"hosts", "--url"},
                    {"simulate", "--hosts", "0"},
                    {"simulate", "--hosts", "-1"},
                    {"simulate", "--hosts", "many"},
                    {"simulate", "--seconds", "99999999"},
                    {"config"},
                    {"config", "chek"},
                    {"enroll"},
                    {"enroll", "http://x", "token", "--token-file", "f"}}) {
    FakeProcess process;
    EXPECT_EQ(process.run(line), 2) << *line.begin();
    EXPECT_NE(process.err, "");
    EXPECT_TRUE(process.servers.empty() && process.enrolments.empty() && process.simulations.empty());
  }
}

TEST(CommandLine, TheVersionCanBeAskedTwoWays) {
  FakeProcess command, flag, json;
  EXPECT_EQ(command.run({"version"}), 0);
  EXPECT_EQ(flag.run({"--version"}), 0);
  EXPECT_EQ(command.out, flag.out);
  EXPECT_THAT(command.out, testing::MatchesRegex("fettle [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_EQ(json.run({"version", "--json"}), 0);
  EXPECT_THAT(json.out, testing::StartsWith("{\"version\":\""));
}

TEST(ServerCommand, FlagsReachTheOptions) {
  FakeProcess process;
  EXPECT_EQ(process.run({"server", "--data", "/d", "--listen", "127.0.0.1:0", "--ready-file", "/r",
                         "--log-level", "debug"}),
            0);
  ASSERT_EQ(process.servers.size(), 1U);
  EXPECT_EQ(process.servers[0].data_folder, "/d");
  EXPECT_EQ(process.servers[0].listen, (ListenAddress{"127.0.0.1", 0}));
  EXPECT_EQ(process.servers[0].ready_file, "/r");
  EXPECT_EQ(process.servers[0].log.level, io::LogLevel::debug);
}

TEST(ServerCommand, ABadValueStartsNothing) {
  FakeProcess process;
  EXPECT_EQ(process.run({"server", "--data", "/d", "--listen", "8420"}), 2);
  EXPECT_TRUE(process.servers.empty());
  EXPECT_THAT(process.err, HasSubstr("--listen: server.listen: \"8420\" is not allowed"));
}

TEST(ServerCommand, WhatTheServerEndsWithIsTheExitCode) {
  FakeProcess process;
  process.answer = fail(ErrorCode::unavailable, "data_folder_in_use", "Another server uses this data folder");
  EXPECT_EQ(process.run({"server", "--data", "/d"}), 75);
  EXPECT_EQ(process.err, "fettle: Another server uses this data folder (data_folder_in_use)\n");
}

TEST(AgentCommand, FlagsReachTheOptions) {
  FakeProcess process;
  EXPECT_EQ(process.run({"agent", "--data", "/a", "--server", "http://127.0.0.1:9/"}), 0);
  ASSERT_EQ(process.agents.size(), 1U);
  EXPECT_EQ(process.agents[0].data_folder, "/a");
  EXPECT_EQ(process.agents[0].server_url, "http://127.0.0.1:9");
}

TEST(EnrollCommand, TakesTheTokenFromLineFileOrEnvironment) {
  FakeProcess line, file, environment;
  EXPECT_EQ(line.run({"enroll", "http://s:1/", "fte_line", "--data", "/a", "--name", "web-1"}), 0);
  ASSERT_EQ(line.enrolments.size(), 1U);
  EXPECT_EQ(line.enrolments[0].token.reveal(), "fte_line");
  EXPECT_EQ(line.enrolments[0].url, "http://s:1");
  EXPECT_EQ(line.enrolments[0].data_folder, "/a");
  EXPECT_EQ(line.enrolments[0].name, "web-1");
  EXPECT_THAT(line.out, HasSubstr("web-1"));
  EXPECT_THAT(line.out, testing::Not(HasSubstr("fte_line")));

  file.files["/t"] = "  fte_file\n";
  EXPECT_EQ(file.run({"enroll", "http://s:1", "--token-file", "/t", "--data", "/a"}), 0);
  ASSERT_EQ(file.enrolments.size(), 1U);
  EXPECT_EQ(file.enrolments[0].token.reveal(), "fte_file");
  EXPECT_EQ(file.enrolments[0].name, std::nullopt);

  environment.around.environment["FETTLE_ENROLMENT_TOKEN"] = "fte_environment";
  EXPECT_EQ(environment.run({"enroll", "http://s:1", "--data", "/a"}), 0);
  ASSERT_EQ(environment.enrolments.size(), 1U);
  EXPECT_EQ(environment.enrolments[0].token.reveal(), "fte_environment");
}

TEST(EnrollCommand, WithoutATokenItIsWrongUse) {
  FakeProcess none, missing, empty;
  EXPECT_EQ(none.run({"enroll", "http://s:1", "--data", "/a"}), 2);
  EXPECT_THAT(none.err, HasSubstr("a token is needed"));
  EXPECT_EQ(missing.run({"enroll", "http://s:1", "--token-file", "/none", "--data", "/a"}), 4);
  empty.files["/t"] = " \n";
  EXPECT_EQ(empty.run({"enroll", "http://s:1", "--token-file", "/t", "--data", "/a"}), 1);
  EXPECT_TRUE(none.enrolments.empty() && missing.enrolments.empty() && empty.enrolments.empty());
}

TEST(EnrollCommand, ARefusalIsNamedAndHasItsCode) {
  FakeProcess used, denied;
  used.answer = fail(ErrorCode::gone, "enrolment_token_used", "This token was used before");
  EXPECT_EQ(used.run({"enroll", "http://s:1", "t", "--data", "/a"}), 1);
  EXPECT_THAT(used.err, HasSubstr("This token was used before (enrolment_token_used)"));
  denied.answer = fail(ErrorCode::unauthenticated, "enrolment_token_unknown", "There is no such token");
  EXPECT_EQ(denied.run({"enroll", "http://s:1", "t", "--data", "/a"}), 5);
}

constexpr const char* kHosts = R"({"items":[
  {"id":"host_1","name":"alpha","state":"online","last_seen_at":"2026-11-22T09:10:04.123Z",
   "summary":{"cpu_percent":12.34,"memory_percent":50,"disk_percent":null,"rx_bytes_per_second":1500,"tx_bytes_per_second":0},
   "something_new":{"a":[1,2]}},
  {"id":"host_2","name":"b\u001b[2J","state":"waiting","last_seen_at":null,"summary":null}],"next_cursor":null})";

TEST(HostsCommand, PrintsATable) {
  FakeProcess process;
  process.answers = {{200, kHosts}};
  EXPECT_EQ(process.run({"hosts", "--token", "ftk_x"}), 0);
  EXPECT_THAT(process.out, HasSubstr("alpha"));
  EXPECT_THAT(process.out, HasSubstr("12.3"));
  EXPECT_THAT(process.out, HasSubstr("1.5 kB/s"));
  EXPECT_THAT(process.out, HasSubstr("never"));
  EXPECT_EQ(process.out.find('\x1b'), std::string::npos)
      << "no colour beyond a terminal, no code of a hostile host";
  EXPECT_EQ(process.requests.at(0).url, "http://127.0.0.1:8420/api/v1/hosts?limit=500");
}

TEST(HostsCommand, ColoursATerminalUnlessTold) {
  for (bool no_colour : {false, true}) {
    FakeProcess process;
    process.around.out_is_terminal = true;
    if (no_colour) process.around.environment["NO_COLOR"] = "1";
    process.answers = {{200, kHosts}};
    EXPECT_EQ(process.run({"hosts"}), 0);
    EXPECT_EQ(process.out.find("\x1b[32m") == std::string::npos, no_colour);
    EXPECT_EQ(process.out.find("\x1b[2J"), std::string::npos);
  }
}

TEST(HostsCommand, JsonKeepsWhatTheServerSaid) {
  FakeProcess process;
  process.answers = {{200, kHosts}};
  EXPECT_EQ(process.run({"hosts", "--json"}), 0);
  EXPECT_THAT(process.out, testing::StartsWith("{\"items\":[{\"id\":\"host_1\""));
  EXPECT_THAT(process.out, HasSubstr("\"something_new\":{\"a\":[1,2]}"));
  EXPECT_EQ(process.err, "");
}

TEST(HostsCommand, TakesUrlAndTokenFromTheEnvironment) {
  FakeProcess process;
  process.around.environment = {{"FETTLE_URL", "http://e:1/"}, {"FETTLE_TOKEN", "ftk_e"}};
  process.answers = {{200, R"({"items":[],"next_cursor":null})"}};
  EXPECT_EQ(process.run({"hosts"}), 0);
  EXPECT_EQ(process.requests.at(0).url, "http://e:1/api/v1/hosts?limit=500");
  EXPECT_EQ(process.requests.at(0).bearer.reveal(), "ftk_e");
  EXPECT_THAT(process.err, HasSubstr("no host yet"));
}

TEST(HostsCommand, AFailureHasItsExitCode) {
  struct Case {
    int status;
    int code;
  };
  for (Case each : {Case{401, 5}, {403, 5}, {404, 4}, {422, 1}, {429, 75}, {500, 1}, {503, 75}}) {
    FakeProcess process;
    process.answers = {{each.status, R"({"code":"c","detail":"why"})"}};
    EXPECT_EQ(process.run({"hosts"}), each.code) << each.status;
    EXPECT_EQ(process.err, "fettle: why (c)\n");
    EXPECT_EQ(process.out, "");
  }
  FakeProcess unreachable;
  unreachable.answer = fail(ErrorCode::unavailable, "connection_refused", "Nothing answers there");
  EXPECT_EQ(unreachable.run({"hosts"}), 75);
}

TEST(SimulateCommand, NeedsAWayToEnrolItsHosts) {
  FakeProcess process;
  EXPECT_EQ(process.run({"simulate", "--hosts", "2", "--seconds", "1"}), 2);
  EXPECT_TRUE(process.simulations.empty());
}

TEST(SimulateCommand, TakesATokenOrAFileOfEnrolmentTokens) {
  FakeProcess bearer, tokens, few;
  bearer.around.environment["FETTLE_TOKEN"] = "ftk_e";
  EXPECT_EQ(bearer.run({"simulate", "--hosts", "3", "--seconds", "7", "--url", "http://s:1", "--seed", "9",
                        "--json"}),
            0);
  ASSERT_EQ(bearer.simulations.size(), 1U);
  EXPECT_EQ(bearer.simulations[0].bearer.reveal(), "ftk_e");
  EXPECT_EQ(bearer.simulations[0].hosts, 3U);
  EXPECT_EQ(bearer.simulations[0].duration, std::chrono::seconds(7));
  EXPECT_EQ(bearer.simulations[0].seed, 9U);
  EXPECT_EQ(bearer.out,
            "{\"hosts\":3,\"heartbeats_sent\":20,\"heartbeats_acknowledged\":19,\"reconnects\":1,"
            "\"ack_p50_ms\":1.500,\"ack_p99_ms\":12.250}\n");

  tokens.files["/t"] = "one\n\n two \n";
  EXPECT_EQ(tokens.run(
                {"simulate", "--hosts", "2", "--seconds", "1", "--enrolment-tokens", "/t", "--report", "/r"}),
            0);
  ASSERT_EQ(tokens.simulations.size(), 1U);
  EXPECT_EQ(tokens.simulations[0].enrolment_tokens.at(1).reveal(), "two");
  EXPECT_EQ(tokens.simulations[0].report_file, "/r");

  few.files["/t"] = "one\n";
  EXPECT_EQ(few.run({"simulate", "--hosts", "2", "--enrolment-tokens", "/t"}), 1);
  EXPECT_THAT(few.err, HasSubstr("holds 1 tokens for 2 hosts"));
}

TEST(ExitCodes, EveryErrorHasOne) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    FakeProcess process;
    process.answer = fail(static_cast<ErrorCode>(code), "reason", "detail\x1b[2J");
    EXPECT_NE(process.run({"agent", "--data", "/a"}), 0);
    EXPECT_EQ(process.err.find('\x1b'), std::string::npos);
  }
}

}  // namespace
}  // namespace fettle::cli
