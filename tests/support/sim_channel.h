// The network of the simulation: message channels between agents and a server on one SimLoop, with delays,
// cuts, losses, repetitions, disorder and partitions as the seed says. It is the Dialer of every agent; the
// server's side is called back with its end. Loop thread; outlives its channels, stop() before it goes.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "fettle/io/async_event.h"
#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/sim/sim_random.h"
#include "fettle/io/task_scope.h"
#include "fettle/net/message_channel.h"

namespace fettle::testing {

/// Of each message, in per cent; delays evenly between the two bounds, order kept but for `reordered`.
struct SimFaults {
  Nanos least_delay = Millis(1);
  Nanos most_delay = Millis(20);
  unsigned cut = 0;         // the connection is gone, and what was under way with it
  unsigned duplicated = 0;  // comes twice (no WebSocket does this; peers must bear it)
  unsigned reordered = 0;   // comes before the one ahead of it (nor this)
  unsigned refused = 0;     // of the dials
};

class SimConnection;

/// What both ends see of TLS, where they see any. A relay that ends it gives each another binding.
struct SimTls {
  std::optional<std::string> agent_binding, server_binding;
  std::optional<CertificatePin> server_pin;
};

class SimNetwork {
 public:
  using Accept = std::function<void(std::unique_ptr<net::MessageChannel>)>;

  SimNetwork(io::Loop& loop, io::Clock& clock, io::Log& log, io::SimRandom random, SimFaults faults = {});
  ~SimNetwork();
  SimNetwork(const SimNetwork&) = delete;
  SimNetwork& operator=(const SimNetwork&) = delete;

  /// Who answers; nullptr: nobody, dials are refused.
  void set_server(Accept accept) { accept_ = std::move(accept); }
  /// How `client` reaches the server; lives as long as the network.
  net::Dialer& dialer(const std::string& client);

  void set_faults(const SimFaults& faults) { faults_ = faults; }
  /// Of all connections.
  void set_tls(SimTls tls) { tls_ = std::move(tls); }
  [[nodiscard]] const SimTls& tls() const { return tls_; }
  /// Nothing passes between this client and the server; both find out after 60 s.
  void partition(const std::string& client) { partitioned_.insert(client); }
  void heal(const std::string& client);
  void heal_all();
  /// Ends the connections of this client, or all (as a server that is killed does).
  void cut(const std::string& client);
  void cut_all();
  Task<void> stop();

  [[nodiscard]] io::Clock& clock() { return clock_; }
  [[nodiscard]] std::size_t open_connections() const;
  [[nodiscard]] std::uint64_t dials() const { return dials_; }
  [[nodiscard]] std::uint64_t delivered() const { return delivered_; }

  static constexpr Nanos kDeadAfter = Seconds(60);
  static constexpr Nanos kClosePatience = Seconds(2);
  static constexpr std::size_t kMostQueuedBytes = 1024 * 1024;
  static constexpr std::size_t kMostQueued = 256;

 private:
  friend class SimConnection;
  class ClientDialer;
  Task<Result<std::unique_ptr<net::MessageChannel>>> dial(std::string client);
  Task<void> watch();
  [[nodiscard]] bool is_partitioned(const std::string& client) const { return partitioned_.contains(client); }
  void forget_dead();

  io::Clock& clock_;
  io::SimRandom random_;
  SimFaults faults_;
  SimTls tls_;
  Accept accept_;
  std::map<std::string, std::unique_ptr<net::Dialer>> dialers_;
  std::set<std::string> partitioned_;
  std::vector<std::weak_ptr<SimConnection>> connections_;
  std::uint64_t dials_ = 0;
  std::uint64_t delivered_ = 0;
  bool is_watching_ = false;
  io::TaskScope tasks_;
};

}  // namespace fettle::testing
