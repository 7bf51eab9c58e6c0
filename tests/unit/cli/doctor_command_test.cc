#include <gtest/gtest.h>

#include "tests/unit/cli/fake_surroundings.h"

namespace fettle::cli {
namespace {

const DoctorFindings kFindings{{"space", DoctorState::good, "900 MiB free", ""},
                               {"clock", DoctorState::warning, "nothing keeps it", "run chrony"},
                               {"restic", DoctorState::note, "not here", ""}};

TEST(DoctorCommand, SaysWhatToDoAndSucceedsWhenNothingFailed) {
  FakeProcess process;
  process.findings = kFindings;
  EXPECT_EQ(process.run({"doctor", "server", "--data", "/d"}), 0) << process.err;
  EXPECT_EQ(process.servers.at(0).data_folder, "/d");
  EXPECT_NE(process.out.find("warning  clock          nothing keeps it"), std::string::npos) << process.out;
  EXPECT_NE(process.out.find("-> run chrony"), std::string::npos) << process.out;
  EXPECT_EQ(process.out.find('\033'), std::string::npos) << "no colour but on a terminal";
}

TEST(DoctorCommand, FailsWhenACheckFailed) {
  FakeProcess process;
  process.findings = kFindings;
  process.findings.push_back({"port", DoctorState::failed, "taken\n", "end that"});
  EXPECT_EQ(process.run({"doctor", "agent", "--data", "/d"}), 1);
  EXPECT_NE(process.out.find("FAILED   port           taken\\x0a"), std::string::npos) << process.out;
  process.out.clear();
  EXPECT_EQ(process.run({"doctor", "agent", "--data", "/d", "--json"}), 1);
  EXPECT_NE(process.out.find(
                R"({"role":"agent","check":"port","state":"failed","detail":"taken\n","advice":"end that"})"),
            std::string::npos)
      << process.out;
}

TEST(DoctorCommand, ABrokenConfigurationIsAFindingAndNothingElseIsLookedAt) {
  FakeProcess process;
  process.files["/c"] = "[server]\nlisten = 8420\n";
  EXPECT_EQ(process.run({"doctor", "server", "--config", "/c"}), 1);
  EXPECT_NE(process.out.find("/c:2: server.listen"), std::string::npos) << process.out;
  EXPECT_EQ(process.run({"doctor", "server", "--config", "/none"}), 1);
  EXPECT_TRUE(process.servers.empty());
}

TEST(DoctorCommand, AnUntrustedPolicyFailsTheAgent) {
  FakeProcess process;
  process.untrusted.insert("/etc/fettle/agent-policy.toml");
  EXPECT_EQ(process.run({"doctor", "agent", "--data", "/d"}), 1);
  EXPECT_NE(process.out.find("FAILED   policy"), std::string::npos) << process.out;
}

TEST(DoctorCommand, WithoutARoleItLooksAtWhatIsHere) {
  FakeProcess process;
  EXPECT_EQ(process.run({"doctor"}), 4);
  EXPECT_NE(process.err.find("nothing_here"), std::string::npos) << process.err;
  process.folders.insert("/var/lib/fettle/agent");
  EXPECT_EQ(process.run({"doctor"}), 0);
  EXPECT_EQ(process.agents.size(), 1U);
  EXPECT_TRUE(process.servers.empty());
  process.folders.insert("/var/lib/fettle/server");
  EXPECT_EQ(process.run({"doctor", "--json"}), 0);
  EXPECT_EQ(process.servers.size(), 1U);
}

}  // namespace
}  // namespace fettle::cli
