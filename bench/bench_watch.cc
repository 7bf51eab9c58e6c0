// What watching costs a heartbeat when nothing is wrong: a comparison for each watched value, over many hosts
// whose state is not in the cache. Prints nanoseconds a heartbeat.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "fettle/fleet/host_watcher.h"

using namespace fettle;

namespace {

metrics::Layout usual_layout() {
  metrics::Layout layout;
  const auto add = [&](std::string metric, std::string label = {}) {
    layout.entries.push_back(
        {metric, metric, std::move(label), wire::SeriesKind::gauge, metrics::Unit::count});
  };
  for (int i = 0; i < 60; ++i) add("cpu." + std::to_string(i));  // what is sent and not watched
  for (const char* mount : {"/", "/boot", "/home", "/var", "/srv"})
    for (const char* metric : {"mount.used", "mount.available", "mount.inodes_used", "mount.inodes_total"})
      add(metric, mount);
  for (const char* metric :
       {"memory.available", "memory.total", "swap.used", "pressure.memory.full", "pressure.memory.some",
        "pressure.cpu.some", "pressure.io.full", "load.5", "units.failed"})
    add(metric);
  for (const char* sensor : {"package", "core 0", "core 1", "disk"}) add("temperature.celsius", sensor);
  return layout;
}

}  // namespace

int main() {
  constexpr std::size_t kHosts = 1'000;
  constexpr int kRounds = 300;
  const metrics::Layout layout = usual_layout();
  std::vector<std::unique_ptr<fleet::HostWatch>> hosts;
  std::vector<std::vector<double>> values;
  for (std::size_t i = 0; i < kHosts; ++i) {
    hosts.push_back(std::make_unique<fleet::HostWatch>());
    hosts.back()->plan = fleet::make_watch_plan(layout, 4);
    for (fleet::Watch& watch : hosts.back()->plan.watches) watch.calm = 1e9;
    values.emplace_back(layout.entries.size(), 50.0);
  }
  std::uint64_t slow = 0;
  double best = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < kHosts; ++i) {
      const std::span<const double> row(values[i]);
      for (const fleet::Watch& watch : hosts[i]->plan.watches) {
        if (fleet::watched_value(watch, row) < watch.calm) [[likely]]
          continue;
        ++slow;
      }
    }
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
    best = std::min(best, took.count() / kHosts);
  }
  std::printf("%zu values watched, %.0f ns a heartbeat (%llu looked at more closely)\n",
              hosts[0]->plan.watches.size(), best, static_cast<unsigned long long>(slow));
}
