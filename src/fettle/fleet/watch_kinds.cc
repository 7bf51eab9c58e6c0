#include "fettle/fleet/watch_kinds.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace fettle::fleet {
namespace {

using Id = WatchKindId;

constexpr int kMinutes = 60;
constexpr double kAlways = 1e9;

constexpr auto kKinds = std::to_array<WatchKind>({
    {Id::agent_outdated, "agent.outdated", "Minor versions that the agent is behind the server", "", false, 2,
     kNoLimit, 0.5, 0, 0, 1, 1'000},
    {Id::clock_skew, "clock.skew", "Difference between the host's clock and the server's", "s", false, 30,
     kNoLimit, 3, 0, 0, 2, 86'400},
    {Id::cpu_load, "cpu.load", "Load average over 5 minutes for each core", "", false, 2, 4, 0.3,
     10 * kMinutes, 5 * kMinutes, 0.1, 10'000},
    {Id::cpu_pressure, "cpu.pressure", "Time in which some task waited for a processor", "%", false, 80,
     kNoLimit, 10, 10 * kMinutes, 5 * kMinutes, 1, 101},
    {Id::disk_fills, "disk.fills", "Time until the disk is full at the rate of the last hours", "h", true, 24,
     4, 12, 30 * kMinutes, 30 * kMinutes, 0, 10'000},
    {Id::disk_inodes, "disk.inodes", "Inodes in use", "%", false, 85, 95, 2, 1 * kMinutes, 1 * kMinutes, 0,
     101},
    {Id::disk_space, "disk.space", "Space in use, as df counts it", "%", false, 85, 95, 2, 1 * kMinutes,
     1 * kMinutes, 0, 101},
    {Id::host_offline, "host.offline", "Time since the host was lost", "s", false, 0, 600, 0, 0, 0, 0,
     86'400 * 30},
    {Id::host_rebooted, "host.rebooted", "The machine started anew though its agent had not been stopped", "",
     false, kNoLimit, kNoLimit, 0, 0, 0, 0, kAlways, false},
    {Id::host_stopped, "host.stopped", "Time since the agent was stopped and said so", "s", false, 600,
     kNoLimit, 0, 0, 0, 0, 86'400 * 30},
    {Id::io_pressure, "io.pressure", "Time in which all tasks waited for a disk", "%", false, 50, kNoLimit,
     10, 10 * kMinutes, 5 * kMinutes, 1, 101},
    {Id::memory_available, "memory.available", "Memory that programs could still get", "%", true, 5, 2, 1,
     2 * kMinutes, 2 * kMinutes, 0, 100},
    {Id::memory_pressure, "memory.pressure", "Time in which some task waited for memory", "%", false, 30,
     kNoLimit, 5, 10 * kMinutes, 5 * kMinutes, 1, 101},
    {Id::memory_thrashing, "memory.thrashing",
     "Time in which all tasks waited for memory, on a host that has swapped", "%", false, 10, 40, 3,
     5 * kMinutes, 5 * kMinutes, 1, 101},
    {Id::temperature, "temperature", "Temperature of a sensor", "\u00b0C", false, 85, 95, 5, 1 * kMinutes,
     2 * kMinutes, 1, 1'000},
    {Id::units_failed, "units.failed", "systemd units that have failed", "", false, 1, kNoLimit, 0.5,
     1 * kMinutes, 0, 1, 100'000},
});

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kKinds.size(); ++i)
    if (static_cast<std::size_t>(kKinds[i].id) != i) return false;
  return std::ranges::is_sorted(kKinds, {}, &WatchKind::kind);
}
static_assert(is_in_order());

std::string seconds_text(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7'200) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 172'800) return fmt::format("{:.0f} h", seconds / 3'600);
  return fmt::format("{:.0f} days", seconds / 86'400);
}

/// Three significant digits, without a tail of zeros.
std::string short_number(double value) {
  const double size = std::abs(value);
  const int digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  std::string text = fmt::format("{:.{}f}", value, digits);
  if (text.contains('.')) {
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

}  // namespace

std::span<const WatchKind> watch_kinds() {
  return kKinds;
}

const WatchKind& watch_kind(WatchKindId id) {
  return kKinds[static_cast<std::size_t>(id)];
}

const WatchKind* find_watch_kind(std::string_view kind) {
  const auto found = std::ranges::lower_bound(kKinds, kind, {}, &WatchKind::kind);
  return found != kKinds.end() && found->kind == kind ? &*found : nullptr;
}

std::string watch_value(const WatchKind& kind, double value) {
  if (kind.unit == "s") return seconds_text(value);
  if (kind.unit == "h") return value < 1 ? fmt::format("{:.0f} min", value * 60) : short_number(value) + " h";
  if (kind.unit.empty()) return short_number(value);
  return short_number(value) + " " + std::string(kind.unit);
}

std::string watch_title(WatchKindId id, std::string_view target) {
  switch (id) {
    case Id::agent_outdated:
      return "Agent too old";
    case Id::clock_skew:
      return "Clock is wrong";
    case Id::cpu_load:
      return "Load is high";
    case Id::cpu_pressure:
      return "Tasks wait for a processor";
    case Id::disk_fills:
      return fmt::format("Disk {} is filling up", target);
    case Id::disk_inodes:
      return fmt::format("Inodes of {} nearly used up", target);
    case Id::disk_space:
      return fmt::format("Disk {} nearly full", target);
    case Id::host_offline:
      return "Host is offline";
    case Id::host_rebooted:
      return "Rebooted, and nobody asked for it";
    case Id::host_stopped:
      return "Agent is stopped";
    case Id::io_pressure:
      return "Tasks wait for a disk";
    case Id::memory_available:
      return "Memory nearly used up";
    case Id::memory_pressure:
      return "Tasks wait for memory";
    case Id::memory_thrashing:
      return "Memory is thrashing";
    case Id::temperature:
      return fmt::format("{} is hot", target.empty() ? "The machine" : target);
    case Id::units_failed:
      return "systemd units have failed";
  }
  return {};
}

std::string watch_message(WatchKindId id, std::string_view target, double value, double limit) {
  const WatchKind& kind = watch_kind(id);
  const std::string is = watch_value(kind, value);
  const std::string at = fmt::format("(limit {})", watch_value(kind, limit));
  switch (id) {
    case Id::agent_outdated:
      return fmt::format("the agent is {} minor versions behind the server {}", is, at);
    case Id::clock_skew:
      return fmt::format("the clock differs by {} {}", is, at);
    case Id::cpu_load:
      return fmt::format("the load is {} for each core {}", is, at);
    case Id::cpu_pressure:
      return fmt::format("some task waited for a processor {} of the time {}", is, at);
    case Id::disk_fills:
      return fmt::format("{} will be full in {} at the rate of the last hours {}", target, is, at);
    case Id::disk_inodes:
      return fmt::format("{} of the inodes of {} are in use {}", is, target, at);
    case Id::disk_space:
      return fmt::format("{} is {} full {}", target, is, at);
    case Id::host_offline:
      return "no heartbeat comes";
    case Id::host_rebooted:
      return "the machine started anew, and its agent had not been stopped before";
    case Id::host_stopped:
      return "the agent was stopped and has not been started again";
    case Id::io_pressure:
      return fmt::format("all tasks waited for a disk {} of the time {}", is, at);
    case Id::memory_available:
      return fmt::format("{} of the memory is available {}", is, at);
    case Id::memory_pressure:
      return fmt::format("some task waited for memory {} of the time {}", is, at);
    case Id::memory_thrashing:
      return fmt::format("all tasks waited for memory {} of the time {}", is, at);
    case Id::temperature:
      return fmt::format("{} is at {} {}", target.empty() ? "the machine" : target, is, at);
    case Id::units_failed:
      return value == 1 ? "1 systemd unit has failed" : fmt::format("{} systemd units have failed", is);
  }
  return {};
}

}  // namespace fettle::fleet
