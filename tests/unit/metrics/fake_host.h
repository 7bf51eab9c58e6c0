// A host as /proc would show it: 40 series of two cores, one disk and one interface whose load wanders, with
// the grain of the real thing (ticks of 10 ms, pages of 4 KiB, bursts). Same seed, same numbers.
#pragma once
#include <algorithm>
#include <random>

#include "fettle/metrics/sample.h"

namespace fettle::metrics {

class FakeHost {
 public:
  explicit FakeHost(HostNumber number, std::uint32_t seed = 1, std::int64_t start_ms = 1'800'000'000'000)
      : random_(seed), wall_ms_(start_ms), monotonic_ms_(uniform(0, 1'000'000'000)) {
    sample_.host = number;
    sample_.position = {1, 0};
    boot();
  }

  /// The next heartbeat, `elapsed_ms` later.
  const Sample& next(std::int64_t elapsed_ms = 5'000) {
    elapsed_ms += uniform(-3, 12);  // timers fire a little late
    wall_ms_ += elapsed_ms;
    monotonic_ms_ += elapsed_ms;
    work(static_cast<double>(elapsed_ms) / 1000);
    ++sample_.position.sequence;
    sample_.sampled_at_ms = wall_ms_;
    sample_.received_at_ms = wall_ms_ + uniform(1, 40);
    sample_.monotonic_ms = monotonic_ms_;
    sample_.values = counters_;
    sample_.values.insert(sample_.values.end(), gauges_.begin(), gauges_.end());
    return sample_;
  }

  void boot() {
    wire::SeriesSet set{.id = 0, .boot_id = "boot-" + std::to_string(++boots_), .series = {}};
    for (const char* metric : {"cpu.user", "cpu.nice", "cpu.system", "cpu.idle", "cpu.iowait", "cpu.irq",
                               "cpu.softirq", "cpu.steal"})
      set.series.push_back({metric, "", wire::SeriesKind::counter});
    for (const char* core : {"0", "1"}) set.series.push_back({"core.busy", core, wire::SeriesKind::counter});
    for (const char* metric : {"pressure.cpu.some", "pressure.memory.some", "pressure.memory.full",
                               "pressure.io.some", "pressure.io.full"})
      set.series.push_back({metric, "", wire::SeriesKind::counter});
    for (const char* metric :
         {"disk.read_bytes", "disk.write_bytes", "disk.reads", "disk.writes", "disk.busy"})
      set.series.push_back({metric, "vda", wire::SeriesKind::counter});
    for (const char* metric : {"net.rx_bytes", "net.tx_bytes", "net.rx_packets", "net.tx_packets"})
      set.series.push_back({metric, "eth0", wire::SeriesKind::counter});
    for (const char* metric :
         {"load.1", "load.5", "load.15", "memory.total", "memory.available", "memory.used", "memory.cached",
          "memory.buffers", "memory.free", "swap.total", "swap.used"})
      set.series.push_back({metric, "", wire::SeriesKind::gauge});
    for (const char* metric : {"mount.total", "mount.used", "mount.available"})
      set.series.push_back({metric, "/", wire::SeriesKind::gauge});
    for (const char* metric : {"uptime", "processes.total"})
      set.series.push_back({metric, "", wire::SeriesKind::gauge});
    set.id = wire::series_set_id(set);
    sample_.set = std::make_shared<const wire::SeriesSet>(std::move(set));
    counters_.assign(24, 0);
    gauges_.assign(16, 0);
    used_ = 2LL << 30;
    cached_ = 1LL << 30;
    disk_used_ = 9LL << 30;
  }

  void step_wall_clock(std::int64_t by_ms) { wall_ms_ += by_ms; }
  void restart_agent() { sample_.position = {sample_.position.boot + 1, 0}; }
  [[nodiscard]] std::int64_t now_ms() const { return wall_ms_; }
  [[nodiscard]] const Sample& last() const { return sample_; }
  std::int64_t uniform(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }

 private:
  double noise() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  void work(double seconds) {
    load_ = std::clamp(load_ + (noise() - 0.5) * 0.04, 0.01, 0.6);
    if (noise() < 0.01) load_ = 0.6 * noise();
    const double total = 2 * seconds * 100;  // ticks of two cores
    const double busy = total * load_ * (0.7 + 0.6 * noise());
    const auto ticks = [](double count) { return static_cast<std::int64_t>(count) * 10; };
    counters_[0] += ticks(busy * 0.7);
    counters_[1] += noise() < 0.01 ? 10 : 0;
    counters_[2] += ticks(busy * 0.25);
    counters_[3] += ticks(total - busy);
    counters_[4] += noise() < 0.1 ? ticks(noise() * 8) : 0;
    counters_[6] += noise() < 0.6 ? 10 : 0;
    counters_[7] += noise() < 0.1 ? 10 : 0;
    counters_[8] += ticks(busy * 0.5 * (0.6 + 0.8 * noise()));
    counters_[9] += ticks(busy * 0.5 * (0.6 + 0.8 * noise()));
    counters_[10] += static_cast<std::int64_t>(busy * 300 * noise());
    if (noise() < 0.05) counters_[13] += uniform(100, 9'000);
    if (noise() < 0.05) counters_[14] += uniform(100, 9'000);
    if (noise() < 0.1) {
      const std::int64_t reads = uniform(1, 30);
      counters_[15] += reads * 16'384;
      counters_[17] += reads;
    }
    const std::int64_t writes = uniform(2, 40);
    counters_[16] += writes * 4'096 * uniform(1, 3);
    counters_[18] += writes;
    counters_[19] += writes / 2 * 4;
    const auto packets = static_cast<std::int64_t>(seconds * 40 * load_ * (0.5 + noise())) + 3;
    counters_[20] += packets * uniform(80, 600);
    counters_[21] += packets * uniform(80, 300);
    counters_[22] += packets;
    counters_[23] += packets * 9 / 10;

    gauges_[0] = static_cast<std::int64_t>(load_ * 200);
    gauges_[1] += (gauges_[0] - gauges_[1]) / 12;
    gauges_[2] += (gauges_[0] - gauges_[2]) / 36;
    gauges_[3] = 8LL << 30;
    used_ = std::clamp<std::int64_t>(used_ + uniform(-300, 300) * 4'096, 1LL << 30, 6LL << 30);
    cached_ = std::min<std::int64_t>(cached_ + uniform(0, 20) * 4'096, 2LL << 30);
    gauges_[4] = gauges_[3] - used_ + cached_;
    gauges_[5] = used_;
    gauges_[6] = cached_;
    gauges_[7] = 64LL << 20;
    gauges_[8] = gauges_[3] - used_ - cached_;
    gauges_[9] = 1LL << 30;
    gauges_[11] = 40LL << 30;
    disk_used_ += noise() < 0.5 ? uniform(0, 12) * 4'096 : 0;
    gauges_[12] = disk_used_;
    gauges_[13] = gauges_[11] - disk_used_ - (2LL << 30);
    gauges_[14] = monotonic_ms_ / 1000;
    gauges_[15] = std::clamp<std::int64_t>((gauges_[15] == 0 ? 140 : gauges_[15]) + uniform(-2, 2), 100, 400);
  }

  std::mt19937_64 random_;
  Sample sample_;
  std::int64_t wall_ms_, monotonic_ms_;
  int boots_ = 0;
  double load_ = 0.1;
  std::int64_t used_ = 0, cached_ = 0, disk_used_ = 0;
  std::vector<std::int64_t> counters_, gauges_;
};

}  // namespace fettle::metrics
