// What takes long: which mounts there are, counting the processes, asking chips for temperatures and systemd
// for failed units. Runs on a work queue of its own. Not thread safe: one run at a time.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fettle/agent/sense/proc_file.h"
#include "fettle/agent/sense/temperatures.h"
#include "fettle/wire/messages.h"

namespace fettle::agent {

struct SlowReading {
  std::vector<std::string> mount_points;
  std::optional<std::uint64_t> processes;
  std::vector<TemperatureReading> temperatures;
  std::optional<wire::UnitStates> units;  // nothing where there is no systemd
};

class SlowProbe {
 public:
  using AskUnits = std::function<std::optional<wire::UnitStates>()>;
  SlowProbe(const std::string& proc, const std::string& sys, AskUnits ask_units);
  SlowReading run();

 private:
  void look_for_mounts();
  const std::string proc_;
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
