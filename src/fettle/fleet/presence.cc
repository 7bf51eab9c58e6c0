#include "fettle/fleet/presence.h"

#include <algorithm>
#include <cmath>

namespace fettle::fleet {
namespace {

constexpr std::size_t kTransitionsPerWrite = 500;

Task<void> write_states(HostWrites& writes, std::vector<HostWrites::Transition> transitions) {
  ignore(co_await writes.change_states(std::move(transitions)),
         "the next sweep decides again from the same facts");
}

Task<void> write_skewed(HostWrites& writes, HostNumber number, bool skewed) {
  ignore(co_await writes.set_clock_skewed(number, skewed),
         "the next sweep decides again from the same facts");
}

// What a row can say (T15: 40 bytes); an agent can claim more.
constexpr double kMostTenths = 1000;
constexpr double kMostRate = 999'999'999'999;

std::int64_t rounded(double value, double most) {
  return std::isfinite(value) ? static_cast<std::int64_t>(std::llround(std::clamp(value, 0.0, most))) : -1;
}

std::int64_t tenths(double percent) {
  return rounded(percent * 10, kMostTenths);
}

}  // namespace

stream::FleetRow fleet_row(const LiveHost& host, const metrics::History& history) {
  const auto summary = history.summary(host.row.number);
  const auto state = static_cast<std::int64_t>(host.row.state);
  if (!summary) return {host.row.number, state, -1, -1, -1, -1, -1};
  return {host.row.number,
          state,
          tenths(summary->cpu_percent),
          tenths(summary->memory_percent),
          tenths(summary->disk_percent),
          rounded(summary->rx_bytes_per_second, kMostRate),
          rounded(summary->tx_bytes_per_second, kMostRate)};
}

Presence::Presence(Roster& roster, Gateway& gateway, HostWrites& writes, stream::Hub& hub,
                   metrics::History& history, io::Clock& clock, io::TaskScope& tasks, FleetSettings settings)
    : roster_(roster),
      gateway_(gateway),
      writes_(writes),
      hub_(hub),
      history_(history),
      clock_(clock),
      tasks_(tasks),
      settings_(settings) {}

void Presence::start() {
  ready_at_ = swept_at_ = clock_.mono_now();
  tasks_.spawn("presence.sweep", sweep_forever());
  tasks_.spawn("presence.frames", frame_forever());
}

Task<void> Presence::sweep_forever() {
  for (;;) {
    co_await clock_.sleep_for(settings_.sweep);
    sweep();
    gateway_.sweep();
  }
}

Task<void> Presence::frame_forever() {
  for (;;) {
    co_await clock_.sleep_for(settings_.frame);
    send_frames();
  }
}

void Presence::touched(LiveHost& host) {
  changed_.insert(host.row.number);
  if (host.row.state == HostState::online || host.is_changing_state) return;
  // Good news does not wait for the sweep.
  const PresenceChange change{HostState::online, ""};
  if (host.row.state == HostState::late) {
    say_late_or_online(host, change);
    return;
  }
  host.is_changing_state = true;
  tasks_.spawn("presence.online", write_states(writes_, {{host.row.number, change}}));
}

void Presence::sweep() {
  const MonoTime now = clock_.mono_now();
  // What lies in the sockets since then has not been read yet.
  const bool was_away = decide_was_away(now - std::exchange(swept_at_, now), settings_.sweep);
  if (was_away || (is_deaf_ && is_deaf_())) ready_at_ = now;
  std::vector<HostWrites::Transition> transitions;
  roster_.for_each([&](LiveHost& host) {
    roster_.count(host);
    if (host.is_changing_state) return;
    check_clock(host);
    const auto change = decide_presence(host.facts(), now, ready_at_);
    if (!change || host.is_changing_state) return;
    const bool is_written = change->to == HostState::offline || host.row.state != HostState::late;
    if (change->to == HostState::late || !is_written) {
      say_late_or_online(host, *change);
    } else if (transitions.size() < kTransitionsPerWrite) {
      host.is_changing_state = true;
      transitions.push_back({host.row.number, *change});
    }
  });
  if (!transitions.empty()) tasks_.spawn("presence.states", write_states(writes_, std::move(transitions)));
}

void Presence::say_late_or_online(LiveHost& host, const PresenceChange& change) {
  const HostState from = host.row.state;
  host.row.state = change.to;
  host.row.state_reason = change.reason;
  host.row.state_since = clock_.wall_now();
  roster_.count(host);
  changed_.insert(host.row.number);
  writes_.publish_status(host, "host", host_state_name(from), host_state_name(change.to), change.reason);
}

void Presence::check_clock(LiveHost& host) {
  if (!host.clock_skew || host.link == nullptr) return;
  const bool skewed = decide_clock_skewed(host.row.clock_skewed, *host.clock_skew, host.skew_limit);
  if (skewed == host.row.clock_skewed) return;
  host.is_changing_state = true;
  tasks_.spawn("presence.clock", write_skewed(writes_, host.row.number, skewed));
}

void Presence::send_frames() {
  if (changed_.empty()) return;
  std::map<EnvironmentId, stream::FleetStatus> frames;
  for (const HostNumber number : changed_) {
    const LiveHost* host = roster_.find(number);
    if (host == nullptr) continue;
    frames[host->row.environment].hosts.push_back(fleet_row(*host, history_));
  }
  changed_.clear();
  const std::int64_t now = unix_ms(clock_.wall_now());
  for (auto& [environment, frame] : frames) {
    const stream::Topic topic{environment, "fleet"};
    if (!hub_.is_watched(topic)) continue;
    std::ranges::sort(frame.hosts);
    frame.environment_id = environment.text();
    frame.at = now;
    hub_.publish(topic, stream::Message(std::move(frame)), stream::Keep::sample);
  }
}

void Presence::set_interval(LiveHost& host, Millis interval) {
  if (host.interval == interval) return;
  host.expected = std::max(host.expected, interval);
  host.interval = interval;
  gateway_.send_settings(host);
  writes_.publish_status(host, "inventory", "", "", "");
}

void Presence::watched(HostNumber number, bool is_watched) {
  LiveHost* host = roster_.find(number);
  if (host == nullptr) return;
  if (is_watched) {
    if (!watched_.contains(number) && std::ranges::find(waiting_, number) == waiting_.end())
      waiting_.push_back(number);
  } else {
    std::erase(waiting_, number);
    if (watched_.erase(number) > 0) set_interval(*host, settings_.heartbeat_interval);
  }
  fill_places();
}

void Presence::fill_places() {
  while (!waiting_.empty() && watched_.size() < settings_.watched_hosts) {
    LiveHost* host = roster_.find(waiting_.front());
    waiting_.pop_front();
    if (host == nullptr) continue;
    watched_.insert(host->row.number);
    set_interval(*host, std::min(settings_.watched_interval, settings_.heartbeat_interval));
  }
}

void Presence::forget(HostNumber number) {
  watched_.erase(number);
  std::erase(waiting_, number);
  changed_.erase(number);
  fill_places();
}

}  // namespace fettle::fleet
