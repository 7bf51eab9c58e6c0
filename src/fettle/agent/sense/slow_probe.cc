#include "fettle/agent/sense/slow_probe.h"

#include <dirent.h>
#include <poll.h>

#include "fettle/agent/sense/mount_table.h"
#include "fettle/agent/sense/text_scan.h"

namespace fettle::agent {
namespace {

constexpr unsigned kRunsBetweenLooks = 12;   // a minute at 5 s, should the kernel's notice be missed
constexpr unsigned kRunsBetweenSensors = 3;  // 15 s: what is warm changes slowly, and some chips are slow
constexpr unsigned kRunsBetweenCounts = 12;  // listing /proc costs a microsecond a process, cold caches more

/// The kernel marks an open mountinfo when a mount came or went (proc(5)).
bool has_changed(int descriptor) {
  if (descriptor < 0) return true;
  pollfd poll_entry{descriptor, POLLPRI, 0};
  return ::poll(&poll_entry, 1, 0) > 0 && (poll_entry.revents & (POLLPRI | POLLERR)) != 0;
}

std::optional<std::uint64_t> count_processes(const std::string& proc) {
  DIR* folder = ::opendir(proc.c_str());
  if (folder == nullptr) return std::nullopt;
  std::uint64_t count = 0;
  while (const dirent* entry = ::readdir(folder)) {
    if (is_all_digits(entry->d_name)) ++count;
  }
  ::closedir(folder);
  return count;
}

}  // namespace

SlowProbe::SlowProbe(const std::string& proc, const std::string& sys, AskUnits ask_units)
    : proc_(proc),
      ask_units_(std::move(ask_units)),
      mountinfo_(proc + "/self/mountinfo"),
      temperatures_(sys) {}

void SlowProbe::look_for_mounts() {
  if (runs_ % kRunsBetweenLooks != 0 && !has_changed(mountinfo_.descriptor())) return;
  const auto text = mountinfo_.read(buffer_);
  if (!text) return;
  points_ = choose_mounts(parse_mounts(*text));
}

SlowReading SlowProbe::run() {
  look_for_mounts();
  if (runs_ % kRunsBetweenCounts == 0) processes_ = count_processes(proc_);
  if (runs_ % kRunsBetweenLooks == 0) temperatures_.look();
  if (runs_ % kRunsBetweenSensors == 0) temperature_readings_ = temperatures_.read(buffer_);
  SlowReading reading;
  reading.processes = processes_;
  reading.temperatures = temperature_readings_;
  reading.mount_points = points_;
  // Last: it may take its whole patience.
  if (runs_ % kRunsBetweenCounts == 0) units_ = ask_units_();
  reading.units = units_;
  ++runs_;
  return reading;
}

}  // namespace fettle::agent
