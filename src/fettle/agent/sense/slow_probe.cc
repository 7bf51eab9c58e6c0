#include "fettle/agent/sense/slow_probe.h"

#include <dirent.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

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

std::optional<MountSpace> read_mount_space(const std::string& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) return std::nullopt;
  struct statvfs answer{};
  if (::statvfs(path.c_str(), &answer) != 0 || answer.f_blocks == 0) return std::nullopt;
  MountSpace space;
  space.total = answer.f_blocks * answer.f_frsize;
  space.used = (answer.f_blocks - std::min(answer.f_blocks, answer.f_bfree)) * answer.f_frsize;
  space.available = answer.f_bavail * answer.f_frsize;
  if (answer.f_files > 0) {
    space.inodes_total = answer.f_files;
    space.inodes_used = answer.f_files - std::min(answer.f_files, answer.f_ffree);
  }
  return space;
}

SlowProbe::SlowProbe(const std::string& proc, const std::string& sys, ReadSpace read_space,
                     AskUnits ask_units)
    : proc_(proc),
      read_space_(std::move(read_space)),
      ask_units_(std::move(ask_units)),
      mountinfo_(proc + "/self/mountinfo"),
      temperatures_(sys) {}

void SlowProbe::look_for_mounts() {
  if (runs_ % kRunsBetweenLooks != 0 && !has_changed(mountinfo_.descriptor())) return;
  const auto text = mountinfo_.read(buffer_);
  if (!text) return;
  points_ = choose_mounts(parse_mounts(*text));
  // Single files that are mounted (of a container's /etc) are no place to run out of space.
  std::erase_if(points_, [this](const std::string& point) { return !read_space_(point); });
}

SlowReading SlowProbe::run() {
  look_for_mounts();
  if (runs_ % kRunsBetweenCounts == 0) processes_ = count_processes(proc_);
  if (runs_ % kRunsBetweenLooks == 0) temperatures_.look();
  if (runs_ % kRunsBetweenSensors == 0) temperature_readings_ = temperatures_.read(buffer_);
  SlowReading reading;
  reading.processes = processes_;
  reading.temperatures = temperature_readings_;
  for (const std::string& point : points_) reading.mounts.push_back({point, read_space_(point)});
  // Last: it may take its whole patience, and no mount should wait for that.
  if (runs_ % kRunsBetweenCounts == 0) units_ = ask_units_();
  reading.units = units_;
  ++runs_;
  return reading;
}

}  // namespace fettle::agent
