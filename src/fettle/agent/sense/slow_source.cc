#include "fettle/agent/sense/slow_source.h"

#include <algorithm>

namespace fettle::agent {

void SlowSource::take(SlowReading reading) {
  if (reading.processes && !has_processes_) has_processes_ = is_other_ = true;
  const bool is_same =
      std::ranges::equal(now_.mounts, reading.mounts, {}, &MountReading::point, &MountReading::point);
  if (!is_same) is_other_ = true;
  now_ = std::move(reading);
}

bool SlowSource::refresh(ReadBuffer& /*buffer*/) {
  return std::exchange(is_other_, false);
}

void SlowSource::describe(SeriesList& series) const {
  if (has_processes_) add_gauge(series, "processes.total");
  for (const MountReading& mount : now_.mounts) {
    for (const char* metric :
         {"mount.total", "mount.used", "mount.available", "mount.inodes_total", "mount.inodes_used"})
      add_gauge(series, metric, mount.point);
  }
}

void SlowSource::append(Values& values) const {
  const auto number = [](const std::optional<std::uint64_t>& value) {
    return value ? wire_number(*value) : wire::kAbsent;
  };
  if (has_processes_) values.push_back(number(now_.processes));
  for (const MountReading& mount : now_.mounts) {
    if (!mount.space) {
      values.insert(values.end(), 5, wire::kAbsent);
      continue;
    }
    values.push_back(wire_number(mount.space->total));
    values.push_back(wire_number(mount.space->used));
    values.push_back(wire_number(mount.space->available));
    values.push_back(number(mount.space->inodes_total));
    values.push_back(number(mount.space->inodes_used));
  }
}

}  // namespace fettle::agent
