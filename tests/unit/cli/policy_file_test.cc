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
  EXPECT_EQ(outcome.policy, (PolicyOptions{Millis(5000), Millis(60'000)}));
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
