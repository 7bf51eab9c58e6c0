#include <gtest/gtest.h>

#include <sys/sysinfo.h>
#include <unistd.h>
#include <ctime>

#include <atomic>
#include <filesystem>
#include <semaphore>
#include <thread>

#include "fettle/agent/sense/proc_sensor.h"
#include "fettle/agent/sense/sim_sensor.h"
#include "tests/unit/agent/temporary_root.h"
#include "tests/unit/io/sim_fixture.h"

namespace fettle::agent {
namespace {

std::optional<std::int64_t> value_of(const Reading& reading, std::string_view metric,
                                     std::string_view label = {}) {
  for (std::size_t i = 0; i < reading.values.size(); ++i) {
    const wire::Series& series = reading.set->series[i];
    if (series.metric == metric && series.label == label) return reading.values[i];
  }
  return std::nullopt;
}

std::set<std::string> metrics_of(const Reading& reading) {
  std::set<std::string> metrics;
  for (const wire::Series& series : reading.set->series) metrics.insert(series.metric);
  return metrics;
}

void write_small_machine(const TemporaryRoot& root) {
  root.write("proc/stat",
             "cpu  100 0 50 900 10 0 5 0 0 0\ncpu0 60 0 20 450 5 0 5 0\ncpu1 40 0 30 450 5 0 0 0\n"
             "intr 5 1 2\nbtime 1700000000\n");
  root.write("proc/loadavg", "0.50 0.25 0.10 2/93 9373\n");
  root.write("proc/uptime", "1598.57 2924.08\n");
  root.write("proc/meminfo", "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 400 kB\n");
  root.write("proc/diskstats",
             "   8       0 sda 5 1 80 2 7 1 160 3 0 4 5\n   8 1 sda1 5 1 80 2 7 1 160 3 0 4 5\n");
  root.write("proc/net/dev", "  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
  root.write("proc/self/mountinfo", "27 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
  root.write("proc/1/stat", "");
  root.write("proc/42/stat", "");
  root.write("proc/sys/kernel/hostname", "small\n");
  root.write("proc/sys/kernel/osrelease", "5.10.0\n");
  root.write("proc/sys/kernel/random/boot_id", "11111111-2222-3333-4444-555555555555\n");
  root.write("proc/cpuinfo", "model name : Small\n");
  root.write("etc/os-release", "PRETTY_NAME=\"Small Linux\"\n");
  root.write("etc/machine-id", "3d1219c7c4c5404aaa1f6d2a48adfda4\n");
}

MachineRoots roots_of(const TemporaryRoot& root) {
  return {.proc = root.at("proc"), .sys = root.at("sys"), .root = root.at("")};
}

std::optional<MountSpace> fixed_space(const std::string& path) {
  if (path != "/") return std::nullopt;
  return MountSpace{.total = 1000, .used = 600, .available = 300, .inodes_total = 50, .inodes_used = 7};
}

TEST(HostCounters, ReadsAMachineWithoutPressure) {
  const TemporaryRoot root;
  write_small_machine(root);
  HostCounters counters(root.at("proc"), "boot-1");
  Reading reading;
  counters.read(reading);
  EXPECT_EQ(reading.set->boot_id, "boot-1");
  EXPECT_EQ(reading.set->id, wire::series_set_id(*reading.set));
  EXPECT_EQ(value_of(reading, "cpu.user"), 1000) << "ticks of 10 ms";
  EXPECT_EQ(value_of(reading, "core.busy", "1"), 700);
  EXPECT_EQ(value_of(reading, "load.5"), 25);
  EXPECT_EQ(value_of(reading, "processes.running"), 2);
  EXPECT_EQ(value_of(reading, "uptime"), 1598);
  EXPECT_EQ(value_of(reading, "memory.used"), 600 * 1024);
  EXPECT_EQ(value_of(reading, "disk.read_bytes", "sda"), 80 * 512);
  EXPECT_EQ(value_of(reading, "disk.busy", "sda"), 4);
  EXPECT_FALSE(value_of(reading, "disk.busy", "sda1"));
  EXPECT_EQ(value_of(reading, "net.tx_bytes", "eth0"), 9);
  EXPECT_FALSE(metrics_of(reading).contains("pressure.cpu.some"));
}

TEST(HostCounters, KeepsTheSetWhileTheDevicesStay) {
  const TemporaryRoot root;
  write_small_machine(root);
  HostCounters counters(root.at("proc"), "boot-1");
  Reading reading;
  counters.read(reading);
  const auto set = reading.set;
  root.write("proc/net/dev", "  eth0: 11 2 3 4 5 6 7 8 19 10 11 12 13 14 15 16\n");
  counters.read(reading);
  EXPECT_EQ(reading.set, set);
  EXPECT_EQ(value_of(reading, "net.rx_bytes", "eth0"), 11);

  root.write(
      "proc/net/dev",
      "  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n wlan0: 5 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
  counters.read(reading);
  EXPECT_NE(reading.set->id, set->id);
  EXPECT_EQ(value_of(reading, "net.rx_bytes", "wlan0"), 5);
  EXPECT_EQ(value_of(reading, "uptime"), 1598);

  root.write("proc/net/dev", "  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
  counters.read(reading);
  EXPECT_EQ(reading.set->id, set->id) << "the same series again have the same id";
}

TEST(HostCounters, GivesNoValueWhereAFileTurnedToGarbage) {
  const TemporaryRoot root;
  write_small_machine(root);
  HostCounters counters(root.at("proc"), "boot-1");
  Reading reading;
  counters.read(reading);
  const auto set = reading.set;
  root.write("proc/meminfo", "nothing\n");
  root.write("proc/stat", "\0\xff\n");
  root.write("proc/loadavg", "");
  counters.read(reading);
  EXPECT_EQ(reading.set, set);
  EXPECT_EQ(value_of(reading, "memory.total"), wire::kAbsent);
  EXPECT_EQ(value_of(reading, "cpu.user"), wire::kAbsent);
  EXPECT_EQ(value_of(reading, "core.busy", "0"), wire::kAbsent);
  EXPECT_EQ(value_of(reading, "load.1"), wire::kAbsent);
  EXPECT_EQ(value_of(reading, "net.rx_bytes", "eth0"), 1);
}

TEST(HostCounters, BearsAMachineWithoutAnyFile) {
  const TemporaryRoot root;
  HostCounters counters(root.at("proc"), "");
  Reading reading;
  counters.read(reading);
  for (const wire::Series& series : reading.set->series)
    EXPECT_TRUE(series.metric.starts_with("agent.")) << series.metric;
  EXPECT_EQ(value_of(reading, "agent.memory"), wire::kAbsent);
  EXPECT_NE(reading.set->id, 0U);
}

TEST(HostCounters, FindsFilesThatComeLater) {
  const TemporaryRoot root;
  write_small_machine(root);
  HostCounters counters(root.at("proc"), "boot-1");
  Reading reading;
  counters.read(reading);
  root.write("proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=77\n");
  for (unsigned i = 0; i <= ProcFile::kCallsBeforeRetry; ++i) counters.read(reading);
  EXPECT_EQ(value_of(reading, "pressure.cpu.some"), 77);
}

TEST(ProcFile, IsOpenedAgainAtOnceWhenItCouldBeReadBefore) {
  const TemporaryRoot root;
  // The kernel ends a descriptor of a thread's file with the thread.
  std::binary_semaphore may_end(0);
  std::atomic<pid_t> id = 0;
  std::thread other([&] {
    id = ::gettid();
    id.notify_one();
    may_end.acquire();
  });
  id.wait(0);
  const std::filesystem::path link = root.at("file");
  std::filesystem::create_symlink("/proc/self/task/" + std::to_string(id) + "/stat", link);
  ReadBuffer buffer;
  ProcFile file(link);
  EXPECT_TRUE(file.read(buffer));
  may_end.release();
  other.join();
  while (std::filesystem::exists(link))
    std::this_thread::yield();  // join does not wait for the kernel's part
  EXPECT_FALSE(file.read(buffer));
  std::filesystem::remove(link);
  std::filesystem::create_symlink("/proc/self/stat", link);
  EXPECT_TRUE(file.read(buffer)) << "not a minute later";
}

TEST(HostCounters, TellsNamesApartThatBecomeEqual) {
  const TemporaryRoot root;
  write_small_machine(root);
  root.write(
      "proc/net/dev",
      " e\xff: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n e\xfe: 2 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
  HostCounters counters(root.at("proc"), "boot-1");
  Reading reading;
  counters.read(reading);
  EXPECT_EQ(value_of(reading, "net.rx_bytes", "e\xEF\xBF\xBD"), 1);
  EXPECT_EQ(value_of(reading, "net.rx_bytes", "e\xEF\xBF\xBD#2"), 2);
}

TEST(HostCounters, ReadsAHundredAndTwentyEightCoresBeyondOneBuffer) {
  const TemporaryRoot root;
  write_small_machine(root);
  std::string stat = "cpu  1 2 3 4 5 6 7 8\n";
  for (int core = 0; core < 640; ++core)
    stat +=
        "cpu" + std::to_string(core) + " 1111111111 2222222222 333333333 4444444444 5555 666 777 888 9 9\n";
  root.write("proc/stat", stat + "intr " + std::string(20'000, '1') + "\n");
  HostCounters counters(root.at("proc"), "boot-1");
  Reading reading;
  counters.read(reading);
  EXPECT_TRUE(value_of(reading, "core.busy", "639"));
  EXPECT_LE(reading.set->series.size(), wire::kMaxSeries);
}

TEST(ProcSensor, AddsMountsAndProcessesFromTheProbe) {
  io::SimFixture sim;
  const TemporaryRoot root;
  write_small_machine(root);
  ProcSensor sensor(sim.loop, sim.clock, sim.log, roots_of(root), fixed_space);
  sensor.start();
  sim.loop.run_ready();
  Reading reading;
  sensor.read(reading);
  EXPECT_EQ(value_of(reading, "mount.used", "/"), 600);
  EXPECT_EQ(value_of(reading, "mount.inodes_used", "/"), 7);
  EXPECT_EQ(value_of(reading, "processes.total"), 2);
  const wire::Inventory& machine = sensor.inventory();
  EXPECT_EQ(machine.hostname, "small");
  EXPECT_EQ(machine.os, "Small Linux");
  EXPECT_EQ(machine.kernel, "5.10.0");
  EXPECT_EQ(machine.cores, 2U);
  EXPECT_EQ(machine.memory_bytes, 1000U * 1024);
  EXPECT_EQ(machine.booted_at_ms, 1'700'000'000'000);
  EXPECT_EQ(machine.machine_id_hash.size(), 64U);
  EXPECT_EQ(machine.machine_id_hash.find("3d1219c7"), std::string::npos);
  sim.loop.run(sensor.stop());
}

TEST(ProcSensor, HasNoValuesOfWhatDoesNotAnswerAndAllOthers) {
  for (const std::string queue : {"agent.sense", "agent.mounts"}) {
    io::SimFixture sim;
    const TemporaryRoot root;
    write_small_machine(root);
    ProcSensor sensor(sim.loop, sim.clock, sim.log, roots_of(root), fixed_space);
    sensor.start();
    sim.loop.run_ready();
    sim.loop.set_work_delay(queue, {std::chrono::minutes(10), std::chrono::minutes(10)});
    Reading reading;
    for (int beat = 0; beat < 30; ++beat) {
      sim.loop.run_for(Seconds(5));
      sensor.read(reading);
      // What began 5 s after the start and is 15 s late is not called new any more.
      const bool is_late = beat >= 3;
      EXPECT_EQ(value_of(reading, "mount.used", "/"),
                is_late && queue == "agent.mounts" ? wire::kAbsent : 600)
          << beat;
      EXPECT_EQ(value_of(reading, "processes.total"), is_late && queue == "agent.sense" ? wire::kAbsent : 2)
          << beat;
      EXPECT_EQ(value_of(reading, "uptime"), 1598) << "what the kernel answers is read all the same";
    }
    sim.loop.run_for(std::chrono::minutes(10));
    sensor.read(reading);
    EXPECT_EQ(value_of(reading, "mount.used", "/"), 600) << "and then it is new again";
    EXPECT_EQ(value_of(reading, "processes.total"), 2);
    sim.loop.run(sensor.stop());
  }
}

TEST(ProcSensor, ReadsTemperaturesAndBearsTheirAbsence) {
  io::SimFixture sim;
  const TemporaryRoot root;
  write_small_machine(root);
  root.write("sys/class/hwmon/hwmon0/name", "coretemp\n");
  root.write("sys/class/hwmon/hwmon0/temp1_label", "Package id 0\n");
  root.write("sys/class/hwmon/hwmon0/temp1_input", "45000\n");
  root.write("sys/class/hwmon/hwmon0/temp1_max", "100000\n");
  root.write("sys/class/hwmon/hwmon0/temp10_input", "-5500\n");
  root.write("sys/class/hwmon/hwmon1/name", "acpitz\n");
  root.write("sys/class/hwmon/hwmon1/temp1_input", "nonsense\n");
  root.write("sys/class/hwmon/hwmon2/temp1_input", "1\n");  // a chip without a name
  root.write("sys/class/thermal/thermal_zone0/type", "acpitz\n");
  root.write("sys/class/thermal/thermal_zone0/temp", "27800\n");
  root.write("sys/class/thermal/thermal_zone1/type", "cpu-thermal\n");
  root.write("sys/class/thermal/thermal_zone1/temp", "51200\n");
  ProcSensor sensor(sim.loop, sim.clock, sim.log, roots_of(root), fixed_space);
  sensor.start();
  sim.loop.run_ready();
  Reading reading;
  sensor.read(reading);
  EXPECT_EQ(value_of(reading, "temperature.celsius", "coretemp Package id 0"), 45000);
  EXPECT_EQ(value_of(reading, "temperature.celsius", "coretemp temp10"), -5500);
  EXPECT_EQ(value_of(reading, "temperature.celsius", "acpitz temp1"), wire::kAbsent);
  EXPECT_EQ(value_of(reading, "temperature.celsius", "cpu-thermal"), 51200);
  EXPECT_FALSE(value_of(reading, "temperature.celsius", "acpitz")) << "the chip says it already";
  root.remove("sys/class/hwmon/hwmon0/temp1_input");
  for (int beat = 0; beat < 20; ++beat) {
    sim.loop.run_for(Seconds(5));
    sensor.read(reading);
  }
  EXPECT_FALSE(value_of(reading, "temperature.celsius", "coretemp Package id 0"));
  sim.loop.run(sensor.stop());
}

TEST(ProcSensor, TellsWhatTheAgentCostsAndItsLabels) {
  io::SimFixture sim;
  const TemporaryRoot root;
  write_small_machine(root);
  root.write("proc/self/statm", "900 200 100 50 0 60 0\n");
  ProcSensor sensor(sim.loop, sim.clock, sim.log, roots_of(root), fixed_space, {{"role", "db"}});
  sensor.start();
  sim.loop.run_ready();
  sensor.tell({.sent_bytes = 7,
               .outbox_records = 3,
               .outbox_bytes = 99,
               .outbox_dropped = 2,
               .interval = Seconds(5)});
  Reading reading;
  sensor.read(reading);
  EXPECT_EQ(value_of(reading, "agent.memory"), 200 * ::sysconf(_SC_PAGESIZE));
  EXPECT_GT(value_of(reading, "agent.cpu"), 0);
  EXPECT_EQ(value_of(reading, "agent.sent_bytes"), 7);
  EXPECT_EQ(value_of(reading, "agent.outbox.records"), 3);
  EXPECT_EQ(value_of(reading, "agent.outbox.bytes"), 99);
  EXPECT_EQ(value_of(reading, "agent.outbox.dropped"), 2);
  EXPECT_EQ(value_of(reading, "agent.interval"), 5000);
  EXPECT_EQ(sensor.inventory().labels, (std::map<std::string, std::string>{{"role", "db"}}));
  EXPECT_FALSE(sensor.inventory().units) << "no systemd here";
  EXPECT_FALSE(value_of(reading, "units.failed"));
  sim.loop.run(sensor.stop());
}

TEST(ProcSensor, FollowsAChangedHostname) {
  io::SimFixture sim;
  const TemporaryRoot root;
  write_small_machine(root);
  ProcSensor sensor(sim.loop, sim.clock, sim.log, roots_of(root), fixed_space);
  sensor.start();
  sim.loop.run_ready();
  root.write("proc/sys/kernel/hostname", "renamed\n");
  root.write("proc/stat",
             "cpu  100 0 50 900 10 0 5 0 0 0\ncpu0 1 1 1 1\ncpu1 1 1 1 1\nintr 1\nbtime 1700000005\n");
  Reading reading;
  for (int beat = 0; beat < 130; ++beat) {
    sim.loop.run_for(Seconds(5));
    sensor.read(reading);
  }
  EXPECT_EQ(sensor.inventory().hostname, "renamed");
  EXPECT_EQ(sensor.inventory().booted_at_ms, 1'700'000'000'000) << "a set clock is no new boot";
  sim.loop.run(sensor.stop());
}

// This very machine.
TEST(RealHost, GivesSaneValues) {
  const MachineRoots roots;
  const wire::Inventory machine = read_machine(roots);
  struct sysinfo info{};
  ASSERT_EQ(::sysinfo(&info), 0);
  EXPECT_EQ(machine.memory_bytes, info.totalram * info.mem_unit);
  EXPECT_EQ(machine.cores, static_cast<std::uint32_t>(::sysconf(_SC_NPROCESSORS_ONLN)));
  EXPECT_FALSE(machine.hostname.empty());
  EXPECT_FALSE(machine.kernel.empty());
  EXPECT_EQ(machine.boot_id.size(), 36U);

  HostCounters counters(roots.proc, machine.boot_id);
  SlowProbe probe(roots.proc, roots.sys, [] { return std::nullopt; });
  counters.take(probe.run());
  Reading first, second;
  counters.read(first);
  const auto busy_ms = [](const Reading& reading) {
    return *value_of(reading, "cpu.user") + *value_of(reading, "cpu.system") + *value_of(reading, "cpu.nice");
  };
  // The kernel counts by ticks: this process works until it was counted, for a second at most.
  const std::clock_t until = std::clock() + CLOCKS_PER_SEC;
  do {
    counters.read(second);
  } while (busy_ms(second) == busy_ms(first) && std::clock() < until);
  ASSERT_EQ(first.set->id, second.set->id);
  EXPECT_GT(busy_ms(second), busy_ms(first));
  EXPECT_EQ(*value_of(second, "memory.total"), static_cast<std::int64_t>(machine.memory_bytes));
  EXPECT_LE(*value_of(second, "memory.used"), *value_of(second, "memory.total"));
  EXPECT_NEAR(static_cast<double>(*value_of(second, "uptime")), static_cast<double>(info.uptime), 5);
  EXPECT_GE(*value_of(second, "processes.total"), 1);
  // Not lower within one boot, whatever the counter.
  for (std::size_t i = 0; i < first.values.size(); ++i) {
    const wire::Series& series = first.set->series[i];
    const bool may_fall = series.metric == "cpu.idle" || series.metric == "cpu.iowait";
    if (series.kind == wire::SeriesKind::counter && !may_fall) {
      EXPECT_GE(second.values[i], first.values[i]) << series.metric << " " << series.label;
    }
  }
}

TEST(SimSensor, IsBelievableAndRepeatable) {
  io::SimFixture sim;
  SimSensor one(sim.clock, {.seed = 7}), same(sim.clock, {.seed = 7}), other(sim.clock, {.seed = 8});
  Reading before, after, same_after, other_after;
  one.read(before);
  same.read(same_after);
  other.read(other_after);
  EXPECT_NEAR(static_cast<double>(before.values.size()), 50, 10);
  for (int beat = 0; beat < 200; ++beat) {
    sim.loop.run_for(Seconds(5));
    one.read(after);
    same.read(same_after);
    other.read(other_after);
    EXPECT_EQ(after.values, same_after.values);
    EXPECT_NE(after.values, other_after.values);
    ASSERT_EQ(after.values.size(), after.set->series.size());
    std::int64_t cpu_ms = 0;
    for (std::size_t i = 0; i < after.values.size(); ++i) {
      const wire::Series& series = after.set->series[i];
      if (series.kind == wire::SeriesKind::counter) {
        EXPECT_GE(after.values[i], before.values[i]) << series.metric;
      }
      if (series.metric.starts_with("cpu.")) cpu_ms += after.values[i] - before.values[i];
    }
    EXPECT_NEAR(static_cast<double>(cpu_ms), 4 * 5000.0, 10) << "four cores for five seconds";
    EXPECT_LE(*value_of(after, "memory.used"), *value_of(after, "memory.total"));
    before = after;
  }
  const std::string boot = one.inventory().boot_id;
  one.reboot();
  one.read(after);
  EXPECT_NE(one.inventory().boot_id, boot);
  EXPECT_NE(after.set->id, before.set->id);
  EXPECT_EQ(value_of(after, "net.rx_bytes", "eth0"), 0);
}

TEST(SimSensor, HasAPastThatLeadsIntoItsPresent) {
  io::SimFixture sim;
  SimSensor sensor(sim.clock, {.seed = 7, .up_for = std::chrono::hours(3)});
  const MonoTime now = sim.clock.mono_now();
  Reading reading;
  sensor.read_at(now - std::chrono::hours(1), reading);
  EXPECT_EQ(value_of(reading, "uptime"), 2 * 3600);
  EXPECT_EQ(value_of(reading, "cpu.user"), 0);
  std::int64_t before = 0;
  for (Nanos ago = std::chrono::minutes(59); ago > Nanos(0); ago -= Seconds(5)) {
    sensor.read_at(now - ago, reading);
    EXPECT_GE(*value_of(reading, "cpu.idle"), before);
    before = *value_of(reading, "cpu.idle");
  }
  sim.loop.run_for(Seconds(5));
  sensor.read(reading);
  EXPECT_EQ(value_of(reading, "uptime"), 3 * 3600 + 5);
  EXPECT_NEAR(static_cast<double>(*value_of(reading, "cpu.idle") - before), 2 * 4 * 5000.0, 2 * 4 * 5000.0)
      << "two beats of four cores at most";
  EXPECT_EQ(sensor.inventory().booted_at_ms, unix_ms(sim.clock.wall_now() - Seconds(5)) - 3 * 3'600'000);
}

}  // namespace
}  // namespace fettle::agent
