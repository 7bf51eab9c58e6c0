// Watches what hosts send (T24): looks at each newest sample, and says through the door of `events` what is
// so. A value that is good costs one comparison; limits are looked up only where something is open or on its
// way. Loop thread.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fettle/events/condition_service.h"
#include "fettle/fleet/growth_rules.h"
#include "fettle/fleet/roster.h"
#include "fettle/fleet/threshold_service.h"
#include "fettle/fleet/watch_rules.h"
#include "fettle/io/clock.h"
#include "fettle/io/task_scope.h"
#include "fettle/metrics/history.h"

namespace fettle::fleet {

/// Nothing opens in so many intervals after the server began to listen.
inline constexpr int kQuietIntervals = 3;

/// A calm that no value reaches: not watched.
inline constexpr double kUnreachable = std::numeric_limits<double>::infinity();

/// A reboot that nobody asked for is shown for so long, or until someone has seen it.
inline constexpr std::chrono::hours kRebootShown{24};

struct WatcherGround {
  Roster& roster;
  metrics::History& history;
  events::Conditions& conditions;
  Thresholds& thresholds;
  io::Clock& clock;
  std::string server_version;
};

/// A watched value that is not simply good.
struct AwakeWatch {
  events::WatchState state;
  events::WatchLimits limits{kNoLimit, kNoLimit};
};

/// What is watched of one host; LiveHost holds it.
struct HostWatch {
  std::shared_ptr<const metrics::Layout> layout;
  EnvironmentId environment;
  std::map<std::string, std::string> labels;
  std::uint64_t settings = 0;  // of which version of the thresholds
  WatchPlan plan;
  std::map<std::uint32_t, AwakeWatch> awake;  // by place in the plan
  struct Disk {
    GrowthTrack track;
    AwakeWatch watch;
    bool is_watched = true;
  };
  std::vector<Disk> disks;  // as plan.disks
  bool is_skew_open = false;
  MonoTime seen_at, tick_at, growth_at;
};

class HostWatcher {
 public:
  HostWatcher(WatcherGround ground, io::TaskScope& tasks) : ground_(std::move(ground)), tasks_(tasks) {}

  /// Takes up what is open; from here on samples are watched. `interval` is that of heartbeats.
  void start(Millis interval);
  /// A host's newest sample changed.
  void sampled(LiveHost& host);
  /// Its stored state changed.
  void state_changed(const LiveHost& host);
  /// It started anew though its agent had not been stopped.
  void rebooted(const LiveHost& host);
  void forget(const LiveHost& host);
  /// Thresholds changed.
  void settings_changed() { ++settings_; }

 private:
  struct Away {
    HostId id;
    MonoTime since;
    bool is_back = false, is_stopped = false;
    AwakeWatch watch;
  };

  void make_plan(LiveHost& host, HostWatch& watch, std::shared_ptr<const metrics::Layout> layout);
  void take_up(const LiveHost& host, HostWatch& watch);
  void close_unwatched(const LiveHost& host, const HostWatch& watch);
  void step(const LiveHost& host, HostWatch& watch, std::uint32_t index, double value, MonoTime now);
  void step_disks(const LiveHost& host, HostWatch& watch, std::span<const double> values, MonoTime now);
  void tick(LiveHost& host, HostWatch& watch, MonoTime now);
  void check_clock(const LiveHost& host, HostWatch& watch);
  void check_agent(const LiveHost& host);
  void check_reboot(const LiveHost& host);
  void tell(const LiveHost& host, WatchKindId kind, const std::string& target, const AwakeWatch& watch,
            double value);
  void say_again(const LiveHost& host, const HostWatch& watch, std::span<const double> values);
  void tell_skew(const LiveHost& host, const EffectiveThreshold& threshold);
  [[nodiscard]] events::ConditionClaim make_claim(const LiveHost& host, WatchKindId kind,
                                                  const std::string& target) const;
  [[nodiscard]] EffectiveThreshold threshold_of(const LiveHost& host, WatchKindId kind,
                                                std::string_view target = {}) const;
  [[nodiscard]] events::Level open_level(const LiveHost& host, std::string_view kind,
                                         const std::string& target) const;
  void went_away(const LiveHost& host, Nanos ago);
  [[nodiscard]] events::WatchLimits away_limits(const LiveHost& host, WatchKindId kind) const;
  void step_away(HostNumber number, Away& away, MonoTime now);
  Task<void> sweep_forever();
  void sweep();

  WatcherGround ground_;
  io::TaskScope& tasks_;
  std::uint64_t settings_ = 1;
  MonoTime quiet_until_ = MonoTime::max();
  std::map<HostNumber, Away> away_;
};

}  // namespace fettle::fleet
