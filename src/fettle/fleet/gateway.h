// Where agents arrive: challenge, hello, welcome, then heartbeats in order, each link in one task. Whatever
// is wrong with a link closes that link with a code and one line in the log, and disturbs nothing else. Loop
// thread.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "fettle/base/certificate_pin.h"
#include "fettle/fleet/host_writes.h"
#include "fettle/fleet/ingest.h"
#include "fettle/fleet/roster.h"
#include "fettle/io/log.h"
#include "fettle/io/random.h"
#include "fettle/net/message_channel.h"

namespace fettle::fleet {

struct GatewayFigures {
  std::uint64_t links = 0, opened = 0, refused = 0, bad_messages = 0, unknown_messages = 0, too_fast = 0;
  std::uint64_t unknown_fields = 0;  // messages that had some
};

class Gateway {
 public:
  Gateway(Roster& roster, Ingest& ingest, HostWrites& writes, io::Clock& clock, io::Random& random,
          io::Log log, std::string server_id);

  /// Serves one connection until it ends. The caller's scope owns the task.
  Task<void> serve(std::unique_ptr<net::MessageChannel> channel);

  /// Called for an inventory that came with a heartbeat; whoever takes it holds the acknowledgement
  /// (LiveHost::next_inventory).
  void on_inventory(std::function<void(LiveHost&, wire::Inventory)> listener) {
    on_inventory_ = std::move(listener);
  }

  /// Called when two agents of one identity were seen; whoever takes it locks the host.
  void on_twin(std::function<void(LiveHost&, std::string address)> listener) {
    on_twin_ = std::move(listener);
  }
  /// Called for a new key that the old and the new one have signed; whoever takes it stores it, then calls
  /// key_changed().
  void on_key_change(std::function<void(LiveHost&, std::vector<std::uint8_t> key)> listener) {
    on_key_change_ = std::move(listener);
  }
  /// Tells the agent that its new key is in force.
  void key_changed(LiveHost& host);

  /// Called for what an agent says of runs (RunTaken, RunReport, RunsHeld, RunOpened); an error closes the
  /// link. Whoever takes it acknowledges after its write.
  void on_work(std::function<Result<>(LiveHost&, wire::Message&)> handler) { on_work_ = std::move(handler); }
  /// Called when a host was welcomed: from now on messages reach it.
  void on_hello(std::function<void(LiveHost&)> listener) { on_hello_.push_back(std::move(listener)); }
  /// False when it has no link, its agent is older than runs are, or the link's queue is full: to be sent
  /// again.
  bool send(LiveHost& host, const wire::Message& message);

  /// Closes a host's link, if it has one.
  void close_link(LiveHost& host, net::CloseCode code, std::string_view reason);
  /// Tells the agent its interval.
  void send_settings(LiveHost& host);
  /// The keys that the certificate of this server's own making has and will have, for agents that were
  /// enrolled with its pin: told to those that are here, and to each that comes. Empty: nothing is told.
  void set_pins(std::vector<CertificatePin> pins);
  /// Cuts off whoever has not finished its handshake in time; called once a second.
  void sweep();
  [[nodiscard]] GatewayFigures figures() const {
    GatewayFigures figures = figures_;
    figures.unknown_fields = decoder_.with_unknown_fields();
    return figures;
  }

 private:
  struct Link;  // what is true of one connection
  Task<Result<HostNumber>> admit(net::MessageChannel& channel);
  Task<Result<wire::Hello>> receive_hello(net::MessageChannel& channel);
  void announce_pins(net::MessageChannel& channel);
  Task<void> note_refusal(HostNumber number, wire::Version version, Refusal refusal);
  /// `conflict` (host_locked) for a host of which two were seen, now or before.
  Result<> check_twin(LiveHost& host, const net::MessageChannel& channel, const wire::Hello& hello,
                      std::uint64_t link);
  Task<Result<>> welcome(net::MessageChannel& channel, HostNumber number, wire::Hello hello);
  Task<void> receive_all(net::MessageChannel& channel, HostNumber number);
  /// Takes it from the host's budget; `rate_limited` when that is used up.
  Result<> pay(LiveHost& host, std::size_t bytes);
  void tell_closed(LiveHost& host, const Error& error);
  Result<> handle(Link& link, LiveHost& host, std::string_view bytes);
  Result<> handle_key_change(LiveHost& host, const wire::KeyChange& change);
  Result<> handle_series_set(Link& link, wire::SeriesSet& set);
  void note_set(Link& link, LiveHost& host, const metrics::SeriesSetPtr& set);
  Result<> handle_work(Link& link, LiveHost& host, std::size_t bytes);
  Result<> handle_heartbeat(Link& link, LiveHost& host, wire::Heartbeat& heartbeat);
  Task<void> refuse(net::MessageChannel& channel, Error error);

  Roster& roster_;
  Ingest& ingest_;
  HostWrites& writes_;
  io::Clock& clock_;
  io::Random& random_;
  io::Log log_;
  std::string server_id_;
  wire::Decoder decoder_;
  wire::Message message_;  // reused by every link: decode and handle happen without a pause between
  std::function<void(LiveHost&, wire::Inventory)> on_inventory_;
  std::vector<CertificatePin> pins_;
  std::function<void(LiveHost&, std::string)> on_twin_;
  std::function<void(LiveHost&, std::vector<std::uint8_t>)> on_key_change_;
  std::function<Result<>(LiveHost&, wire::Message&)> on_work_;
  std::vector<std::function<void(LiveHost&)>> on_hello_;
  std::map<net::MessageChannel*, MonoTime> handshakes_;
  GatewayFigures figures_;
};

}  // namespace fettle::fleet
