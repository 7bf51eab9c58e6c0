// Seeds of the whole-system simulation. A failure names its seed; FETTLE_SIM_SEED=<n> plays that one alone
// and tells what happens, FETTLE_SIM_SEEDS=<count> plays more of them (./dev soak simulation).
#include <gtest/gtest.h>

#include <cstdlib>

#include "fettle/base/crypto.h"
#include "tests/sim/world.h"

namespace fettle::sim {
namespace {

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

Verdict play(std::uint64_t seed, bool verbose = false) {
  WorldShape shape;
  shape.agents = 2 + static_cast<unsigned>(seed % 4);
  shape.faults = 15 + static_cast<unsigned>(seed % 20);
  shape.verbose = verbose;
  World world(seed, shape);
  return world.run();
}

class Simulation : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { crypto_start(); }
};

TEST_F(Simulation, KeepsItsPromisesUnderEverySeed) {
  if (const std::uint64_t seed = number_from_environment("FETTLE_SIM_SEED", 0); seed != 0) {
    EXPECT_EQ(play(seed, true).fault, "");
    return;
  }
  const std::uint64_t first = number_from_environment("FETTLE_SIM_FIRST", 1);
  const std::uint64_t count = number_from_environment("FETTLE_SIM_SEEDS", 300);
  std::uint64_t heartbeats = 0;
  std::uint64_t server_lives = 0;
  std::uint64_t agent_lives = 0;
  std::uint64_t sealed = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Verdict verdict = play(seed);
    EXPECT_EQ(verdict.fault, "") << "seed " << seed;
    heartbeats += verdict.heartbeats;
    server_lives += verdict.server_lives;
    agent_lives += verdict.agent_lives;
    sealed += verdict.sealed;
  }
  std::printf(
      "%llu seeds: %llu heartbeats, %llu of them sealed, %llu lives of servers, %llu lives of agents\n",
      static_cast<unsigned long long>(count), static_cast<unsigned long long>(heartbeats),
      static_cast<unsigned long long>(sealed), static_cast<unsigned long long>(server_lives),
      static_cast<unsigned long long>(agent_lives));
  EXPECT_GT(heartbeats, 10 * count);
  EXPECT_GT(server_lives, count);
  EXPECT_GT(sealed, 5 * count);
}

TEST_F(Simulation, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const Verdict first = play(42);
  const Verdict again = play(42);
  EXPECT_EQ(first.trace, again.trace);
  EXPECT_EQ(first.heartbeats, again.heartbeats);
  EXPECT_NE(first.trace, play(43).trace);
}

}  // namespace
}  // namespace fettle::sim
