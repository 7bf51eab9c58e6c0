#include "fettle/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_surroundings.h"
#include "fettle/base/text.h"

namespace fettle::cli {
namespace {

using testing::HasSubstr;

TEST(CommandLine, WithoutACommandItShowsThoseThatThereAre) {
  FakeProcess process, config;
  EXPECT_EQ(process.run({}), 2);
  EXPECT_THAT(process.err, HasSubstr("\n  enroll "));
  EXPECT_EQ(process.out, "");
  EXPECT_EQ(config.run({"config"}), 2);
  EXPECT_THAT(config.err, HasSubstr("Usage: fettle config"));
  EXPECT_THAT(config.err, HasSubstr("\n  check "));
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

TEST(CommandLine, HelpOfExecShowsWhereTheCommandStands) {
  FakeProcess process;
  EXPECT_EQ(process.run({"exec", "--help"}), 0);
  EXPECT_THAT(process.out, HasSubstr("Usage: fettle exec [OPTIONS] -- COMMAND...\n"));
  EXPECT_THAT(process.out, HasSubstr("Exit codes: the command's own; 128 + n"));
  EXPECT_THAT(process.out, testing::Not(HasSubstr("75 try again")))
      << "those of the other commands are not its own";
  EXPECT_THAT(process.out, HasSubstr("\n  fettle exec --check\n"));
}

TEST(CommandLine, SaysWhatWasProbablyMeant) {
  struct Case {
    std::initializer_list<const char*> line;
    const char* sentence;
  };
  for (const Case& each : {
           Case{{"serve"}, "fettle: there is no command 'serve'; is 'server' meant?\nRun 'fettle --help' "},
           {{"config", "chek"},
            "fettle: there is no command 'chek'; is 'check' meant?\nRun 'fettle config --help' "},
           {{"dance"}, "fettle: there is no command 'dance'\n"},
           {{"hosts", "--jsn"},
            "fettle: there is no option '--jsn'; is '--json' meant?\nRun 'fettle hosts --help' "},
           {{"server", "--lisen=x"}, "fettle: there is no option '--lisen'; is '--listen' meant?\n"},
           {{"server", "--lisen", "x"}, "fettle: there is no option '--lisen'; is '--listen' meant?\n"},
           {{"hosts", "-x"}, "fettle: there is no option '-x'\n"},
           {{"--data", "/d", "server"}, "fettle: --data belongs behind 'fettle server'\n"},
           {{"hosts", "all"}, "fettle: there is no command 'all'\n"},
           {{"hosts", "--url"}, "fettle: --url needs a value\n"},
       }) {
    FakeProcess process;
    EXPECT_EQ(process.run(each.line), 2);
    EXPECT_THAT(process.err, testing::StartsWith(each.sentence));
  }
}

TEST(CommandLine, HelpSaysInWordsWhatAFlagHolds) {
  FakeProcess server, simulate;
  EXPECT_EQ(server.run({"server", "--help"}), 0);
  EXPECT_THAT(server.out, HasSubstr("  --listen ADDRESS:PORT "));
  EXPECT_THAT(server.out, HasSubstr("FETTLE_SERVER_LISTEN"));
  EXPECT_EQ(simulate.run({"simulate", "--help"}), 0);
  EXPECT_THAT(simulate.out, HasSubstr("  --hosts N "));
  EXPECT_THAT(simulate.out, HasSubstr("(default: 100)"));
  EXPECT_THAT(simulate.out, HasSubstr("Examples:\n  FETTLE_TOKEN=ftk_... fettle simulate"));
  for (const std::string& out : {server.out, simulate.out}) {
    EXPECT_EQ(out.find("UINT"), std::string::npos) << "a type of the parser's";
    EXPECT_EQ(out.find("Excludes"), std::string::npos);
    for (std::string_view line : split(out, '\n')) EXPECT_LE(line.size(), 110U) << line;
  }
}

TEST(CommandLine, OutputThatIsLostIsAFailure) {
  FakeProcess full;
  full.out_state = fail(ErrorCode::io, "output_lost", "the output could not be written");
  EXPECT_EQ(full.run({"version"}), 1);
  EXPECT_THAT(full.err, HasSubstr("output_lost"));
  EXPECT_EQ(full.run({"--help"}), 1);
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
                    {"simulate", "--history", "999999999"},
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
  EXPECT_EQ(line.out, "This host is now web-1 (host_1). Start its agent: fettle agent --data /a\n");
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

TEST(EnrollCommand, WithoutATokenItSaysWhereOneComesFrom) {
  FakeProcess none, missing, empty;
  EXPECT_EQ(none.run({"enroll", "http://s:1", "--data", "/a"}), 5);
  EXPECT_THAT(none.err, HasSubstr("'Add a host' on the page"));
  EXPECT_THAT(none.err, HasSubstr("FETTLE_ENROLMENT_TOKEN"));
  EXPECT_EQ(missing.run({"enroll", "http://s:1", "--token-file", "/none", "--data", "/a"}), 2);
  empty.files["/t"] = " \n";
  EXPECT_EQ(empty.run({"enroll", "http://s:1", "--token-file", "/t", "--data", "/a"}), 2);
  EXPECT_TRUE(none.enrolments.empty() && missing.enrolments.empty() && empty.enrolments.empty());
}

TEST(EnrollCommand, AnAddressThatCannotBeCalledIsWrongUse) {
  for (const char* url : {"127.0.0.1:8420", "ftp://s", "ws://s", "http://", "http://s:0", "http://s/?a"}) {
    FakeProcess process;
    EXPECT_EQ(process.run({"enroll", url, "t", "--data", "/a"}), 2) << url;
    EXPECT_THAT(process.err, testing::StartsWith("fettle: URL: ")) << url;
    EXPECT_TRUE(process.enrolments.empty()) << url;
  }
}

TEST(EnrollCommand, ARefusalIsNamedAndHasItsCode) {
  FakeProcess used, denied, present;
  used.answer = fail(ErrorCode::conflict, "enrolment_token_used", "This token was used before");
  EXPECT_EQ(used.run({"enroll", "http://s:1", "t", "--data", "/a"}), 5);
  EXPECT_THAT(used.err, HasSubstr("This token was used before (enrolment_token_used)"));
  denied.answer = fail(ErrorCode::unauthenticated, "enrolment_token_unknown", "There is no such token");
  EXPECT_EQ(denied.run({"enroll", "http://s:1", "t", "--data", "/a"}), 5);
  present.answer = fail(ErrorCode::conflict, "already_enrolled", "There is an identity");
  EXPECT_EQ(present.run({"enroll", "http://s:1", "t", "--data", "/a"}), 1);
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
  EXPECT_THAT(process.out, HasSubstr("1.46 KiB/s"));
  EXPECT_THAT(process.out, HasSubstr("never"));
  EXPECT_EQ(process.out.find('\x1b'), std::string::npos)
      << "no colour beyond a terminal, no code of a hostile host";
  EXPECT_EQ(process.requests.at(0).url, "http://127.0.0.1:8420/api/v1/hosts?limit=500");
}

TEST(HostsCommand, ColoursATerminalUnlessTold) {
  for (bool no_colour : {false, true}) {
    FakeProcess process;
    process.around.environment["FETTLE_TOKEN"] = "ftk_e";
    process.around.out_is_terminal = true;
    if (no_colour) process.around.environment["NO_COLOR"] = "1";
    process.answers = {{200, kHosts}};
    EXPECT_EQ(process.run({"hosts"}), 0);
    EXPECT_EQ(process.out.find("\x1b[32m") == std::string::npos, no_colour);
    EXPECT_EQ(process.out.find("\x1b[2J"), std::string::npos);
  }
}

TEST(HostsCommand, RemovesOnlyWhatSomebodySaidYesTo) {
  const ApiAnswer schedules{200,
                            R"({"items":[{"name":"nightly"},{"name":"b\u001b[2J"}],"next_cursor":null})"};
  struct Case {
    const char* said;
    int code;
    std::size_t requests;
  };
  for (const Case& one : {Case{"y", 0, 3}, {"YES", 0, 3}, {"", 1, 2}, {"no", 1, 2}}) {
    FakeProcess process;
    process.around.can_ask = true;
    process.around.read_line = [&one] { return std::string(one.said); };
    process.answers = {{200, kHosts}, schedules, {204, ""}};
    EXPECT_EQ(process.run({"hosts", "remove", "alpha", "--token", "ftk_x"}), one.code) << one.said;
    EXPECT_EQ(process.requests.size(), one.requests) << one.said;
    EXPECT_THAT(process.err, HasSubstr("2 schedules go with it: nightly, b\\x1b[2J."));
    EXPECT_EQ(process.out, one.code == 0 ? "alpha was removed.\n" : "");
  }
  FakeProcess script;
  EXPECT_EQ(script.run({"hosts", "remove", "alpha", "--token", "ftk_x"}), 2);
  EXPECT_THAT(script.err, HasSubstr("--yes"));
  EXPECT_TRUE(script.requests.empty());
  script.answers = {{200, kHosts}, {204, ""}};
  EXPECT_EQ(script.run({"hosts", "remove", "alpha", "--yes", "--token", "ftk_x"}), 0);
  EXPECT_EQ(script.requests.back().method, "DELETE");
}

TEST(HostsCommand, JsonKeepsWhatTheServerSaid) {
  FakeProcess process;
  process.answers = {{200, kHosts}};
  EXPECT_EQ(process.run({"hosts", "--json", "--token", "ftk_x"}), 0);
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
  for (Case each :
       {Case{400, 2}, {401, 5}, {403, 5}, {404, 4}, {409, 1}, {422, 2}, {429, 75}, {500, 1}, {503, 75}}) {
    FakeProcess process;
    process.answers = {{each.status, R"({"code":"c","detail":"why"})"}};
    EXPECT_EQ(process.run({"hosts", "--token", "ftk_x"}), each.code) << each.status;
    EXPECT_THAT(process.err, testing::StartsWith("fettle: why"));
    EXPECT_EQ(process.err.find("scope read") != std::string::npos, each.status == 403);
    EXPECT_EQ(process.out, "");
  }
  FakeProcess unreachable;
  unreachable.answer = fail(ErrorCode::unavailable, "connection_refused", "Nothing answers there");
  EXPECT_EQ(unreachable.run({"hosts", "--token", "ftk_x"}), 75);
}

TEST(HostsCommand, WithoutATokenItSaysWhereOneComesFrom) {
  FakeProcess process;
  EXPECT_EQ(process.run({"hosts"}), 5);
  for (const char* word : {"Settings", "scope read", "FETTLE_TOKEN", "--token", "--token-file"})
    EXPECT_THAT(process.err, HasSubstr(word));
  EXPECT_TRUE(process.requests.empty());
}

TEST(HostsCommand, AnAddressThatCannotBeCalledIsNamedWithItsSource) {
  FakeProcess flag, environment;
  EXPECT_EQ(flag.run({"hosts", "--token", "ftk_x", "--url", "nonsense"}), 2);
  EXPECT_THAT(flag.err, testing::StartsWith("fettle: --url: 'nonsense' is no address"));
  environment.around.environment["FETTLE_URL"] = "http://s:99999";
  EXPECT_EQ(environment.run({"hosts", "--token", "ftk_x"}), 2);
  EXPECT_THAT(environment.err, testing::StartsWith("fettle: FETTLE_URL: "));
  EXPECT_TRUE(flag.requests.empty() && environment.requests.empty());
}

TEST(HostsCommand, AnEnvironmentThatIsNotThereIsNotFound) {
  FakeProcess process;
  process.answers = {
      {422,
       R"({"code":"invalid_field","detail":"d","errors":[{"pointer":"/query/environment","detail":"d"}]})"}};
  EXPECT_EQ(process.run({"hosts", "--token", "ftk_x", "--environment", "a b&c"}), 4);
  EXPECT_EQ(process.requests.at(0).url, "http://127.0.0.1:8420/api/v1/hosts?environment=a%20b%26c&limit=500");
  EXPECT_THAT(process.err, HasSubstr("'a b&c'"));
}

TEST(SimulateCommand, NeedsAWayToEnrolItsHosts) {
  FakeProcess process;
  EXPECT_EQ(process.run({"simulate", "--hosts", "2", "--seconds", "1"}), 5);
  EXPECT_THAT(process.err, HasSubstr("scope admin"));
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
            "\"ack_p50_ms\":1.500,\"ack_p99_ms\":12.250,\"hosts_removed\":0}\n");

  tokens.files["/t"] = "one\n\n two \n";
  EXPECT_EQ(tokens.run({"simulate", "--hosts", "2", "--seconds", "1", "--enrolment-tokens", "/t", "--report",
                        "/r", "--history", "60"}),
            0);
  ASSERT_EQ(tokens.simulations.size(), 1U);
  EXPECT_EQ(bearer.simulations[0].history, std::chrono::minutes(0));
  EXPECT_EQ(tokens.simulations[0].history, std::chrono::minutes(60));
  EXPECT_EQ(tokens.simulations[0].enrolment_tokens.at(1).reveal(), "two");
  EXPECT_EQ(tokens.simulations[0].report_file, "/r");

  few.files["/t"] = "one\n";
  EXPECT_EQ(few.run({"simulate", "--hosts", "2", "--enrolment-tokens", "/t"}), 2);
  EXPECT_THAT(few.err, HasSubstr("holds 1 tokens for 2 hosts"));
}

TEST(SimulateCommand, SaysWhatBecameOfTheHosts) {
  FakeProcess gone, kept, left;
  for (FakeProcess* each : {&gone, &kept, &left}) each->around.environment["FETTLE_TOKEN"] = "ftk_e";
  gone.simulated.hosts_removed = 3;
  EXPECT_EQ(gone.run({"simulate", "--hosts", "3"}), 0);
  EXPECT_FALSE(gone.simulations.at(0).keep_hosts);
  EXPECT_THAT(gone.out, HasSubstr("3 hosts were removed from the fleet again\n"));
  EXPECT_EQ(kept.run({"simulate", "--hosts", "3", "--keep"}), 0);
  EXPECT_TRUE(kept.simulations.at(0).keep_hosts);
  EXPECT_THAT(kept.out, HasSubstr("stay in the fleet"));
  left.simulated.hosts_removed = 1;
  left.simulated.why_hosts_stay = "2 of the hosts could not be removed";
  EXPECT_EQ(left.run({"simulate", "--hosts", "3"}), 1);
  EXPECT_EQ(left.err, "fettle: 2 of the hosts could not be removed\n");
}

TEST(SimulateCommand, ShowsItsProgressOnStderr) {
  using Phase = SimulateProgress::Phase;
  FakeProcess file, terminal;
  for (FakeProcess* each : {&file, &terminal}) {
    each->around.environment["FETTLE_TOKEN"] = "ftk_e";
    each->progress = {{Phase::enrolling, 0, 3, {}},
                      {Phase::enrolling, 2, 3, {}},
                      {Phase::playing, 0, 3, std::chrono::seconds(9)},
                      {Phase::removing, 0, 3, {}}};
  }
  terminal.around.err_is_terminal = true;
  EXPECT_EQ(file.run({"simulate", "--hosts", "3"}), 0);
  EXPECT_EQ(file.err, "enrolling 3 hosts\nplaying 3 hosts for 9 s\nremoving 3 hosts\n");
  EXPECT_EQ(terminal.run({"simulate", "--hosts", "3"}), 0);
  EXPECT_THAT(terminal.err, HasSubstr("\r\x1b[Kenrolling 3 hosts: 2 done"));
  EXPECT_THAT(terminal.err, testing::EndsWith("\r\x1b[K")) << "the line is gone at the end";
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
