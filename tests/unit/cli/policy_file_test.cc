#include "fettle/cli/policy_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/unit/cli/fake_surroundings.h"

namespace fettle::cli {
namespace {

std::vector<std::string> problems(std::string_view text) {
  std::vector<std::string> out;
  for (const ConfigProblem& problem : parse_policy("p.toml", text).problems)
    out.push_back(format_problem(problem));
  return out;
}

TEST(PolicyFile, SaysWhatTheServerMay) {
  const auto outcome = parse_policy("p.toml", "[heartbeat]\nfastest_interval_ms = 5000\n");
  EXPECT_TRUE(outcome.problems.empty());
  EXPECT_EQ(outcome.policy, (PolicyOptions{Millis(5000), Millis(60'000), {}}));
  EXPECT_EQ(parse_policy("p.toml", "").policy, PolicyOptions{});
}

TEST(PolicyFile, TheOneThatIsInstalledAllowsWhatIsBuiltIn) {
  std::ifstream file(FETTLE_PACKAGING_FOLDER "/agent-policy.toml");
  std::stringstream text;
  text << file.rdbuf();
  ASSERT_FALSE(text.str().empty());
  const auto outcome = parse_policy("p.toml", text.str());
  EXPECT_TRUE(outcome.problems.empty());
  EXPECT_EQ(outcome.policy, PolicyOptions{});
}

TEST(PolicyFile, NamesLineAndKeyOfWhateverIsWrong) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(problems("[heartbeat]\nfastest_interval = 1000\n"),
            (Lines{"p.toml:2: heartbeat.fastest_interval: there is no such key; is "
                   "heartbeat.fastest_interval_ms meant?"}));
  EXPECT_EQ(problems("[backups]\nroots = [\"/\"]\n"),
            (Lines{"p.toml:2: backups.roots: there is no such key in a policy"}));
  for (const char* value : {"999", "60001", "-1", "\"1000\"", "1.5", "true", "[1000]"}) {
    EXPECT_EQ(problems(std::string("[heartbeat]\nslowest_interval_ms = ") + value),
              (Lines{"p.toml:2: heartbeat.slowest_interval_ms: must be an integer from 1000 to 60000"}))
        << value;
  }
  EXPECT_EQ(
      problems("[heartbeat]\nfastest_interval_ms = 9000\nslowest_interval_ms = 8000\n"),
      (Lines{"p.toml: heartbeat.fastest_interval_ms: must not be more than heartbeat.slowest_interval_ms"}));
  EXPECT_EQ(problems("[heartbeat\n").size(), 1U);
  EXPECT_EQ(problems("\xff").size(), 1U);
}

TEST(PolicyFile, NamesTheCommandsThatMayBeRun) {
  const auto outcome = parse_policy("p.toml",
                                    "[commands.nightly]\n"
                                    "argv = [\"/bin/a\", \"-x\", \"two words\"]\n"
                                    "environment = [\"LEVEL=3\", \"EMPTY=\"]\n"
                                    "directory = \"/srv\"\nuser = \"backup\"\ndeadline_s = 60\n"
                                    "[commands.other_1]\nargv = [\"/bin/b\"]\n");
  EXPECT_TRUE(outcome.problems.empty());
  ASSERT_EQ(outcome.policy.commands.size(), 2U);
  EXPECT_EQ(
      outcome.policy.commands.at("nightly"),
      (CommandOptions{{"/bin/a", "-x", "two words"}, {"LEVEL=3", "EMPTY="}, "/srv", "backup", Seconds(60)}));
  EXPECT_EQ(outcome.policy.commands.at("other_1"), (CommandOptions{.arguments = {"/bin/b"}}));
}

TEST(PolicyFile, SaysWhatIsWrongWithACommand) {
  const auto problem = [](const std::string& text) {
    const auto found = problems(text);
    return found.empty() ? "none" : found.front();
  };
  const auto in_command = [&](const std::string& line) {
    return problem("[commands.a]\nargv = [\"/bin/a\"]\n" + line + "\n");
  };
  EXPECT_EQ(problem("[commands.a]\ndeadline_s = 5\n"),
            "p.toml: commands.a.argv: is missing: a command needs a program");
  EXPECT_EQ(problem("[commands.a]\nargv = [\"a\"]\n"),
            "p.toml:2: commands.a.argv: must begin with the whole path of a program");
  for (const char* argv : {"\"/bin/a\"", "[]", "[1]", "[\"/bin/a\", \"x\\u0000y\"]"}) {
    EXPECT_EQ(problem(std::string("[commands.a]\nargv = ") + argv),
              "p.toml:2: commands.a.argv: must be a list of 1 to 128 texts: the program and its arguments")
        << argv;
  }
  EXPECT_EQ(
      problem("[commands.A]\nargv = [\"/bin/a\"]\n"),
      "p.toml:2: commands.A.argv: the name of a command has 1 to 64 of a to z, 0 to 9, - and _, and begins "
      "with a letter or a digit");
  EXPECT_EQ(
      in_command("environment = [\"=x\"]"),
      "p.toml:3: commands.a.environment: must be a list of at most 128 texts of the form \"NAME=value\"");
  EXPECT_EQ(in_command("directory = \"srv\""),
            "p.toml:3: commands.a.directory: must be the whole path of a folder");
  EXPECT_EQ(in_command("user = 0"), "p.toml:3: commands.a.user: must be the name of a user of this host");
  EXPECT_EQ(in_command("deadline_s = 0"),
            "p.toml:3: commands.a.deadline_s: must be an integer from 1 to 604800");
  EXPECT_EQ(in_command("shell = true"), "p.toml:3: commands.a.shell: there is no such key in a policy");
}

TEST(PolicyFile, AnAgentRunsOnItOrNotAtAll) {
  FakeProcess process;
  process.files["/p"] = "[heartbeat]\nfastest_interval_ms = 7000\n";
  EXPECT_EQ(process.run({"agent", "--data", "/d", "--policy", "/p"}), 0);
  ASSERT_EQ(process.agents.size(), 1U);
  EXPECT_EQ(process.agents[0].policy.fastest_interval, Millis(7000));
  EXPECT_EQ(process.run({"agent", "--data", "/d"}), 0) << "there is none: what is built in counts";
  EXPECT_EQ(process.agents[1].policy, PolicyOptions{});

  EXPECT_EQ(process.run({"agent", "--data", "/d", "--policy", "/none"}), 2);
  process.files["/wrong"] = "[heartbeat]\nx = 1\n";
  EXPECT_EQ(process.run({"agent", "--data", "/d", "--policy", "/wrong"}), 2);
  EXPECT_NE(process.err.find("/wrong:2: heartbeat.x"), std::string::npos) << process.err;
  process.untrusted.insert("/p");
  EXPECT_EQ(process.run({"agent", "--data", "/d", "--policy", "/p"}), 5);
  EXPECT_NE(process.err.find("nobody but root"), std::string::npos) << process.err;
  process.untrusted.insert(std::string(kPolicyPath));
  EXPECT_EQ(process.run({"agent", "--data", "/d"}), 5) << "the system's own counts no more then";
  EXPECT_EQ(process.agents.size(), 2U) << "no agent was started";
}

TEST(PolicyFile, CanBeCheckedByItself) {
  FakeProcess process;
  process.files["/p"] = "[heartbeat]\nslowest_interval_ms = 30000\n";
  EXPECT_EQ(process.run({"agent", "policy", "check", "--policy", "/p"}), 0) << process.err;
  EXPECT_NE(process.out.find("30000 ms"), std::string::npos) << process.out;
  EXPECT_TRUE(process.agents.empty());
  EXPECT_EQ(process.run({"agent", "policy"}), 2);
}

}  // namespace
}  // namespace fettle::cli
