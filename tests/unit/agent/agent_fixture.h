// An agent, a server and the network between them, in virtual time.
#pragma once
#include <gtest/gtest.h>

#include "fettle/agent/agent_service.h"
#include "fettle/agent/outbox/file_outbox.h"
#include "fettle/agent/outbox/memory_outbox.h"
#include "fettle/agent/sense/sim_sensor.h"
#include "fettle/io/sim/sim_files.h"
#include "tests/unit/agent/fake_server.h"
#include "tests/unit/io/sim_fixture.h"

namespace fettle::agent {

struct AgentFixture : io::SimFixture {
  explicit AgentFixture(std::uint64_t seed = 1, testing::SimFaults faults = {})
      : SimFixture(seed), network(loop, clock, log, loop.random().stream(1), faults) {
    identity.host_id = "host_01935e2f00007000800000000000abcd";
    identity.server_id = "server_1";
    identity.server_url = "http://server";
    identity.seed = make_seed(random);
    server.key = make_signing_key(identity.seed).public_key;
    server.listen(network);
  }
  ~AgentFixture() {
    stop_agent();
    loop.run(network.stop());
    loop.run(server.stop());
  }
  AgentFixture(const AgentFixture&) = delete;
  AgentFixture& operator=(const AgentFixture&) = delete;

  void start_agent() {
    files = std::make_unique<io::SimFiles>(disk);
    auto outbox = std::make_unique<FileOutbox>(loop, clock, log, *files, "/data/outbox");
    auto sensor = std::make_unique<SimSensor>(clock, SimHost{.seed = 5});
    sim_sensor = sensor.get();
    agent =
        std::make_unique<AgentService>(AgentWorld{loop, clock, random, network.dialer("host-1"), decoder},
                                       log, identity, "1.2.3", std::move(sensor), std::move(outbox), policy);
    ASSERT_TRUE(loop.run(agent->start()));
  }
  void stop_agent(Nanos patience = Seconds(5)) {
    if (agent) loop.run(agent->stop(clock.mono_now() + patience));
    agent.reset();
  }
  /// The power goes: nothing is said, nothing is synced.
  void kill_agent() {
    network.cut("host-1");
    disk.crash();
    stop_agent(Nanos(0));
  }
  bool wait_until_welcome() {
    return loop.run_until([this] { return agent->figures().link.state == LinkState::open; }, Seconds(120));
  }
  /// Everything measured so far is committed by the server.
  bool wait_until_committed(Nanos limit = std::chrono::minutes(5)) {
    return loop.run_until([this] { return agent->figures().outbox.waiting <= 1 && server.is_linked(); },
                          limit);
  }

  io::SimRandom random{77};
  wire::Decoder decoder;
  testing::SimNetwork network;
  FakeServer server{loop, clock, log, "server_1"};
  io::SimDisk disk{io::SimRandom(1)};
  std::unique_ptr<io::SimFiles> files;
  Identity identity;
  std::unique_ptr<AgentService> agent;
  SimSensor* sim_sensor = nullptr;
  Policy policy;
};

}  // namespace fettle::agent
