// The server's side of the agent protocol as tests want it: correct by default, wrong on demand. Checks what
// agents promise: their proof, series sets before their use, the chain of `after`.
#pragma once
#include <algorithm>
#include <map>
#include <set>

#include "fettle/agent/identity.h"
#include "fettle/base/encoding.h"
#include "fettle/io/task_scope.h"
#include "tests/support/sim_channel.h"

namespace fettle::agent {

class FakeServer {
 public:
  /// What is not as it should be.
  struct Script {
    bool sends_challenge = true;
    bool sends_welcome = true;
    bool acknowledges = true;
    bool acknowledges_runs = true;
    std::optional<std::string> first_message;   // instead of the challenge
    std::optional<std::string> second_message;  // instead of the welcome
    std::optional<net::CloseCode> closes_after_hello;
    std::optional<wire::Position> welcome_position;
    wire::Version version = wire::kVersion;
    std::size_t nonce_bytes = 32;
    Nanos commit_delay = Millis(5);
    bool refuses_wrong_keys = false;  // as a real one; else a wrong proof is a fault
    bool loses_new_keys = false;      // the link ends before a new key is stored
    bool loses_key_answers = false;   // or after that, before the agent hears of it
    std::uint64_t link = 0;           // the name of the next welcome; each gets the next number
  };

  FakeServer(io::Loop& loop, io::Clock& clock, io::Log& log, std::string id)
      : clock_(clock), id_(std::move(id)), tasks_(loop, log) {}

  void listen(testing::SimNetwork& network) {
    network.set_server([this](std::unique_ptr<net::MessageChannel> channel) {
      tasks_.spawn("server.link", serve(std::shared_ptr<net::MessageChannel>(std::move(channel))));
    });
  }
  /// As when the process is killed: what was committed stays.
  Task<void> stop() { return tasks_.stop(); }

  void send(const wire::Message& message) {
    if (channel_) (void)channel_->try_send(wire::encode(message));
  }
  void send_bytes(const std::string& bytes) {
    if (channel_) (void)channel_->try_send(bytes);
  }
  void close(net::CloseCode code) {
    if (channel_) channel_->abort(code, "told to");
  }
  [[nodiscard]] bool is_linked() const { return channel_ != nullptr; }
  [[nodiscard]] wire::Position committed() const {
    return heartbeats.empty() ? base : heartbeats.rbegin()->first;
  }

  Script script;
  PublicKey key{};
  wire::Settings settings;
  wire::Position base;  // committed before the test began
  std::map<wire::Position, wire::Heartbeat> heartbeats;
  std::vector<wire::Hello> hellos;
  std::vector<std::string> goodbyes;
  std::vector<std::string> faults;  // broken promises of the agent
  std::uint64_t repeated = 0;
  std::uint64_t key_changes = 0;
  std::vector<wire::Position> order;  // as they came
  std::vector<wire::RunTaken> runs_taken;
  std::vector<wire::RunReport> run_reports;
  std::vector<wire::RunsHeld> runs_held;
  std::vector<wire::RunOpened> runs_opened;
  bool checks_chain = true;  // false where the network repeats or reorders

 private:
  Task<void> serve(std::shared_ptr<net::MessageChannel> channel) {
    if (channel_) channel_->abort(net::CloseCode::replaced, "a newer link");
    channel_ = channel;
    co_await talk(channel);
    if (channel_ == channel) channel_.reset();
  }

  Task<void> talk(std::shared_ptr<net::MessageChannel> channel) {
    wire::Message message;
    const std::string nonce(script.nonce_bytes, static_cast<char>('a' + hellos.size() % 26));
    if (script.first_message) {
      (void)channel->try_send(*script.first_message);
    } else if (script.sends_challenge) {
      (void)channel->try_send(
          wire::encode(wire::Challenge{nonce, script.version, id_, channel->channel_binding().has_value()}));
    }
    auto bytes = co_await channel->receive({});
    if (!bytes || !decoder_.decode(*bytes, message)) co_return;
    const auto* hello = std::get_if<wire::Hello>(&message);
    if (hello == nullptr) {
      faults.push_back("the first message is no hello");
      co_return;
    }
    if (!check_proof(*hello, nonce, channel->channel_binding().value_or(""))) {
      channel->abort(net::CloseCode::unauthenticated, "another key");
      co_return;
    }
    hellos.push_back(*hello);
    if (script.closes_after_hello) {
      channel->abort(*script.closes_after_hello, "told to");
      co_return;
    }
    if (script.second_message) {
      (void)channel->try_send(*script.second_message);
    } else if (script.sends_welcome) {
      (void)channel->try_send(
          wire::encode(wire::Welcome{script.welcome_position.value_or(committed()), settings,
                                     unix_ms(clock_.wall_now()), script.link == 0 ? 0 : script.link++}));
    }
    co_await take_heartbeats(channel);
  }

  /// False when the link is to be closed.
  bool check_proof(const wire::Hello& hello, const std::string& nonce, const std::string& binding) {
    Signature signature{};
    const auto input = wire::hello_signing_input({nonce, id_, hello.host_id, binding});
    const bool has_size = hello.signature.size() == signature.size();
    if (has_size) std::copy(hello.signature.begin(), hello.signature.end(), signature.begin());
    const std::span<const std::uint8_t> text(reinterpret_cast<const std::uint8_t*>(input.data()),
                                             input.size());
    if (has_size && verify_signature(key, text, signature)) return true;
    if (script.refuses_wrong_keys) return false;
    faults.push_back("the proof is wrong");
    return true;
  }

  void take_key(const std::shared_ptr<net::MessageChannel>& channel, const wire::KeyChange& change) {
    ++key_changes;
    if (script.loses_new_keys) return channel->abort(net::CloseCode::going_away, "cut");
    std::ranges::copy(as_bytes(change.public_key), key.begin());
    if (script.loses_key_answers) return channel->abort(net::CloseCode::going_away, "cut");
    (void)channel->try_send(wire::encode(wire::KeyChanged{change.public_key}));
  }

  void take_work(net::MessageChannel& channel, const wire::Message& message) {
    if (const auto* taken = std::get_if<wire::RunTaken>(&message)) runs_taken.push_back(*taken);
    if (const auto* held = std::get_if<wire::RunsHeld>(&message)) runs_held.push_back(*held);
    if (const auto* opened = std::get_if<wire::RunOpened>(&message)) runs_opened.push_back(*opened);
    const auto* report = std::get_if<wire::RunReport>(&message);
    if (report == nullptr) return;
    run_reports.push_back(*report);
    if (script.acknowledges_runs)
      (void)channel.try_send(
          wire::encode(wire::RunReportAck{report->run_id, report->epoch, report->sequence}));
  }

  Task<void> take_heartbeats(std::shared_ptr<net::MessageChannel> channel) {
    std::set<std::uint64_t> sets;
    wire::Position sent_before = script.welcome_position.value_or(committed());
    wire::Message message;
    for (;;) {
      auto bytes = co_await channel->receive({});
      if (!bytes) co_return;
      if (!decoder_.decode(*bytes, message)) {
        faults.push_back("a message that cannot be read");
        continue;
      }
      if (const auto* set = std::get_if<wire::SeriesSet>(&message)) sets.insert(set->id);
      if (const auto* change = std::get_if<wire::KeyChange>(&message)) take_key(channel, *change);
      if (const auto* goodbye = std::get_if<wire::Goodbye>(&message)) goodbyes.push_back(goodbye->reason);
      take_work(*channel, message);
      const auto* heartbeat = std::get_if<wire::Heartbeat>(&message);
      if (heartbeat == nullptr) continue;
      const bool has_set = sets.contains(heartbeat->series_set);
      if (!has_set && checks_chain) faults.push_back("a heartbeat before its series set");
      if (checks_chain && heartbeat->after != sent_before) faults.push_back("a wrong `after`");
      sent_before = heartbeat->position;
      if (heartbeat->after > committed() || !has_set) {
        // Something before it is missing, and an acknowledgement would cover that too.
        channel->abort(net::CloseCode::bad_message, "a gap");
        co_return;
      }
      order.push_back(heartbeat->position);
      const wire::Position position = heartbeat->position;
      if (!heartbeats.emplace(position, *heartbeat).second) ++repeated;
      if (!script.acknowledges) continue;
      tasks_.spawn("server.commit", acknowledge_later(channel, position));
    }
  }

  Task<void> acknowledge_later(std::shared_ptr<net::MessageChannel> channel, wire::Position position) {
    co_await clock_.sleep_for(script.commit_delay);
    (void)channel->try_send(wire::encode(wire::Ack{position}));
  }

  io::Clock& clock_;
  const std::string id_;
  wire::Decoder decoder_;
  std::shared_ptr<net::MessageChannel> channel_;  // shared with the task that serves it
  io::TaskScope tasks_;
};

}  // namespace fettle::agent
