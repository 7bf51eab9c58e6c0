// The whole control side in one thread: a server, agents on their own disks and clocks, pages, and a network
// between them, all from one seed. Plays faults, checks the invariants after each, then heals everything and
// demands that all work comes to an end (R6).
#pragma once
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fettle/io/log_sink.h"
#include "tests/sim/sim_agent.h"
#include "tests/sim/sim_page.h"
#include "tests/sim/sim_server.h"
#include "tests/support/sim_channel.h"

namespace fettle::sim {

struct WorldShape {
  unsigned agents = 4;
  unsigned pages = 3;
  unsigned faults = 30;  // of them, one every few virtual seconds
  bool verbose = false;
};

/// How a run went; `fault` is empty when every invariant held.
struct Verdict {
  std::string fault;
  std::uint64_t trace = 0;
  std::uint64_t heartbeats = 0;
  std::uint64_t server_lives = 0;
  std::uint64_t agent_lives = 0;
  std::uint64_t sealed = 0;  // samples in the tiers at the end
};

class World {
 public:
  World(std::uint64_t seed, WorldShape shape);
  ~World();
  Verdict run();

 private:
  // world.cc: the course of events
  void begin();
  void play_fault();
  void change_rights();
  void heal();
  void finish();
  void start_server();
  void stop_server();
  void crash_server();
  void end_server_life();
  void enrol_agents();
  void note(std::string_view what);
  void tell_log() const;
  [[nodiscard]] std::string links() const;
  io::SimRandom& chance() { return chance_; }
  SimAgent& any_agent();
  // world_checks.cc: the invariants
  void check_step();
  void check_journal();
  void check_stored();
  void check_pages();
  void check_healed();
  void check_values(const SimAgent& agent);
  void check_conditions();
  void check_events();
  void check_history();
  void fail(const std::string& what);
  [[nodiscard]] bool has_failed() const { return !verdict_.fault.empty(); }

  const WorldShape shape_;
  Verdict verdict_;
  io::SimLoop loop_;
  io::SimRandom chance_;
  std::shared_ptr<io::MemorySink> sink_;
  io::Log log_;
  io::SimClock clock_;  // the server's
  io::SimDisk disk_;    // the server's
  testing::SimNetwork network_;
  std::unique_ptr<SimServer> server_;
  std::vector<std::unique_ptr<SimAgent>> agents_;
  std::vector<std::unique_ptr<SimPage>> pages_;
  std::map<std::string, std::set<wire::Position>> journaled_;  // by host, as read back at the last start
};

}  // namespace fettle::sim
