// A simulated host: the real agent on a simulated disk, through lives and reboots. Notes what it measured and
// what was acknowledged, which is what the invariants are about.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "fettle/agent/agent_service.h"
#include "fettle/agent/sense/sim_sensor.h"
#include "fettle/io/sim/sim_clock.h"
#include "fettle/io/sim/sim_files.h"
#include "tests/sim/sim_spool.h"

namespace fettle::sim {

/// What one host has been promised, over all its lives.
struct Promises {
  wire::Position acknowledged;  // the highest that the server acknowledged
  std::map<std::uint64_t, std::uint64_t>
      acknowledged_in;                              // the same for each start: what a crash of the agent took
                                                    // from its outbox was never sent, and nobody promised it
  std::map<wire::Position, std::int64_t> appended;  // each heartbeat that was made, with its time
};

class SimAgent {
 public:
  SimAgent(io::SimLoop& loop, io::SimRandom random, net::Dialer& dialer, const io::Log& log,
           agent::Identity identity, std::uint64_t seed);

  /// With a disk that fails it may have ended again afterwards.
  Task<void> start();
  Task<void> stop();
  /// Power goes; the next start() is a new life on what the disk kept.
  Task<void> crash();
  /// As crash(), and the machine's counters begin anew.
  Task<void> reboot();
  [[nodiscard]] bool is_running() const { return service_ != nullptr; }

  io::SimClock clock;
  io::SimDisk disk;
  SimSpool spool;
  Promises promises;
  agent::Identity identity;
  /// A change of keys that is on disk and not done.
  std::optional<Key256> next_key;
  /// What it can carry out of the server's orders; without it, nothing. Before start().
  std::function<void(agent::RunDesk&)> add_plans;
  /// The power goes before the new key is in the identity; both are still on disk then.
  bool loses_commits = false;
  void change_key(Key256 fresh);
  [[nodiscard]] agent::AgentFigures figures() const { return service_->figures(); }

 private:
  Task<void> end(MonoTime deadline);

  io::SimLoop& loop_;
  io::SimRandom random_;
  net::Dialer& dialer_;
  const io::Log& log_;
  wire::Decoder decoder_;
  agent::SimHost shape_;
  std::uint64_t reboots_ = 0;
  std::unique_ptr<io::SimFiles> files_;
  std::unique_ptr<agent::AgentService> service_;
};

}  // namespace fettle::sim
