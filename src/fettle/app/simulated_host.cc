#include "fettle/app/simulated_host.h"

#include "fettle/app/version.h"

namespace fettle::app {

wire::Position NotingOutbox::append(wire::Heartbeat heartbeat,
                                    const std::shared_ptr<const wire::SeriesSet>& set) {
  const wire::Position position = inner_.append(std::move(heartbeat), set);
  constexpr std::size_t kMostWaiting = 4096;
  if (waiting_.size() == kMostWaiting) waiting_.pop_front();
  waiting_.push_back({position, clock_.mono_now()});
  ++tally_.sent;
  return position;
}

void NotingOutbox::acknowledge(wire::Position position) {
  if (acknowledged_ < position) acknowledged_ = position;
  const MonoTime now = clock_.mono_now();
  while (!waiting_.empty() && waiting_.front().position <= position) {
    ++tally_.acknowledged;
    if (tally_.ack_ms.size() < SimulationTally::kMostAckTimes) {
      tally_.ack_ms.push_back(std::chrono::duration<float, std::milli>(now - waiting_.front().since).count());
    }
    waiting_.pop_front();
  }
  inner_.acknowledge(position);
}

SimulatedHost make_simulated_host(const agent::AgentWorld& world, const io::Log& log, SimulationTally& tally,
                                  agent::Identity identity, std::uint64_t seed) {
  SimulatedHost out;
  out.host_id = identity.host_id;
  agent::SimHost shape;
  shape.seed = seed;
  shape.name = identity.name;
  constexpr unsigned kCoreChoices = 4;
  shape.cores = 2U << (seed % kCoreChoices);
  auto outbox = std::make_unique<NotingOutbox>(world.clock, tally, 1);
  out.outbox = outbox.get();
  out.service = std::make_unique<agent::AgentService>(world, log, std::move(identity), std::string(version()),
                                                      std::make_unique<agent::SimSensor>(world.clock, shape),
                                                      std::move(outbox));
  return out;
}

}  // namespace fettle::app
