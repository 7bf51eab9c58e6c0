// A large fleet in front of one server, under virtual time: the real link, session, gateway, journal and
// store, with outboxes in memory and three values a heartbeat, so that ten thousand agents fit. Nothing but
// the server and the way to it fails here; World plays the rest with a few hosts.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "fettle/app/simulated_host.h"
#include "fettle/io/log_sink.h"
#include "tests/sim/sim_server.h"
#include "tests/support/sim_channel.h"

namespace fettle::sim {

/// The highest that a queue of the server was found to hold, after every turn of the loop.
struct CrowdPeaks {
  std::uint64_t journal = 0;
  std::uint64_t store = 0;
};

class Crowd {
 public:
  /// A server that knows all the hosts, and an agent for each, not started. The server's queues are as small
  /// beside this fleet as those of the product are beside ten thousand hosts.
  explicit Crowd(unsigned agents);
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  void start_agents();
  void start_server();
  /// The power of the server goes.
  void crash_server();
  /// Connections go and none is made, while the server lives.
  void unplug();
  void plug_in();
  /// False when not every agent has a link, and an acknowledgement of all that it had measured when this was
  /// called, within `limit`.
  [[nodiscard]] bool run_until_served(Nanos limit);
  void run_for(Nanos time) { loop_.run_for(time); }

  /// When connections came, since the last start_server() or plug_in(), from that moment on.
  [[nodiscard]] const std::vector<Nanos>& arrivals() const { return arrivals_; }
  /// The most that came within `window` of each other.
  [[nodiscard]] std::size_t most_within(Nanos window) const;
  [[nodiscard]] const CrowdPeaks& peaks() const { return peaks_; }
  [[nodiscard]] std::size_t events(std::string_view type);
  /// Samples that agents had to give up.
  [[nodiscard]] std::uint64_t lost() const;
  [[nodiscard]] std::size_t hosts_in(fleet::HostState state);
  [[nodiscard]] std::size_t size() const { return agents_.size(); }
  [[nodiscard]] SimServer& server() { return *server_; }
  [[nodiscard]] const SimServerShape& shape() const { return shape_; }

 private:
  struct Member;
  void enrol();
  void listen();
  void note_peaks();

  const SimServerShape shape_;
  io::SimLoop loop_{44};
  std::shared_ptr<io::MemorySink> sink_ = std::make_shared<io::MemorySink>(io::LogLevel::warn);
  io::Log log_{sink_, "crowd"};
  io::SimClock clock_{loop_};
  io::SimDisk disk_;
  testing::SimNetwork network_;
  std::unique_ptr<SimServer> server_;
  std::vector<std::unique_ptr<Member>> agents_;
  app::SimulationTally tally_;
  wire::Decoder decoder_;
  MonoTime open_since_;
  std::vector<Nanos> arrivals_;
  CrowdPeaks peaks_;
};

}  // namespace fettle::sim
