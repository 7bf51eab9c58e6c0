#include "fettle/fleet/host_watcher.h"

#include <algorithm>
#include <cmath>

namespace fettle::fleet {
namespace {

using events::Level;
using Id = WatchKindId;

/// What changes slowly (labels, versions, the growth of disks) is looked at this often.
constexpr std::chrono::minutes kTick{1};
/// After such a pause nothing that was on its way goes on.
constexpr Seconds kPause{90};
constexpr Seconds kSweep{1};

/// From where on a value is looked at more closely.
double calm_below(const events::WatchLimits& limits) {
  return std::fmin(std::isnan(limits.warning) ? kUnreachable : limits.warning,
                   std::isnan(limits.error) ? kUnreachable : limits.error);
}

bool is_sampled(Id kind) {
  switch (kind) {
    case Id::agent_outdated:
    case Id::clock_skew:
    case Id::host_offline:
    case Id::host_rebooted:
    case Id::host_stopped:
      return false;
    case Id::cpu_load:
    case Id::cpu_pressure:
    case Id::disk_fills:
    case Id::disk_inodes:
    case Id::disk_space:
    case Id::io_pressure:
    case Id::memory_available:
    case Id::memory_pressure:
    case Id::memory_thrashing:
    case Id::temperature:
    case Id::units_failed:
      return true;
  }
  return true;
}

}  // namespace

void HostWatcher::start(Millis interval) {
  const MonoTime now = ground_.clock.mono_now();
  const WallTime wall = ground_.clock.wall_now();
  quiet_until_ = now + interval * kQuietIntervals;
  ground_.roster.for_each([&](LiveHost& host) {
    if (host.row.state == HostState::offline)
      return went_away(host, std::max<Nanos>(wall - host.row.state_since, Nanos(0)));
    const Level open = open_level(host, events::kOfflineKind, {});
    if (open == Level::ok) return;  // it came back, and the server ended before it could say so
    Away& away = away_[host.row.number];
    away.id = host.row.id;
    away.is_back = true;
    away.watch.state = events::watch_state_of(open);
    away.watch.limits = watch_limits(Id::host_offline, threshold_of(host, Id::host_offline));
  });
  std::vector<std::string> gone;
  ground_.conditions.for_each([&](const events::Condition& condition) {
    const auto id = HostId::parse(condition.key.source_id);
    if (condition.source_kind == "host" && (!id || ground_.roster.find(*id) == nullptr))
      gone.push_back(condition.key.source_id);
  });
  for (const std::string& source : gone) ground_.conditions.close_source(source, "removed");
  tasks_.spawn("watcher.sweep", sweep_forever());
}

void HostWatcher::sampled(LiveHost& host) {
  const MonoTime now = ground_.clock.mono_now();
  // What was kept on the host says nothing of now.
  if (now < quiet_until_ || host.backlog > 0) return;
  const metrics::Latest* latest = ground_.history.latest(host.row.number);
  if (latest == nullptr || latest->layout == nullptr) return;
  if (!host.watch) host.watch = std::make_shared<HostWatch>();
  HostWatch& watch = *host.watch;
  if (watch.layout != latest->layout || watch.settings != settings_) make_plan(host, watch, latest->layout);
  if (now - watch.seen_at > kPause) {
    for (auto& [index, awake] : watch.awake) events::interrupt_watch(awake.state);
    for (HostWatch::Disk& disk : watch.disks) events::interrupt_watch(disk.watch.state);
  }
  watch.seen_at = now;
  if (host.row.clock_skewed != watch.is_skew_open) check_clock(host, watch);
  const std::span<const double> values(latest->values);
  for (std::uint32_t i = 0; i < watch.plan.watches.size(); ++i) {
    const double value = watched_value(watch.plan.watches[i], values);
    if (value < watch.plan.watches[i].calm) [[likely]]
      continue;
    step(host, watch, i, value, now);
  }
  if (now < watch.tick_at) return;
  watch.tick_at = now + kTick;
  tick(host, watch, now);
  say_again(host, watch, values);
  if (now < watch.growth_at) return;
  watch.growth_at = now + kGrowthStep;
  step_disks(host, watch, values, now);
}

void HostWatcher::step(const LiveHost& host, HostWatch& watch, std::uint32_t index, double value,
                       MonoTime now) {
  Watch& watched = watch.plan.watches[index];
  if (watched.calm == kUnreachable) return;
  if (std::isinf(value)) value = kNoLimit;  // a share of nothing says nothing
  auto found = watch.awake.find(index);
  if (found == watch.awake.end()) {
    if (std::isnan(value)) return;
    found = watch.awake.emplace(index, AwakeWatch{}).first;
    const std::string& target = watch.plan.targets[watched.target];
    found->second.limits = watch_limits(watched.kind, threshold_of(host, watched.kind, target));
  }
  AwakeWatch& awake = found->second;
  const Level before = awake.state.level();
  events::step_watch(awake.state, awake.limits, value, now);
  if (awake.state.level() != before)
    tell(host, watched.kind, watch.plan.targets[watched.target], awake, value);
  watched.calm = -kUnreachable;
  if (!awake.state.is_idle(now)) return;
  watched.calm = calm_below(awake.limits);
  watch.awake.erase(found);
}

void HostWatcher::step_disks(const LiveHost& host, HostWatch& watch, std::span<const double> values,
                             MonoTime now) {
  for (std::size_t i = 0; i < watch.disks.size(); ++i) {
    HostWatch::Disk& disk = watch.disks[i];
    const Watch& space = watch.plan.watches[watch.plan.disks[i]];
    const double percent = watched_value(space, values);
    if (std::isnan(percent)) continue;
    disk.track.add(percent, now);
    const auto hours = decide_hours_to_full(disk.track.points());
    if (!hours || !disk.is_watched) continue;
    const Level before = disk.watch.state.level();
    events::step_watch(disk.watch.state, disk.watch.limits, -*hours, now);
    if (disk.watch.state.level() != before)
      tell(host, Id::disk_fills, watch.plan.targets[space.target], disk.watch, -*hours);
  }
}

/// What holds, with the values of now.
void HostWatcher::say_again(const LiveHost& host, const HostWatch& watch, std::span<const double> values) {
  for (const auto& [index, awake] : watch.awake) {
    const Watch& watched = watch.plan.watches[index];
    const double value = watched_value(watched, values);
    if (awake.state.level() != Level::ok && std::isfinite(value))
      tell(host, watched.kind, watch.plan.targets[watched.target], awake, value);
  }
  for (std::size_t i = 0; i < watch.disks.size(); ++i) {
    const HostWatch::Disk& disk = watch.disks[i];
    if (disk.watch.state.level() == Level::ok) continue;
    const std::string& target = watch.plan.targets[watch.plan.watches[watch.plan.disks[i]].target];
    if (const auto hours = decide_hours_to_full(disk.track.points()))
      tell(host, Id::disk_fills, target, disk.watch, -*hours);
  }
  if (watch.is_skew_open) tell_skew(host, threshold_of(host, Id::clock_skew));
}

void HostWatcher::tell(const LiveHost& host, Id kind, const std::string& target, const AwakeWatch& watch,
                       double value) {
  events::ConditionClaim claim = make_claim(host, kind, target);
  const Level level = watch.state.level();
  if (level == Level::ok) return ground_.conditions.close_condition(claim.key);
  const WatchKind& known = watch_kind(kind);
  const double sign = known.is_below ? -1 : 1;
  const double limit = sign * (level == Level::error ? watch.limits.error : watch.limits.warning);
  claim.severity =
      level == Level::error ? events::ConditionSeverity::error : events::ConditionSeverity::warning;
  claim.message = watch_message(kind, target, sign * value, limit);
  claim.fields = {{"value", watch_value(known, sign * value)}, {"limit", watch_value(known, limit)}};
  ground_.conditions.open_condition(std::move(claim));
}

events::ConditionClaim HostWatcher::make_claim(const LiveHost& host, Id kind,
                                               const std::string& target) const {
  events::ConditionClaim claim;
  claim.key = {.source_id = host.row.id.text(), .kind = std::string(watch_kind(kind).kind), .target = target};
  if (kind == Id::host_stopped) claim.key.kind = events::kOfflineKind;
  claim.environment = host.row.environment;
  claim.source_kind = "host";
  claim.source_name = host.row.name;
  claim.title = watch_title(kind, target);
  claim.message = watch_message(kind, target, 0, 0);
  if (!is_sampled(kind) && kind != Id::agent_outdated) claim.events = events::ConditionEvents::claimant;
  return claim;
}

EffectiveThreshold HostWatcher::threshold_of(const LiveHost& host, Id kind, std::string_view target) const {
  return decide_threshold(ground_.thresholds.all(), {host.row.environment, host.row.id, host.row.labels},
                          kind, target);
}

Level HostWatcher::open_level(const LiveHost& host, std::string_view kind, const std::string& target) const {
  const events::Condition* open =
      ground_.conditions.find({.source_id = host.row.id.text(), .kind = std::string(kind), .target = target});
  if (open == nullptr) return Level::ok;
  return open->severity == events::ConditionSeverity::error ? Level::error : Level::warning;
}

void HostWatcher::make_plan(LiveHost& host, HostWatch& watch, std::shared_ptr<const metrics::Layout> layout) {
  const HostWatch before = std::move(watch);
  watch = {};
  watch.layout = std::move(layout);
  watch.environment = host.row.environment;
  watch.labels = host.row.labels;
  watch.settings = settings_;
  watch.seen_at = before.seen_at;
  watch.tick_at = before.tick_at;
  watch.growth_at = before.growth_at;
  watch.is_skew_open = open_level(host, watch_kind(Id::clock_skew).kind, {}) != Level::ok;
  const std::uint32_t cores = host.row.inventory ? host.row.inventory->cores : 1;
  watch.plan = make_watch_plan(*watch.layout, cores);
  take_up(host, watch);
  // What was on its way goes on, wherever its series is now.
  const auto place = [](const WatchPlan& plan, std::uint32_t index) {
    return std::pair(plan.watches[index].kind, std::string_view(plan.targets[plan.watches[index].target]));
  };
  std::map<std::pair<Id, std::string_view>, const AwakeWatch*> awake;
  for (const auto& [index, one] : before.awake) awake[place(before.plan, index)] = &one;
  for (std::uint32_t i = 0; i < watch.plan.watches.size() && !awake.empty(); ++i) {
    const auto found = awake.find(place(watch.plan, i));
    if (found == awake.end() || watch.plan.watches[i].calm == kUnreachable) continue;
    const std::string& target = watch.plan.targets[watch.plan.watches[i].target];
    const auto limits = watch_limits(found->first.first, threshold_of(host, found->first.first, target));
    watch.awake[i] = {found->second->state, limits};
    watch.plan.watches[i].calm = -kUnreachable;
  }
  for (std::size_t i = 0; i < watch.disks.size(); ++i) {
    for (std::size_t j = 0; j < before.disks.size(); ++j) {
      if (place(before.plan, before.plan.disks[j]) != place(watch.plan, watch.plan.disks[i])) continue;
      watch.disks[i].track = before.disks[j].track;
      if (watch.disks[i].is_watched) watch.disks[i].watch.state = before.disks[j].watch.state;
    }
  }
  close_unwatched(host, watch);
}

/// Limits, and what the store says is open.
void HostWatcher::take_up(const LiveHost& host, HostWatch& watch) {
  for (std::uint32_t i = 0; i < watch.plan.watches.size(); ++i) {
    Watch& watched = watch.plan.watches[i];
    const std::string& target = watch.plan.targets[watched.target];
    const EffectiveThreshold threshold = threshold_of(host, watched.kind, target);
    if (!threshold.is_watched.value) continue;  // its calm is out of reach
    const auto limits = watch_limits(watched.kind, threshold);
    watched.calm = calm_below(limits);
    const Level open = open_level(host, watch_kind(watched.kind).kind, target);
    if (open == Level::ok) continue;
    watch.awake[i] = {events::watch_state_of(open), limits};
    watched.calm = -kUnreachable;
  }
  for (const std::uint32_t index : watch.plan.disks) {
    const std::string& target = watch.plan.targets[watch.plan.watches[index].target];
    const EffectiveThreshold threshold = threshold_of(host, Id::disk_fills, target);
    HostWatch::Disk& disk = watch.disks.emplace_back();
    disk.is_watched = threshold.is_watched.value;
    disk.watch = {events::watch_state_of(open_level(host, watch_kind(Id::disk_fills).kind, target)),
                  watch_limits(Id::disk_fills, threshold)};
  }
}

/// What is open of this host, and no series or no setting stands for it any more.
void HostWatcher::close_unwatched(const LiveHost& host, const HostWatch& watch) {
  std::vector<std::pair<events::ConditionKey, std::string_view>> over;
  ground_.conditions.for_each_of(host.row.id.text(), [&](const events::Condition& condition) {
    const WatchKind* kind = find_watch_kind(condition.key.kind);
    if (kind == nullptr || kind->id == Id::host_offline)
      return;  // another feature's, or the server's own to say
    if (!threshold_of(host, kind->id, condition.key.target).is_watched.value) {
      over.emplace_back(condition.key, "setting");
      return;
    }
    if (!is_sampled(kind->id)) return;
    const Id of = kind->id == Id::disk_fills ? Id::disk_space : kind->id;
    const bool is_there = std::ranges::any_of(watch.plan.watches, [&](const Watch& one) {
      return one.kind == of && watch.plan.targets[one.target] == condition.key.target;
    });
    if (!is_there) over.emplace_back(condition.key, "gone");
  });
  for (const auto& [key, reason] : over) ground_.conditions.close_condition(key, reason);
}

void HostWatcher::tick(LiveHost& host, HostWatch& watch, MonoTime /*now*/) {
  if (watch.environment != host.row.environment)
    ground_.conditions.move_source(host.row.id.text(), host.row.environment);
  if (watch.environment != host.row.environment || watch.labels != host.row.labels) watch.layout.reset();
  const double skew = threshold_of(host, Id::clock_skew).warning.value;
  host.skew_limit = Millis(static_cast<std::int64_t>(skew * 1'000));
  check_agent(host);
  check_reboot(host);
}

void HostWatcher::check_clock(const LiveHost& host, HostWatch& watch) {
  const EffectiveThreshold threshold = threshold_of(host, Id::clock_skew);
  watch.is_skew_open = host.row.clock_skewed;  // looked at again when it turns, or the settings do
  if (!host.row.clock_skewed)
    return ground_.conditions.close_condition(make_claim(host, Id::clock_skew, {}).key);
  tell_skew(host, threshold);
}

void HostWatcher::tell_skew(const LiveHost& host, const EffectiveThreshold& threshold) {
  if (!threshold.is_watched.value) return;
  events::ConditionClaim claim = make_claim(host, Id::clock_skew, {});
  const double skew = std::abs(static_cast<double>(host.clock_skew.value_or(Millis(0)).count())) / 1'000;
  claim.message = watch_message(Id::clock_skew, {}, skew, threshold.warning.value);
  ground_.conditions.open_condition(std::move(claim));
}

void HostWatcher::check_agent(const LiveHost& host) {
  if (!host.row.agent) return;
  const auto behind = decide_versions_behind(host.row.agent->version, ground_.server_version);
  const EffectiveThreshold threshold = threshold_of(host, Id::agent_outdated);
  AwakeWatch watch;
  watch.state = events::watch_state_of(Level::ok);
  if (behind && threshold.is_watched.value) {
    watch.state.warning.is_on = *behind >= threshold.warning.value;
    watch.state.error.is_on = *behind >= threshold.error.value;
  }
  watch.limits = watch_limits(Id::agent_outdated, threshold);
  tell(host, Id::agent_outdated, {}, watch, behind.value_or(0));
}

void HostWatcher::check_reboot(const LiveHost& host) {
  const events::ConditionKey key{
      .source_id = host.row.id.text(), .kind = std::string(watch_kind(Id::host_rebooted).kind), .target = {}};
  const events::Condition* open = ground_.conditions.find(key);
  if (open == nullptr) return;
  const bool is_old = ground_.clock.wall_now() - open->opened_at >= kRebootShown;
  if (is_old || open->acknowledgement) ground_.conditions.close_condition(key);
}

void HostWatcher::rebooted(const LiveHost& host) {
  if (ground_.clock.mono_now() < quiet_until_ || !threshold_of(host, Id::host_rebooted).is_watched.value)
    return;
  ground_.conditions.open_condition(make_claim(host, Id::host_rebooted, {}));
}

void HostWatcher::state_changed(const LiveHost& host) {
  if (host.row.state == HostState::offline) return went_away(host, Nanos(0));
  ground_.conditions.set_away(host.row.id.text(), false);
  const auto found = away_.find(host.row.number);
  if (found == away_.end()) return;
  found->second.is_back = true;
  step_away(found->first, found->second, ground_.clock.mono_now());
}

void HostWatcher::went_away(const LiveHost& host, Nanos ago) {
  ground_.conditions.set_away(host.row.id.text(), true);
  const MonoTime now = ground_.clock.mono_now();
  const bool is_new = !away_.contains(host.row.number);
  Away& away = away_[host.row.number];
  away.id = host.row.id;
  away.since = now - ago;
  away.is_back = false;
  away.is_stopped = host.row.state_reason != "silent";  // whoever did it knows
  const Id kind = away.is_stopped ? Id::host_stopped : Id::host_offline;
  away.watch.limits = away_limits(host, kind);
  if (is_new) away.watch.state = events::watch_state_of(open_level(host, events::kOfflineKind, {}));
  step_away(host.row.number, away, now);
}

events::WatchLimits HostWatcher::away_limits(const LiveHost& host, Id kind) const {
  const EffectiveThreshold threshold = threshold_of(host, kind);
  events::WatchLimits limits = watch_limits(kind, threshold);
  if (!threshold.is_watched.value) limits.warning = limits.error = kNoLimit;
  return limits;
}

void HostWatcher::step_away(HostNumber number, Away& away, MonoTime now) {
  const LiveHost* host = ground_.roster.find(number);
  if (host == nullptr || now < quiet_until_) return;
  const double seconds = away.is_back ? -1 : std::chrono::duration<double>(now - away.since).count();
  const Level before = away.watch.state.level();
  events::step_watch(away.watch.state, away.watch.limits, seconds, now);
  if (away.watch.state.level() != before)
    tell(*host, away.is_stopped ? Id::host_stopped : Id::host_offline, {}, away.watch, seconds);
}

Task<void> HostWatcher::sweep_forever() {
  std::uint64_t settings = settings_;
  for (;;) {
    co_await ground_.clock.sleep_for(kSweep);
    if (settings != settings_) {
      settings = settings_;
      for (auto& [number, away] : away_) {
        const LiveHost* host = ground_.roster.find(number);
        const Id kind = away.is_stopped ? Id::host_stopped : Id::host_offline;
        if (host != nullptr) away.watch.limits = away_limits(*host, kind);
      }
    }
    sweep();
  }
}

void HostWatcher::sweep() {
  const MonoTime now = ground_.clock.mono_now();
  for (auto at = away_.begin(); at != away_.end();) {
    step_away(at->first, at->second, now);
    const bool is_done = at->second.is_back && at->second.watch.state.is_idle(now) && now >= quiet_until_;
    at = is_done ? away_.erase(at) : std::next(at);
  }
}

void HostWatcher::forget(const LiveHost& host) {
  away_.erase(host.row.number);
  ground_.conditions.close_source(host.row.id.text(), "removed");
}

}  // namespace fettle::fleet
