#include "fettle/app/simulated_host.h"

#include <array>
#include <map>

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

constexpr std::chrono::hours kDense{1}, kMonth{30 * 24};

/// How close together the samples of a past are: as they were sent at first, then thinned, as an outbox
/// thins.
Nanos step_of_past(Nanos ago) {
  if (ago <= kDense) return agent::AgentService::kFirstInterval;
  return ago <= kMonth ? Seconds(60) : Seconds(150);
}

std::uint64_t count_past(Nanos history) {
  std::uint64_t count = 0;
  for (Nanos ago = history; ago > Nanos(0); ago -= step_of_past(ago)) ++count;
  return count;
}

/// What the machine measured before its agent found the server. Where that is longer than this machine has
/// been up, the part before is of an earlier start of the simulated one.
void play_past(const io::Clock& clock, agent::SimSensor& sensor, NotingOutbox& outbox, Nanos history) {
  agent::Reading reading;
  std::shared_ptr<const wire::SeriesSet> now, before;
  for (Nanos ago = history; ago > Nanos(0); ago -= step_of_past(ago)) {
    const MonoTime at = clock.mono_now() - ago;
    wire::Heartbeat heartbeat;
    heartbeat.sampled_at_ms = unix_ms(clock.wall_now() - std::chrono::floor<Micros>(ago));
    heartbeat.monotonic_ms = std::chrono::floor<Millis>(at.time_since_epoch()).count();
    sensor.read_at(at, reading);
    heartbeat.values = reading.values;
    if (std::exchange(now, reading.set) != reading.set) {
      wire::SeriesSet earlier = *reading.set;
      earlier.boot_id += "-1";
      earlier.id = wire::series_set_id(earlier);
      before = std::make_shared<const wire::SeriesSet>(std::move(earlier));
    }
    const bool is_earlier = heartbeat.monotonic_ms < 0;
    if (is_earlier) heartbeat.monotonic_ms = std::chrono::floor<Millis>(history - ago).count();
    outbox.append_past(std::move(heartbeat), is_earlier ? before : reading.set);
  }
}

/// As fleets are: of several roles and sites, some with more disks, now and then with an agent that was
/// forgotten. The label of its own is what `fettle simulate --clean` knows them by.
std::map<std::string, std::string> labels_of(std::uint64_t number) {
  constexpr std::array kRoles{"web", "web", "db", "cache", "worker"};
  constexpr std::array kSites{"north", "south", "west"};
  return {{"role", kRoles.at(number % kRoles.size())},
          {"site", kSites.at(number % kSites.size())},
          {kSimulatedLabel, ""}};
}

std::string version_of(std::uint64_t number) {
  constexpr std::uint64_t kForgotten = 16;
  return number % kForgotten == kForgotten - 1 ? "0.0.9" : std::string(version());
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
  shape.mounts = 1 + static_cast<unsigned>(past.seed % 3);
  shape.labels = labels_of(past.seed);
  constexpr std::chrono::minutes kLeastUp{75}, kMostUp{90 * 24 * 60};
  io::SimRandom random(past.seed);
  shape.up_for = past.history + kLeastUp + random.below(kMostUp.count()) * std::chrono::minutes(1);
  // Without a past a thousand hosts are kept small.
  constexpr std::uint64_t kMostBytes = 64 << 10, kRecordBytes = 1024;
  const std::uint64_t past_bytes = count_past(past.history) * kRecordBytes;
  auto outbox = std::make_unique<NotingOutbox>(
      world.clock, tally, 1, agent::OutboxLimits{.bytes = std::max(past_bytes, kMostBytes)});
  out.outbox = outbox.get();
  auto sensor = std::make_unique<agent::SimSensor>(world.clock, shape);
  play_past(world.clock, *sensor, *outbox, past.history);
  out.service = std::make_unique<agent::AgentService>(world, log, std::move(identity), version_of(past.seed),
                                                      std::move(sensor), std::move(outbox));
  return out;
}

}  // namespace fettle::app
