#include "fettle/agent/sense/sim_sensor.h"

#include <algorithm>

#include "fettle/base/encoding.h"

namespace fettle::agent {
namespace {

constexpr std::uint64_t kMemoryBytes = 16ULL << 30;
constexpr std::uint64_t kMountBytes = 200ULL << 30;
constexpr std::uint64_t kMountInodes = 13'107'200;
constexpr double kPacketBytes = 900;
constexpr double kRequestBytes = 24'000;

std::int64_t whole(double value) {
  return static_cast<std::int64_t>(value);
}

}  // namespace

SimSensor::SimSensor(const io::Clock& clock, const SimHost& host)
    : clock_(clock), host_(host), random_(host.seed), last_(clock.mono_now()) {
  inventory_.hostname = host.name;
  inventory_.os = "Debian GNU/Linux 12 (bookworm)";
  inventory_.kernel = "6.1.0-28-amd64";
  inventory_.architecture = "x86_64";
  inventory_.cpu_model = "Simulated processor";
  inventory_.cores = host.cores;
  inventory_.memory_bytes = kMemoryBytes;
  inventory_.virtualization = "kvm";
  std::array<std::uint8_t, 32> machine_id{};
  random_.fill(machine_id);
  inventory_.machine_id_hash = hex_encode(machine_id);
  boot();
}

Task<void> SimSensor::stop() {
  co_return;
}

void SimSensor::reboot() {
  boot();
}

void SimSensor::boot() {
  std::array<std::uint8_t, 16> boot_id{};
  random_.fill(boot_id);
  inventory_.boot_id = hex_encode(boot_id);
  inventory_.booted_at_ms = unix_ms(clock_.wall_now());
  booted_at_ = last_ = clock_.mono_now();
  auto set = std::make_shared<wire::SeriesSet>();
  set->boot_id = inventory_.boot_id;
  SeriesList& series = set->series;
  for (const char* metric : {"load.1", "load.5", "load.15", "processes.running", "processes.total", "uptime",
                             "memory.total", "memory.available", "memory.used", "memory.cached",
                             "memory.buffers", "memory.free", "swap.total", "swap.used"})
    add_gauge(series, metric);
  for (const char* metric :
       {"mount.total", "mount.used", "mount.available", "mount.inodes_total", "mount.inodes_used"})
    add_gauge(series, metric, "/");
  const std::size_t gauges = series.size();
  for (const char* metric : {"cpu.user", "cpu.nice", "cpu.system", "cpu.idle", "cpu.iowait", "cpu.irq",
                             "cpu.softirq", "cpu.steal"})
    add_counter(series, metric);
  for (unsigned core = 0; core < host_.cores; ++core) add_counter(series, "core.busy", std::to_string(core));
  for (unsigned disk = 0; disk < host_.disks; ++disk) {
    const std::string name = "vd" + std::string(1, static_cast<char>('a' + disk % 26));
    for (const char* metric :
         {"disk.read_bytes", "disk.write_bytes", "disk.reads", "disk.writes", "disk.busy"})
      add_counter(series, metric, name);
  }
  for (unsigned interface = 0; interface < host_.interfaces; ++interface) {
    for (const char* metric : {"net.rx_bytes", "net.tx_bytes", "net.rx_packets", "net.tx_packets",
                               "net.rx_errors", "net.tx_errors", "net.rx_drops", "net.tx_drops"})
      add_counter(series, metric, "eth" + std::to_string(interface));
  }
  set->id = wire::series_set_id(*set);
  counters_.assign(series.size() - gauges, 0);
  set_ = std::move(set);
}

double SimSensor::wander(double& at, double least, double most) {
  at += (random_.unit() - 0.5) * 0.1 * (most - least);
  at = std::clamp(at, least, most);
  return at;
}

void SimSensor::read(Reading& into) {
  const MonoTime now = clock_.mono_now();
  const double seconds = std::max(0.0, std::chrono::duration<double>(now - last_).count());
  last_ = now;
  into.set = set_;
  Values& values = into.values;
  values.clear();
  values.reserve(set_->series.size());

  const double load = wander(load_, 0.01, 0.98);
  for (const double weight : {1.0, 0.9, 0.8}) values.push_back(whole(load * host_.cores * weight * 100));
  values.push_back(whole(1 + load * host_.cores));
  values.push_back(whole(180 + load * 60));
  values.push_back(std::chrono::duration_cast<Seconds>(now - booted_at_).count());
  const double used = wander(memory_, 0.1, 0.95) * static_cast<double>(kMemoryBytes);
  const double available = static_cast<double>(kMemoryBytes) - used;
  for (const double bytes : {static_cast<double>(kMemoryBytes), available, used, available * 0.7,
                             available * 0.05, available * 0.25, 2e9, 1e8})
    values.push_back(whole(bytes));
  const double filled = wander(disk_, 0.2, 0.93) * static_cast<double>(kMountBytes);
  for (const double number :
       {static_cast<double>(kMountBytes), filled, static_cast<double>(kMountBytes) - filled,
        static_cast<double>(kMountInodes), filled / 60'000})
    values.push_back(whole(number));

  std::size_t next = 0;
  const auto grow = [&](double by) { values.push_back(counters_[next++] += whole(by)); };
  const double core_ms = seconds * 1000 * host_.cores;
  for (const double share :
       {load * 0.7, 0.0, load * 0.22, 1 - load, load * 0.04, 0.0, load * 0.03, load * 0.01})
    grow(core_ms * share);
  for (unsigned core = 0; core < host_.cores; ++core) grow(seconds * 1000 * load);
  const double traffic = wander(traffic_, 1e3, 4e6);
  for (unsigned disk = 0; disk < host_.disks; ++disk) {
    const double bytes = seconds * traffic * 0.5;
    for (const double by : {bytes * 0.3, bytes, bytes * 0.3 / kRequestBytes, bytes / kRequestBytes,
                            seconds * 1000 * load * 0.2})
      grow(by);
  }
  for (unsigned interface = 0; interface < host_.interfaces; ++interface) {
    const double bytes = seconds * traffic;
    for (const double by : {bytes, bytes * 0.4, bytes / kPacketBytes, bytes * 0.4 / kPacketBytes}) grow(by);
    for (int quiet = 0; quiet < 4; ++quiet) grow(0);
  }
}

}  // namespace fettle::agent
