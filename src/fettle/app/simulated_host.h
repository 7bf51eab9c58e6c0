// One agent of `fettle simulate`: the real service over the real protocol, with made-up numbers and an outbox
// in memory that notes what was acknowledged, and after how long.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fettle/agent/agent_service.h"
#include "fettle/agent/outbox/memory_outbox.h"
#include "fettle/agent/sense/sim_sensor.h"

namespace fettle::app {

/// What all hosts of one simulation have measured together. Loop thread.
struct SimulationTally {
  std::uint64_t sent = 0;
  std::uint64_t acknowledged = 0;
  std::vector<float> ack_ms;  // of the first kMostAckTimes heartbeats
  static constexpr std::size_t kMostAckTimes = 2'000'000;
};

class NotingOutbox final : public agent::Outbox {
 public:
  NotingOutbox(const io::Clock& clock, SimulationTally& tally, std::uint64_t boot,
               const agent::OutboxLimits& limits)
      : clock_(clock), tally_(tally), inner_(boot, limits) {}

  /// As if it had been waiting here when the agent started; not measured.
  void append_past(wire::Heartbeat heartbeat, const std::shared_ptr<const wire::SeriesSet>& set) {
    inner_.append(std::move(heartbeat), set);
  }

  Task<Result<>> start() override { return inner_.start(); }
  Task<void> stop() override { return inner_.stop(); }
  [[nodiscard]] std::uint64_t boot() const override { return inner_.boot(); }
  [[nodiscard]] wire::Position last() const override { return inner_.last(); }
  Task<Result<>> raise_boot(std::uint64_t boot) override { return inner_.raise_boot(boot); }
  wire::Position append(wire::Heartbeat heartbeat,
                        const std::shared_ptr<const wire::SeriesSet>& set) override;
  void on_ready(std::function<void()> call) override { inner_.on_ready(std::move(call)); }
  [[nodiscard]] bool has_beyond(wire::Position after) const override { return inner_.has_beyond(after); }
  Task<Result<std::vector<agent::OutboxRecord>>> next(wire::Position after, std::size_t most) override {
    return inner_.next(after, most);
  }
  void acknowledge(wire::Position position) override;
  Task<Result<>> sync_now() override { return inner_.sync_now(); }
  [[nodiscard]] agent::OutboxFigures figures() const override { return inner_.figures(); }

  [[nodiscard]] wire::Position acknowledged() const { return acknowledged_; }

 private:
  struct Waiting {
    wire::Position position;
    MonoTime since;
  };
  const io::Clock& clock_;
  SimulationTally& tally_;
  agent::MemoryOutbox inner_;
  std::deque<Waiting> waiting_;  // bounded by the outbox itself
  wire::Position acknowledged_;
};

/// The agent and the note-taking outbox that it owns.
struct SimulatedHost {
  std::string host_id;
  std::unique_ptr<agent::AgentService> service;
  const NotingOutbox* outbox = nullptr;
};

/// Of every host that is played.
inline constexpr const char* kSimulatedLabel = "simulated";

struct SimulatedPast {
  std::uint64_t seed = 0;          // of all its numbers
  std::chrono::minutes history{};  // how much of it waits to be sent when the agent starts
};

SimulatedHost make_simulated_host(const agent::AgentWorld& world, const io::Log& log, SimulationTally& tally,
                                  agent::Identity identity, const SimulatedPast& past);

}  // namespace fettle::app
