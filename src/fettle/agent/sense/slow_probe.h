// What may block or takes long: space on the mounts (statvfs waits for its file system), counting the
// processes, asking chips for temperatures and systemd for failed units. Runs on a work queue of its own, so
// that a mount that hangs costs the newest values of mounts and of these. Not thread safe: one run at a time.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fettle/agent/sense/proc_file.h"
#include "fettle/agent/sense/temperatures.h"
#include "fettle/wire/messages.h"

namespace fettle::agent {

struct MountSpace {
  std::uint64_t total = 0, used = 0, available = 0;        // bytes
  std::optional<std::uint64_t> inodes_total, inodes_used;  // absent where inodes are made as needed
};
struct MountReading {
  std::string point;
  std::optional<MountSpace> space;
};
struct SlowReading {
  std::vector<MountReading> mounts;
  std::optional<std::uint64_t> processes;
  std::vector<TemperatureReading> temperatures;
  std::optional<wire::UnitStates> units;  // nothing where there is no systemd
};

/// nullopt when the file system does not answer, or the path is no folder.
std::optional<MountSpace> read_mount_space(const std::string& path);

class SlowProbe {
 public:
  using ReadSpace = std::function<std::optional<MountSpace>(const std::string& path)>;
  using AskUnits = std::function<std::optional<wire::UnitStates>()>;
  SlowProbe(const std::string& proc, const std::string& sys, ReadSpace read_space, AskUnits ask_units);
  SlowReading run();

 private:
  void look_for_mounts();
  const std::string proc_;
  const ReadSpace read_space_;
  const AskUnits ask_units_;
  ProcFile mountinfo_;
  ReadBuffer buffer_;
  std::vector<std::string> points_;
  unsigned runs_ = 0;
  std::optional<std::uint64_t> processes_;
  Temperatures temperatures_;
  std::vector<TemperatureReading> temperature_readings_;
  std::optional<wire::UnitStates> units_;
};

}  // namespace fettle::agent
