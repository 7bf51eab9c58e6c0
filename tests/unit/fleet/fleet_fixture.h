// A fleet on a simulated server, and an agent that a test plays by hand, message by message.
#pragma once
#include <gtest/gtest.h>

#include "fettle/access/builtin.h"
#include "fettle/base/crypto.h"
#include "fettle/base/encoding.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/sim/sim_disk.h"
#include "tests/sim/sim_server.h"
#include "tests/support/sim_channel.h"

namespace fettle::fleet {

constexpr Seconds kLimit{120};

/// One connection, from the agent's side.
class HandAgent {
 public:
  HandAgent(io::SimLoop& loop, std::unique_ptr<net::MessageChannel> channel)
      : loop_(loop), channel_(std::move(channel)) {}

  void send(const wire::Message& message) { send_bytes(wire::encode(message)); }
  void send_bytes(std::string bytes) { EXPECT_TRUE(channel_->try_send(std::move(bytes)) || !is_open()); }
  /// The next message; nothing when the server closed.
  std::optional<wire::Message> receive() {
    auto bytes = loop_.run(channel_->receive({}), kLimit);
    if (!bytes) return std::nullopt;
    wire::Message message;
    EXPECT_TRUE(decoder_->decode(*bytes, message));
    return message;
  }
  template <class T>
  T expect() {
    auto message = receive();
    if (message && std::holds_alternative<T>(*message)) return std::get<T>(std::move(*message));
    ADD_FAILURE() << "another message, or the end: close code " << channel_->close_code();
    return {};
  }
  /// Reads acknowledgements until this one; an earlier one may be repeated.
  void expect_acknowledged(wire::Position position) {
    while (const auto message = receive()) {
      const auto* ack = std::get_if<wire::Ack>(&*message);
      ASSERT_NE(ack, nullptr);
      ASSERT_LE(ack->position, position);
      if (ack->position == position) return;
    }
    ADD_FAILURE() << "the link ended before the acknowledgement";
  }
  [[nodiscard]] bool is_open() const { return channel_->close_code() == 0; }
  /// Waits for the end and says how the server closed.
  std::uint16_t closed() {
    while (receive()) {
    }
    return channel_->close_code();
  }

 private:
  io::SimLoop& loop_;
  std::unique_ptr<net::MessageChannel> channel_;
  std::unique_ptr<wire::Decoder> decoder_ = std::make_unique<wire::Decoder>();
};

class FleetTest : public ::testing::Test {
 protected:
  FleetTest()
      : log_(sink_, "test"),
        clock_(loop_),
        disk_(loop_.random().stream(1)),
        network_(loop_, clock_, log_, loop_.random().stream(2)),
        server_(std::make_unique<sim::SimServer>(loop_, clock_, disk_, loop_.random().stream(3), log_)) {
    crypto_start();
    EXPECT_TRUE(loop_.run(server_->start(), kLimit));
    network_.set_server(
        [this](std::unique_ptr<net::MessageChannel> channel) { server_->accept(std::move(channel)); });
    seed_ = Key256(std::array<std::uint8_t, 32>{1, 2, 3});
  }
  ~FleetTest() override {
    network_.cut_all();
    if (server_) loop_.run(server_->stop(), kLimit);
    loop_.run(network_.stop(), kLimit);
  }

  Fleet& fleet() { return server_->fleet; }

  Result<MadeToken> make_token(EnvironmentId environment = access::kDefaultEnvironment) {
    return loop_.run(fleet().enrolment().make_token({"person", "", "test", ""}, environment, std::nullopt),
                     kLimit);
  }
  EnrolFacts facts(const MadeToken& made, std::string name = "web-1") {
    const PublicKey key = make_signing_key(seed_).public_key;
    return {made.text, {key.begin(), key.end()}, std::move(name), std::nullopt, "test"};
  }
  Result<Host> enrol(EnrolFacts what) {
    return loop_.run(fleet().enrolment().enrol(std::move(what)), kLimit);
  }
  Host enrolled_host() {
    auto host = enrol(facts(*make_token()));
    EXPECT_TRUE(host);
    return *host;
  }

  HandAgent dial() {
    auto channel = loop_.run(network_.dialer("hand").dial({"ws://sim", "fettle.agent.v1", {}}), kLimit);
    EXPECT_TRUE(channel);
    return {loop_, std::move(*channel)};
  }
  wire::Hello hello(const wire::Challenge& challenge, const std::string& host_id) {
    wire::Hello out;
    out.version = wire::kVersion;
    out.host_id = host_id;
    const std::string text = wire::hello_signing_input({challenge.nonce, challenge.server_id, host_id, ""});
    const Signature signature = sign(make_signing_key(seed_), as_bytes(text));
    out.signature.assign(signature.begin(), signature.end());
    out.agent_version = "1.2.3";
    out.boot = 1;
    out.now_ms = unix_ms(clock_.wall_now());
    out.inventory.hostname = "web-1";
    out.inventory.boot_id = "boot-a";
    return out;
  }
  /// Dials and is welcomed.
  HandAgent connect(const Host& host) {
    HandAgent agent = dial();
    agent.send(hello(agent.expect<wire::Challenge>(), host.id.text()));
    welcome_ = agent.expect<wire::Welcome>();
    return agent;
  }

  static wire::SeriesSet small_set() {
    wire::SeriesSet set;
    set.boot_id = "boot-a";
    set.series = {{"load.1", "", wire::SeriesKind::gauge},
                  {"net.rx_bytes", "eth0", wire::SeriesKind::counter}};
    set.id = wire::series_set_id(set);
    return set;
  }
  wire::Heartbeat heartbeat(wire::Position position, wire::Position after) {
    wire::Heartbeat out;
    out.position = position;
    out.after = after;
    out.sampled_at_ms = unix_ms(clock_.wall_now());
    out.monotonic_ms = std::chrono::duration_cast<Millis>(loop_.now().time_since_epoch()).count();
    out.series_set = small_set().id;
    out.values = {150, static_cast<std::int64_t>(1000 * position.sequence)};
    return out;
  }
  std::size_t count_events(const Host& host, std::string type) {
    events::EventFilter filter;
    filter.environments = {host.environment};
    filter.types = {std::move(type)};
    filter.source_id = host.id.text();
    filter.limit = events::kMostEvents;
    const auto found = loop_.run(server_->events.list(filter), kLimit);
    EXPECT_TRUE(found);
    return found ? found->events.size() : 0;
  }
  HostState state_of(const Host& host) { return fleet().roster().find(host.id)->row.state; }

  io::SimLoop loop_{7};
  std::shared_ptr<io::MemorySink> sink_ = std::make_shared<io::MemorySink>();
  io::Log log_;
  io::SimClock clock_;
  io::SimDisk disk_;
  testing::SimNetwork network_;
  std::unique_ptr<sim::SimServer> server_;
  Key256 seed_;
  wire::Welcome welcome_;
};

}  // namespace fettle::fleet
