// Any bytes as a file of the kernel: no crash, bounds kept, and what becomes a name is fit for the wire. The
// first byte says which file.
#include "fettle/agent/sense/cpu.h"
#include "fettle/agent/sense/dbus_message.h"
#include "fettle/agent/sense/disks.h"
#include "fettle/agent/sense/interfaces.h"
#include "fettle/agent/sense/load.h"
#include "fettle/agent/sense/machine.h"
#include "fettle/agent/sense/memory.h"
#include "fettle/agent/sense/mount_table.h"
#include "fettle/agent/sense/own_cost.h"
#include "fettle/agent/sense/pressure.h"
#include "fettle/agent/sense/temperatures.h"
#include "fettle/base/check.h"
#include "fettle/base/text.h"

namespace {

using namespace fettle;
using namespace fettle::agent;

void check_label(std::string_view name) {
  const std::string label = clean_text(name);
  FETTLE_CHECK(label.size() <= wire::kMaxText && is_valid_utf8(label));
}

void feed_cpu(std::string_view text) {
  CpuTicks ticks;
  parse_cpu(text, ticks);
  FETTLE_CHECK(ticks.cores.size() <= kMostCores);
  parse_boot_time_ms(text);
}

void feed_disks(std::string_view text) {
  std::vector<DiskCounters> all, chosen;
  parse_disks(text, all);
  choose_disks(all, chosen);
  FETTLE_CHECK(chosen.size() <= kMostDisks);
  for (const DiskCounters& disk : chosen) check_label(disk.name);
}

void feed_interfaces(std::string_view text) {
  std::vector<InterfaceCounters> now;
  parse_interfaces(text, now);
  FETTLE_CHECK(now.size() <= kMostInterfaces);
  for (const InterfaceCounters& interface : now) check_label(interface.name);
}

void feed_mounts(std::string_view text) {
  const auto points = choose_mounts(parse_mounts(text));
  FETTLE_CHECK(points.size() <= kMostMounts);
  for (const std::string& point : points) {
    FETTLE_CHECK(point.starts_with('/') && point.size() <= wire::kMaxText);
    check_label(point);
  }
}

void feed_memory(std::string_view text) {
  if (const auto memory = parse_memory(text)) {
    FETTLE_CHECK(memory->used <= memory->total && memory->swap_used <= memory->swap_total);
  }
}

void feed_rest(std::string_view text) {
  parse_load(text);
  parse_uptime(text);
  parse_pressure(text);
  check_label(parse_os_name(text));
  check_label(parse_cpu_model(text));
  has_hypervisor_flag(text);
}

void feed_bus(std::string_view text) {
  for (DbusMessage message; take_dbus_message(text, message) == DbusRead::good;) {
    const auto units = parse_unit_list(message, wire::kMostUnitNames);
    if (!units) continue;
    FETTLE_CHECK(units->names.size() <= wire::kMostUnitNames && units->names.size() <= units->total);
    for (const std::string& name : units->names) check_label(name);
  }
}

void feed_temperature(std::string_view text) {
  if (const auto milli = parse_milli_celsius(text)) FETTLE_CHECK(*milli >= -100'000 && *milli <= 250'000);
  if (const auto number = parse_temperature_file(text)) FETTLE_CHECK(*number <= 9999);
  parse_resident_pages(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr std::array kFeeds = {feed_cpu,    feed_disks, feed_interfaces, feed_mounts,
                                 feed_memory, feed_rest,  feed_bus,        feed_temperature};
  kFeeds[data[0] % kFeeds.size()](text);
  return 0;
}
