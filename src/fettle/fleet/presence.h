// Watches over who is heard and who is not: one sweep a second for all hosts, and the fleet frame twice a
// second. Owns the interval in force (1 s for hosts that somebody looks at). Loop thread.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <unordered_set>
#include <vector>

#include "fettle/fleet/gateway.h"
#include "fettle/fleet/host_writes.h"
#include "fettle/fleet/roster.h"
#include "fettle/io/task_scope.h"
#include "fettle/metrics/history.h"

namespace fettle::fleet {

struct FleetSettings {
  Millis heartbeat_interval{5000};
  Millis watched_interval{1000};   // for a host that somebody looks at
  std::size_t watched_hosts = 50;  // at most so many at once
  Millis sweep{1000};
  Millis frame{500};  // the fleet page gets one frame in this time
};

class Presence {
 public:
  Presence(Roster& roster, Gateway& gateway, HostWrites& writes, stream::Hub& hub, metrics::History& history,
           io::Clock& clock, io::TaskScope& tasks, FleetSettings settings);

  /// Asked by each sweep whether heartbeats cannot be taken: then silence does not count. Before start().
  void deaf_while(std::function<bool()> is_deaf) { is_deaf_ = std::move(is_deaf); }
  /// From here on silence counts.
  void start();
  /// A host's newest sample changed.
  void touched(LiveHost& host);
  /// Somebody began or ceased to look at a host. Beyond `watched_hosts` it waits for another to become free.
  void watched(HostNumber number, bool is_watched);
  void forget(HostNumber number);

 private:
  Task<void> sweep_forever();
  Task<void> frame_forever();
  void sweep();
  void say_late_or_online(LiveHost& host, const PresenceChange& change);
  void check_clock(LiveHost& host);
  void send_frames();
  void set_interval(LiveHost& host, Millis interval);
  void fill_places();

  Roster& roster_;
  Gateway& gateway_;
  HostWrites& writes_;
  stream::Hub& hub_;
  metrics::History& history_;
  io::Clock& clock_;
  io::TaskScope& tasks_;
  FleetSettings settings_;
  std::function<bool()> is_deaf_;
  MonoTime ready_at_;  // since when the server has listened without a pause
  MonoTime swept_at_;
  std::unordered_set<HostNumber> changed_;  // since the last frame
  std::set<HostNumber> watched_;
  std::deque<HostNumber> waiting_;  // watched too, until a place among the watched_hosts is free
};

/// One row of the fleet frame (T15), -1 where a number is not known.
stream::FleetRow fleet_row(const LiveHost& host, const metrics::History& history);

}  // namespace fettle::fleet
