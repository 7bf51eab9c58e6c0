#include "fettle/agent/sense/slow_source.h"

#include <algorithm>

namespace fettle::agent {

void SlowSource::take(SlowReading reading) {
  if (reading.processes && !has_processes_) has_processes_ = is_other_ = true;
  const bool has_same_sensors = std::ranges::equal(now_.temperatures, reading.temperatures, {},
                                                   &TemperatureReading::name, &TemperatureReading::name);
  if (!has_same_sensors) is_other_ = true;
  if (reading.units && !has_units_) has_units_ = is_other_ = true;
  is_expired_ = false;
  now_ = std::move(reading);
}

void SlowSource::take_mounts(std::vector<MountReading> mounts) {
  if (!std::ranges::equal(mounts_, mounts, {}, &MountReading::point, &MountReading::point)) is_other_ = true;
  are_mounts_expired_ = false;
  mounts_ = std::move(mounts);
}

bool SlowSource::refresh(ReadBuffer& /*buffer*/) {
  return std::exchange(is_other_, false);
}

void SlowSource::describe(SeriesList& series) const {
  if (has_processes_) add_gauge(series, "processes.total");
  if (has_units_) add_gauge(series, "units.failed");
  for (const TemperatureReading& one : now_.temperatures) add_gauge(series, "temperature.celsius", one.name);
  for (const MountReading& mount : mounts_) {
    for (const char* metric :
         {"mount.total", "mount.used", "mount.available", "mount.inodes_total", "mount.inodes_used"})
      add_gauge(series, metric, mount.point);
  }
}

void SlowSource::append(Values& values) const {
  const auto number = [this](const std::optional<std::uint64_t>& value) {
    return value && !is_expired_ ? wire_number(*value) : wire::kAbsent;
  };
  if (has_processes_) values.push_back(number(now_.processes));
  if (has_units_) values.push_back(now_.units && !is_expired_ ? now_.units->failed_total : wire::kAbsent);
  for (const TemperatureReading& one : now_.temperatures)
    values.push_back(is_expired_ ? wire::kAbsent : one.milli_celsius.value_or(wire::kAbsent));
  for (const MountReading& mount : mounts_) {
    if (!mount.space || are_mounts_expired_) {
      values.insert(values.end(), 5, wire::kAbsent);
      continue;
    }
    const MountSpace& space = *mount.space;
    for (const std::uint64_t value : {space.total, space.used, space.available})
      values.push_back(wire_number(value));
    for (const auto& value : {space.inodes_total, space.inodes_used})
      values.push_back(value ? wire_number(*value) : wire::kAbsent);
  }
}

}  // namespace fettle::agent
