// The fleet: hosts, their links, what they send and whether they are there. Builds its parts, loads what is
// stored, starts and stops them. Loop thread; `app` owns it.
#pragma once
#include <memory>
#include <string>

#include "fettle/fleet/enrolment_service.h"
#include "fettle/fleet/gateway.h"
#include "fettle/fleet/host_care.h"
#include "fettle/fleet/host_watcher.h"
#include "fettle/fleet/ingest.h"
#include "fettle/fleet/presence.h"
#include "fettle/fleet/server_life.h"
#include "fettle/io/async_event.h"
#include "fettle/io/loop.h"
#include "fettle/io/task_scope.h"
#include "fettle/metrics/tiers.h"

namespace fettle::fleet {

/// What the fleet stands on; all outlive it.
struct FleetGround {
  io::Loop& loop;
  io::Clock& clock;
  io::Random& random;
  io::Log log;
  store::Store& store;
  stream::Hub& hub;
  events::EventLog& events;
  metrics::Journal& journal;
  metrics::History& history;
  metrics::Tiers& tiers;
  std::string server_id;
  events::Conditions& conditions;
  std::string server_version;
};

class Fleet {
 public:
  Fleet(FleetGround ground, FleetSettings settings);

  /// Reads the hosts from the store and what there is of older history: before anything is served.
  Task<Result<>> load();
  /// Reads the last hour from the journal, which takes seconds for a large fleet; after load(). Who asks for
  /// hosts or connects meanwhile waits, for ten seconds at most.
  Task<Result<>> recall();
  /// Takes agents, and watches over who is heard; after recall().
  void start();
  /// Closes all links with "restart", settles what is queued, ends the tasks. The journal is stopped by the
  /// caller after.
  Task<void> stop();

  /// `unavailable` ("starting") where recall() takes longer than one waits for an answer.
  Task<Result<>> until_recalled();
  [[nodiscard]] bool is_recalled() const { return is_recalled_; }

  /// Serves an agent's connection until it ends.
  Task<void> serve(std::unique_ptr<net::MessageChannel> channel);
  /// Revokes the key, closes the link within a second, forgets the samples.
  Task<Result<>> remove(access::Actor actor, HostId id);
  /// Fills the hub's interest hook.
  void on_interest(const stream::Topic& topic, bool watched);

  /// As of Gateway::set_pins.
  void set_certificate_pins(std::vector<CertificatePin> pins) { gateway_.set_pins(std::move(pins)); }

  Roster& roster() { return roster_; }
  metrics::History& history() { return ground_.history; }
  metrics::Tiers& tiers() { return ground_.tiers; }
  EnrolmentService& enrolment() { return enrolment_; }
  Thresholds& thresholds() { return thresholds_; }
  events::Conditions& conditions() { return ground_.conditions; }
  events::EventLog& events() { return ground_.events; }
  store::Store& store() { return ground_.store; }
  const ServerLifeRecord& life() { return life_; }
  HostCare& care() { return care_; }
  // Work (runs): what agents say of it, and what is said to them; as of Gateway.
  void on_work(std::function<Result<>(LiveHost&, wire::Message&)> handler) {
    gateway_.on_work(std::move(handler));
  }
  void on_hello(std::function<void(LiveHost&)> listener) { gateway_.on_hello(std::move(listener)); }
  bool send(LiveHost& host, const wire::Message& message) { return gateway_.send(host, message); }
  /// After the commit: its heartbeats come (again).
  void on_host_online(std::function<void(const LiveHost&)> listener) {
    on_online_.push_back(std::move(listener));
  }
  /// After the commit: it is out of the fleet.
  void on_removed(std::function<void(const HostId&)> listener) { on_removed_.push_back(std::move(listener)); }
  /// For what else belongs to a host's environment. Called after the move, on the loop.
  void on_moved(std::function<void(const LiveHost&, const EnvironmentId& from)> listener) {
    on_moved_.push_back(std::move(listener));
  }
  /// For what else goes with a host. Called inside the write that removes it, on the writer.
  void on_remove_write(std::function<void(store::Session&, const HostId&)> remove) {
    remove_writes_.push_back(std::move(remove));
  }
  [[nodiscard]] const std::string& server_id() const { return ground_.server_id; }
  [[nodiscard]] const IngestFigures& ingest_figures() const { return ingest_.figures(); }
  [[nodiscard]] GatewayFigures gateway_figures() const { return gateway_.figures(); }

 private:
  void connect_care();
  /// Writes what waits of one host, one after the other, until nothing waits.
  Task<void> write_inventories(HostNumber number);
  Task<void> live();
  Task<void> lose_patience();

  FleetGround ground_;
  Roster roster_;
  HostWrites writes_;
  Ingest ingest_;
  Gateway gateway_;
  EnrolmentService enrolment_;
  HistoryMoves history_moves_;
  HostCare care_;
  Thresholds thresholds_;
  ServerLifeRecord life_;
  Millis interval_;
  std::vector<std::function<void(const LiveHost&, const EnvironmentId&)>> on_moved_;
  std::vector<std::function<void(const LiveHost&)>> on_online_;
  std::vector<std::function<void(const HostId&)>> on_removed_;
  std::vector<std::function<void(store::Session&, const HostId&)>> remove_writes_;
  bool is_recalled_ = false;
  io::AsyncEvent answered_;  // whoever waits for recall() gets an answer
  std::size_t early_ = 0;    // connections that wait for it
  io::TaskScope tasks_;
  Presence presence_;
  HostWatcher watcher_;
};

}  // namespace fettle::fleet
