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

namespace {

/// What the machine measured before its agent found the server.
void play_past(const io::Clock& clock, agent::SimSensor& sensor, NotingOutbox& outbox, Nanos history) {
  agent::Reading reading;
  for (Nanos ago = history; ago > Nanos(0); ago -= agent::AgentService::kFirstInterval) {
    const MonoTime at = clock.mono_now() - ago;
    wire::Heartbeat heartbeat;
    heartbeat.sampled_at_ms = unix_ms(clock.wall_now() - std::chrono::floor<Micros>(ago));
    heartbeat.monotonic_ms = std::chrono::floor<Millis>(at.time_since_epoch()).count();
    sensor.read_at(at, reading);
    heartbeat.values = reading.values;
    outbox.append_past(std::move(heartbeat), reading.set);
  }
}

}  // namespace

SimulatedHost make_simulated_host(const agent::AgentWorld& world, const io::Log& log, SimulationTally& tally,
                                  agent::Identity identity, const SimulatedPast& past) {
  SimulatedHost out;
  out.host_id = identity.host_id;
  agent::SimHost shape;
  shape.seed = past.seed;
  shape.name = identity.name;
  constexpr unsigned kCoreChoices = 4;
  shape.cores = 2U << (past.seed % kCoreChoices);
  constexpr std::chrono::minutes kLeastUp{75}, kMostUp{90 * 24 * 60};
  io::SimRandom random(past.seed);
  shape.up_for = kLeastUp + random.below(kMostUp.count()) * std::chrono::minutes(1);
  // An hour at 5 s is about 300 KiB; without a past a thousand hosts are kept small.
  constexpr std::uint64_t kMostBytes = 64 << 10, kMostBytesOfPast = 1 << 20;
  auto outbox = std::make_unique<NotingOutbox>(
      world.clock, tally, 1,
      agent::OutboxLimits{.bytes = past.history > Nanos(0) ? kMostBytesOfPast : kMostBytes});
  out.outbox = outbox.get();
  auto sensor = std::make_unique<agent::SimSensor>(world.clock, shape);
  play_past(world.clock, *sensor, *outbox, past.history);
  out.service = std::make_unique<agent::AgentService>(world, log, std::move(identity), std::string(version()),
                                                      std::move(sensor), std::move(outbox));
  return out;
}

}  // namespace fettle::app
