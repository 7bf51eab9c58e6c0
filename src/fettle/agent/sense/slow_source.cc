#include "fettle/agent/sense/slow_source.h"

#include <algorithm>

namespace fettle::agent {

void SlowSource::take(SlowReading reading) {
  if (reading.processes && !has_processes_) has_processes_ = is_other_ = true;
  const bool is_same =
      std::ranges::equal(now_.mounts, reading.mounts, {}, &MountReading::point, &MountReading::point);
  const bool has_same_sensors = std::ranges::equal(now_.temperatures, reading.temperatures, {},
                                                   &TemperatureReading::name, &TemperatureReading::name);
  if (!is_same || !has_same_sensors) is_other_ = true;
  if (reading.units && !has_units_) has_units_ = is_other_ = true;
  is_expired_ = false;
  now_ = std::move(reading);
}

bool SlowSource::refresh(ReadBuffer& /*buffer*/) {
  return std::exchange(is_other_, false);
}

void SlowSource::describe(SeriesList& series) const {
  if (has_processes_) add_gauge(series, "processes.total");
  if (has_units_) add_gauge(series, "units.failed");
  for (const TemperatureReading& one : now_.temperatures) add_gauge(series, "temperature.celsius", one.name);
  for (const MountReading& mount : now_.mounts) {
    for (const char* metric :
         {"mount.total", "mount.used", "mount.available", "mount.inodes_total", "mount.inodes_used"})
      add_gauge(series, metric, mount.point);
  }
}

void SlowSource::append(Values& values) const {
  if (is_expired_) {
    const std::size_t fixed = (has_processes_ ? 1 : 0) + (has_units_ ? 1 : 0);
    values.insert(values.end(), fixed + now_.temperatures.size() + 5 * now_.mounts.size(), wire::kAbsent);
    return;
  }
  const auto number = [](const std::optional<std::uint64_t>& value) {
    return value ? wire_number(*value) : wire::kAbsent;
  };
  if (has_processes_) values.push_back(number(now_.processes));
  if (has_units_) values.push_back(now_.units ? now_.units->failed_total : wire::kAbsent);
  for (const TemperatureReading& one : now_.temperatures)
    values.push_back(one.milli_celsius.value_or(wire::kAbsent));
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
