#include "fettle/agent/sense/sim_sensor.h"

#include <algorithm>
#include <numeric>

#include "fettle/base/encoding.h"

namespace fettle::agent {
namespace {

constexpr std::int64_t kGiB = 1LL << 30;
constexpr std::int64_t kSwapBytes = 2 * kGiB;
constexpr std::int64_t kBytesPerInode = 16'384;
constexpr double kBytesPerFile = 60'000;
constexpr double kPacketBytes = 900;
constexpr double kRequestBytes = 24'000;
constexpr double kMostBusy = 0.98;
constexpr double kDiskCleanedAt = 0.94;
constexpr std::array<std::int64_t, 5> kDiskSizes{40 * kGiB, 80 * kGiB, 200 * kGiB, 500 * kGiB, 1000 * kGiB};
constexpr std::array<const char*, 3> kMountPoints{"/", "/var", "/srv"};
constexpr std::array<std::pair<const char*, const char*>, 3> kSystems{{
    {"Debian GNU/Linux 12 (bookworm)", "6.1.0-28-amd64"},
    {"Debian GNU/Linux 13 (trixie)", "6.12.48-amd64"},
    {"Ubuntu 24.04.1 LTS", "6.8.0-51-generic"},
}};

std::int64_t whole(double value) {
  return static_cast<std::int64_t>(value);
}

}  // namespace

SimSensor::SimSensor(const io::Clock& clock, const SimHost& host)
    : clock_(clock), host_(host), random_(host.seed) {
  take_character();
  const auto& [os, kernel] = kSystems.at(random_.below(kSystems.size()));
  inventory_.hostname = host.name;
  inventory_.os = os;
  inventory_.kernel = kernel;
  inventory_.architecture = "x86_64";
  inventory_.cpu_model = "Simulated processor";
  inventory_.cores = host.cores;
  inventory_.memory_bytes = static_cast<std::uint64_t>(character_.memory_bytes);
  inventory_.virtualization = "kvm";
  inventory_.labels = host.labels;
  std::array<std::uint8_t, 32> machine_id{};
  random_.fill(machine_id);
  inventory_.machine_id_hash = hex_encode(machine_id);
  boot(host.up_for);
}

std::size_t SimSensor::mount_count() const {
  return std::clamp<std::size_t>(host_.mounts, 1, kMountPoints.size());
}

Task<void> SimSensor::stop() {
  co_return;
}

void SimSensor::reboot() {
  boot(Seconds(0));
}

void SimSensor::set_units(wire::UnitStates units) {
  inventory_.units = std::move(units);
  on_news_();
}

void SimSensor::take_character() {
  const auto between = [this](double least, double most) { return least + (most - least) * random_.unit(); };
  character_.busy = 0.03 + 0.4 * random_.unit() * random_.unit();
  character_.user = between(0.5, 0.8);
  character_.softirq = between(0.01, 0.05);
  character_.system = 0.99 - character_.user - character_.softirq;  // what is left but a hundredth is stolen
  character_.memory = between(0.2, 0.85);
  character_.disk = between(0.12, 0.92);
  character_.disk_per_hour = between(0, 0.004);
  character_.traffic = between(std::log(2e3), std::log(5e6));
  character_.memory_bytes = 4 * kGiB * std::max(1U, host_.cores);
  character_.disk_bytes = kDiskSizes.at(random_.below(kDiskSizes.size()));

  busy_ = {.at = character_.busy, .spread = 0.3 * character_.busy + 0.01, .memory_seconds = 20};
  waiting_ = {.at = 0, .spread = 0.012, .memory_seconds = 30};
  memory_ = {.at = character_.memory, .spread = 0.03, .memory_seconds = 900};
  traffic_ = {.at = character_.traffic, .spread = 0.6, .memory_seconds = 25};
  const double load = character_.busy * host_.cores;
  load_1_ = {.at = load, .over_seconds = 60};
  load_5_ = {.at = load, .over_seconds = 300};
  load_15_ = {.at = load, .over_seconds = 900};
  disk_ = character_.disk;
  for (unsigned core = 0; core < host_.cores; ++core) core_parts_.push_back(between(0.6, 1.4));
  const double sum = std::accumulate(core_parts_.begin(), core_parts_.end(), 0.0);
  for (double& part : core_parts_) part *= host_.cores / sum;
}

void SimSensor::boot(Seconds up_for) {
  std::array<std::uint8_t, 16> boot_id{};
  random_.fill(boot_id);
  inventory_.boot_id = hex_encode(boot_id);
  inventory_.booted_at_ms = unix_ms(clock_.wall_now() - up_for);
  last_ = clock_.mono_now();
  booted_at_ = last_ - up_for;
  auto set = std::make_shared<wire::SeriesSet>();
  set->boot_id = inventory_.boot_id;
  SeriesList& series = set->series;
  for (const char* metric : {"load.1", "load.5", "load.15", "processes.running", "processes.total", "uptime",
                             "memory.total", "memory.available", "memory.used", "memory.cached",
                             "memory.buffers", "memory.free", "swap.total", "swap.used"})
    add_gauge(series, metric);
  for (std::size_t mount = 0; mount < mount_count(); ++mount) {
    for (const char* metric :
         {"mount.total", "mount.used", "mount.available", "mount.inodes_total", "mount.inodes_used"})
      add_gauge(series, metric, kMountPoints.at(mount));
  }
  add_gauge(series, "units.failed");
  for (const char* sensor : {"coretemp Package id 0", "nvme Composite"})
    add_gauge(series, "temperature.celsius", sensor);
  for (const char* metric : {"agent.memory", "agent.outbox.records", "agent.outbox.bytes",
                             "agent.outbox.dropped", "agent.interval"})
    add_gauge(series, metric);
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
  add_counter(series, "agent.cpu");
  add_counter(series, "agent.sent_bytes");
  set->id = wire::series_set_id(*set);
  counters_.assign(series.size() - gauges, 0);
  set_ = std::move(set);
}

void SimSensor::step(double seconds) {
  bursts_.step(seconds, random_);
  busy_.step(character_.busy + bursts_.size, seconds, random_);
  busy_.at = std::clamp(busy_.at, 0.003, kMostBusy);
  waiting_.step(0.3 * bursts_.size * (1 - character_.user), seconds, random_);
  waiting_.at = std::clamp(waiting_.at, 0.0, kMostBusy - busy_.at);
  memory_.step(character_.memory + 0.2 * bursts_.size, seconds, random_);
  memory_.at = std::clamp(memory_.at, 0.05, 0.97);
  traffic_.step(character_.traffic + 3 * bursts_.size, seconds, random_);
  disk_ += character_.disk_per_hour * seconds / 3600;
  if (disk_ > kDiskCleanedAt) disk_ = character_.disk;
  const double runnable = (busy_.at + waiting_.at) * host_.cores;
  for (Average* load : {&load_1_, &load_5_, &load_15_}) load->step(runnable, seconds);
}

void SimSensor::read_gauges(MonoTime at, Values& values) const {
  for (const Average* load : {&load_1_, &load_5_, &load_15_}) values.push_back(whole(load->at * 100));
  values.push_back(whole(1 + busy_.at * host_.cores));
  values.push_back(whole(140 + 20 * host_.cores + busy_.at * 60));
  values.push_back(std::chrono::duration_cast<Seconds>(at - booted_at_).count());
  const auto total = static_cast<double>(character_.memory_bytes);
  const double used = memory_.at * total;
  const double available = total - used;
  const double swapped = std::clamp(memory_.at - 0.6, 0.0, 0.3) * static_cast<double>(kSwapBytes);
  for (const double bytes : {total, available, used, available * 0.7, available * 0.05, available * 0.25,
                             static_cast<double>(kSwapBytes), swapped})
    values.push_back(whole(bytes));
  const auto disk = static_cast<double>(character_.disk_bytes);
  for (std::size_t mount = 0; mount < mount_count(); ++mount) {
    // The others are emptier than the first one and fill with it.
    const double filled = disk_ * disk / static_cast<double>(mount + 1);
    for (const double number :
         {disk, filled, disk - filled, static_cast<double>(character_.disk_bytes / kBytesPerInode),
          filled / kBytesPerFile})
      values.push_back(whole(number));
  }
  values.push_back(inventory_.units ? inventory_.units->failed_total : 0);
  constexpr double kIdleMilli = 36'000, kBusyMilli = 38'000, kDiskMilli = 33'000, kDiskBusyMilli = 12'000;
  values.push_back(whole(kIdleMilli + kBusyMilli * load_1_.at / host_.cores));
  values.push_back(whole(kDiskMilli + kDiskBusyMilli * waiting_.at));
  constexpr std::int64_t kAgentBytes = 9'500'000;
  for (const std::uint64_t number : {own_.outbox_records, own_.outbox_bytes, own_.outbox_dropped})
    values.push_back(wire_number(number));
  values.insert(values.end() - 3, kAgentBytes);
  values.push_back(own_.interval.count());
}

void SimSensor::read_counters(double seconds, Values& values) {
  std::size_t next = 0;
  const auto grow = [&](double by) { values.push_back(whole(counters_[next++] += by)); };
  const double busy = busy_.at;
  const double core_ms = seconds * 1000 * host_.cores;
  for (const double share : {busy * character_.user, 0.0, busy * character_.system, 1 - busy - waiting_.at,
                             waiting_.at, 0.0, busy * character_.softirq, busy * 0.01})
    grow(core_ms * share);
  for (const double part : core_parts_) {
    // Busier cores are busier than others, and none of them is busier than all the time.
    grow(seconds * 1000 * std::min(1.0, busy * (1 + (part - 1) * (1 - busy))));
  }
  const double traffic = std::exp(traffic_.at);
  for (unsigned disk = 0; disk < host_.disks; ++disk) {
    const double bytes = seconds * (traffic * 0.5 + waiting_.at * 4e7);
    for (const double by : {bytes * 0.3, bytes, bytes * 0.3 / kRequestBytes, bytes / kRequestBytes,
                            seconds * 1000 * std::min(1.0, waiting_.at * 2 + busy * 0.1)})
      grow(by);
  }
  for (unsigned interface = 0; interface < host_.interfaces; ++interface) {
    const double bytes = seconds * traffic;
    for (const double by : {bytes, bytes * 0.4, bytes / kPacketBytes, bytes * 0.4 / kPacketBytes}) grow(by);
    for (int quiet = 0; quiet < 4; ++quiet) grow(0);
  }
  constexpr double kAgentMicros = 200;  // of a second
  grow(seconds * kAgentMicros);
  values.push_back(wire_number(own_.sent_bytes));
}

void SimSensor::read_at(MonoTime at, Reading& into) {
  const double seconds = std::max(0.0, std::chrono::duration<double>(at - last_).count());
  last_ = at;
  step(seconds);
  into.set = set_;
  into.values.clear();
  into.values.reserve(set_->series.size());
  read_gauges(at, into.values);
  read_counters(seconds, into.values);
}

}  // namespace fettle::agent
