#include <gtest/gtest.h>

#include <random>

#include "fettle/agent/sense/cpu.h"
#include "fettle/agent/sense/disks.h"
#include "fettle/agent/sense/interfaces.h"
#include "fettle/agent/sense/load.h"
#include "fettle/agent/sense/machine.h"
#include "fettle/agent/sense/memory.h"
#include "fettle/agent/sense/mount_table.h"
#include "fettle/agent/sense/pressure.h"
#include "fettle/agent/sense/text_scan.h"

namespace fettle::agent {
namespace {

using namespace std::string_literals;

CpuTicks cpu(std::string_view text) {
  CpuTicks ticks;
  parse_cpu(text, ticks);
  return ticks;
}

TEST(TextScan, RefusesNumbersThatDoNotFit) {
  std::uint64_t value = 7;
  std::string_view most = "18446744073709551615 x";
  EXPECT_TRUE(take_number(most, value));
  EXPECT_EQ(value, 18446744073709551615ULL);
  std::string_view more = "18446744073709551616";
  EXPECT_FALSE(take_number(more, value));
  std::string_view longer = "99999999999999999999999";
  EXPECT_FALSE(take_number(longer, value));
  std::string_view none = "  x";
  EXPECT_FALSE(take_number(none, value));
}

TEST(TextScan, ReadsHundredths) {
  for (const auto& [text, expected] : std::vector<std::pair<std::string, std::uint64_t>>{
           {"0.41", 41}, {"12", 1200}, {"3.5", 350}, {"7.123456789", 712}, {"1.", 100}}) {
    std::string_view rest = text;
    std::uint64_t value = 0;
    EXPECT_TRUE(take_hundredths(rest, value)) << text;
    EXPECT_EQ(value, expected) << text;
  }
}

TEST(Cpu, ReadsTotalAndCores) {
  const auto ticks =
      cpu("cpu  8848 8319 6814 292405 781 1 160 3026 500 60\n"
          "cpu0 3776 3984 3020 147762 80 0 20 1575 0 0\n"
          "cpu1 5072 4335 3793 144643 701 1 139 1451 0 0\n"
          "intr 405229 0 0\nctxt 5\nbtime 1795338571\n");
  ASSERT_TRUE(ticks.has_total);
  EXPECT_EQ(ticks.total, (std::array<std::uint64_t, 8>{8848, 8319, 6814, 292405, 781, 1, 160, 3026}));
  ASSERT_EQ(ticks.cores.size(), 2U);
  EXPECT_EQ(ticks.cores[1].core, 1U);
  EXPECT_EQ(ticks.cores[1].busy, 5072U + 4335 + 3793 + 1 + 139 + 1451) << "guests are part of user";
}

TEST(Cpu, ReadsOldKernelsAndCoresThatAreOff) {
  const auto ticks = cpu("cpu  1 2 3 4\ncpu0 1 2 3 4\ncpu2 1 1 1 1 5\ncpu7 9 0 0 0\n");
  EXPECT_EQ(ticks.total[4], 0U);
  ASSERT_EQ(ticks.cores.size(), 3U);
  EXPECT_EQ(ticks.cores[1].core, 2U);
  EXPECT_EQ(ticks.cores[1].busy, 3U);
  EXPECT_EQ(ticks.cores[2].core, 7U);
}

TEST(Cpu, BoundsTheNumberOfCores) {
  std::string text = "cpu  1 2 3 4 5 6 7 8\n";
  for (int core = 0; core < 2000; ++core) text += "cpu" + std::to_string(core) + " 1 2 3 4 5 6 7 8\n";
  EXPECT_EQ(cpu(text).cores.size(), kMostCores);
}

TEST(Cpu, LeavesOutWhatCannotBeRead) {
  EXPECT_FALSE(cpu("").has_total);
  EXPECT_FALSE(cpu("cpu  one two\n").has_total);
  EXPECT_TRUE(cpu("cpu0 1 2 3\ncpuX 1 2 3 4\ncpu1 99999999999999999999999 1 1 1\n").cores.empty());
  const auto repeated = cpu("cpu0 1 1 1 1\ncpu0 2 2 2 2\n");
  EXPECT_EQ(repeated.cores.size(), 1U) << "a core twice would be two series of one name";
}

TEST(Load, ReadsLoadAndRunning) {
  const auto load = parse_load("0.41 1.40 12.22 3/93 9373\n");
  ASSERT_TRUE(load);
  EXPECT_EQ(load->one, 41U);
  EXPECT_EQ(load->five, 140U);
  EXPECT_EQ(load->fifteen, 1222U);
  EXPECT_EQ(load->running, 3U);
  EXPECT_FALSE(parse_load("0.41 x"));
  EXPECT_FALSE(parse_load(""));
  EXPECT_EQ(parse_uptime("1598.57 2924.08\n"), 1598U);
  EXPECT_FALSE(parse_uptime("\n"));
}

TEST(Memory, ReadsAModernKernel) {
  const auto memory = parse_memory(
      "MemTotal:       24684092 kB\nMemFree:        20000000 kB\nMemAvailable:   22000000 kB\n"
      "Buffers:          100000 kB\nCached:          1500000 kB\nSwapCached: 5 kB\n"
      "SReclaimable:     200000 kB\nSwapTotal:       1000 kB\nSwapFree:         400 kB\n");
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->total, 24684092ULL * 1024);
  EXPECT_EQ(memory->used, (24684092ULL - 22000000) * 1024);
  EXPECT_EQ(memory->cached, 1700000ULL * 1024);
  EXPECT_EQ(memory->swap_used, 600ULL * 1024);
}

TEST(Memory, EstimatesWhatOldKernelsDoNotSay) {
  const auto memory = parse_memory("MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 250 kB\n");
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->available, 400U * 1024);
  EXPECT_EQ(memory->used, 600U * 1024);
  EXPECT_EQ(memory->swap_total, 0U);
}

TEST(Memory, NeverUnderflows) {
  const auto memory = parse_memory(
      "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 5000 kB\nSwapTotal: 5 kB\nSwapFree: 9 kB\n");
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->used, 0U);
  EXPECT_EQ(memory->swap_used, 0U);
  EXPECT_FALSE(parse_memory("MemFree: 100 kB\n"));
  EXPECT_FALSE(parse_memory("MemTotal: 18446744073709551615 kB\nMemFree: 1 kB\n"));
}

TEST(Pressure, ReadsBothLines) {
  const auto pressure = parse_pressure(
      "some avg10=0.00 avg60=1.02 avg300=0.40 total=26373213\nfull avg10=0.00 avg60=0.00 avg300=0.00 "
      "total=17\n");
  EXPECT_EQ(pressure.some_us, 26373213U);
  EXPECT_EQ(pressure.full_us, 17U);
  EXPECT_FALSE(parse_pressure("some total=5\n").full_us);
  EXPECT_FALSE(parse_pressure("").some_us);
  EXPECT_FALSE(parse_pressure("some avg10=0.00 total=\n").some_us);
}

std::vector<std::string> disk_names(std::string_view text) {
  std::vector<DiskCounters> all, chosen;
  parse_disks(text, all);
  choose_disks(all, chosen);
  std::vector<std::string> names;
  for (const auto& disk : chosen) names.emplace_back(disk.name);
  return names;
}

std::string disk_line(std::string_view name, std::string_view counters = "5 1 80 2 7 1 160 3 0 4 5") {
  return "   8       0 " + std::string(name) + " " + std::string(counters) + "\n";
}

TEST(Disks, ReadsTheCounters) {
  std::vector<DiskCounters> all;
  parse_disks(
      " 254 0 vda 53650 16549 7697050 28851 27083 24413 4214440 12863 0 13848 42541 6576 33 604280 763\n",
      all);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].reads, 53650U);
  EXPECT_EQ(all[0].read_sectors, 7697050U);
  EXPECT_EQ(all[0].writes, 27083U);
  EXPECT_EQ(all[0].write_sectors, 4214440U);
  EXPECT_EQ(all[0].busy_ms, 13848U);
}

TEST(Disks, WatchesWholeDisksThatDidSomething) {
  std::string text;
  for (const char* name :
       {"loop0", "ram1", "zram0", "sda", "sda1", "sda12", "sdaa", "nvme0n1", "nvme0n1p1", "mmcblk0",
        "mmcblk0p2", "mmcblk0boot0", "dm-0", "md127", "md127p1", "sr0", "xvda1"})
    text += disk_line(name);
  text += disk_line("sdb", "0 0 0 0 0 0 0 0 0 0 0");
  text += disk_line("nbd0", "0 0 0 0 0 0 0 0 0 0 0");
  EXPECT_EQ(disk_names(text), (std::vector<std::string>{"sda", "sdaa", "nvme0n1", "mmcblk0", "mmcblk0boot0",
                                                        "md127", "xvda1"}));
}

TEST(Disks, LeavesOutShortLinesRepetitionsAndTooMany) {
  EXPECT_TRUE(disk_names("8 1 sda1 5 80 7 160\n8 0 sda\n8\n\nx y z\n").empty());
  EXPECT_EQ(disk_names(disk_line("sda") + disk_line("sdb") + disk_line("sda")).size(), 2U);
  std::string many;
  for (int i = 0; i < 500; ++i) many += disk_line("disk" + std::to_string(i) + "x");
  EXPECT_EQ(disk_names(many).size(), kMostDisks);
}

TEST(Interfaces, ReadsCountersAndLeavesNoiseOut) {
  std::vector<InterfaceCounters> now;
  parse_interfaces(
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo\n"
      "    lo:    3267      29    0    0    0     0          0         0     3267      29    0    0    0     "
      "0\n"
      "  eth0:18446744073709551615 8594 1 2 0 0 0 0 464292 4621 3 4 0 0 0 0\n"
      "veth12ab: 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n"
      "br-0a1b2c3d4e5f: 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n"
      "docker0: 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n"
      "  wg0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
      "enp3s0: 1 2 3\n"
      "  br0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
      "docker-lan: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
      now);
  ASSERT_EQ(now.size(), 4U);
  EXPECT_EQ(now[0].name, "eth0");
  EXPECT_EQ(now[0].rx_bytes, 18446744073709551615ULL);
  EXPECT_EQ(now[0].rx_errors, 1U);
  EXPECT_EQ(now[0].rx_drops, 2U);
  EXPECT_EQ(now[0].tx_bytes, 464292U);
  EXPECT_EQ(now[0].tx_errors, 3U);
  EXPECT_EQ(now[0].tx_drops, 4U);
  EXPECT_EQ(now[1].name, "wg0");
  EXPECT_EQ(now[2].name, "br0");
  EXPECT_EQ(now[3].name, "docker-lan");
}

std::string mount_line(std::string_view device, std::string_view root, std::string_view point,
                       std::string_view type, std::string_view source, std::string_view tags = "shared:1") {
  return "27 1 " + std::string(device) + " " + std::string(root) + " " + std::string(point) +
         " rw,relatime " + std::string(tags) + (tags.empty() ? "" : " ") + "- " + std::string(type) + " " +
         std::string(source) + " rw\n";
}

TEST(Mounts, ReadsOddNamesAndTags) {
  const auto entries = parse_mounts(mount_line("8:1", "/", "/mnt/with\\040space\\134and\\011tab", "ext4",
                                               "/dev/sda1", "shared:1 master:2 propagate_from:3") +
                                    mount_line("8:2", "/", "/plain", "xfs", "/dev/sda2", "") + "garbage\n" +
                                    "1 2 3:4 / /no/dash rw shared:1 ext4 /dev/x rw\n");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].point, "/mnt/with space\\and\ttab");
  EXPECT_EQ(entries[0].type, "ext4");
  EXPECT_EQ(entries[1].source, "/dev/sda2");
}

TEST(Mounts, ChoosesRealFileSystemsOnce) {
  const std::string text = mount_line("0:21", "/", "/proc", "proc", "proc") +
                           mount_line("0:24", "/", "/run", "tmpfs", "tmpfs") +
                           mount_line("254:0", "/", "/", "ext4", "/dev/vda") +
                           mount_line("254:0", "/var/lib/docker/x", "/etc/hosts", "ext4", "/dev/vda") +
                           mount_line("8:17", "/", "/srv/data", "xfs", "/dev/sdb1") +
                           mount_line("8:17", "/sub", "/s", "xfs", "/dev/sdb1") +
                           mount_line("0:40", "/", "/mnt/nas", "nfs4", "nas:/export") +
                           mount_line("0:41", "/", "/mnt/ssh", "fuse.sshfs", "me@host:") +
                           mount_line("8:33", "/", "/mnt/win", "fuseblk", "/dev/sdc1") +
                           mount_line("0:42", "/", "/tank", "zfs", "tank") +
                           mount_line("7:1", "/", "/snap/core/1", "squashfs", "/dev/loop1") +
                           mount_line("0:45", "/@home", "/home", "btrfs", "/dev/sdd1") +
                           mount_line("0:45", "/@", "/mnt/btr", "btrfs", "/dev/sdd1") +
                           mount_line("0:50", "/", "/var/lib/docker/overlay2/x/merged", "overlay", "overlay");
  EXPECT_EQ(choose_mounts(parse_mounts(text)),
            (std::vector<std::string>{"/", "/home", "/mnt/win", "/srv/data", "/tank"}));
}

TEST(Mounts, TakesTheRootOfAContainerButNotOneOnTheNetwork) {
  EXPECT_EQ(choose_mounts(parse_mounts(mount_line("0:50", "/", "/", "overlay", "overlay"))),
            std::vector<std::string>{"/"});
  EXPECT_TRUE(choose_mounts(parse_mounts(mount_line("0:50", "/", "/", "nfs4", "server:/root"))).empty());
}

TEST(Mounts, SeesOnlyTheLastOfWhatIsMountedOverEachOther) {
  const auto chosen = choose_mounts(parse_mounts(mount_line("8:1", "/", "/data", "ext4", "/dev/sda1") +
                                                 mount_line("0:40", "/", "/data", "nfs4", "nas:/export")));
  EXPECT_TRUE(chosen.empty()) << "statvfs would ask the server of the upper one";
}

TEST(Mounts, BoundsNumberAndLength) {
  std::string text = mount_line("9:9", "/", "/" + std::string(600, 'x'), "ext4", "/dev/sdz");
  for (int i = 0; i < 300; ++i) {
    text += mount_line("8:" + std::to_string(i), "/", "/m" + std::to_string(i), "ext4",
                       "/dev/sd" + std::to_string(i));
  }
  EXPECT_EQ(choose_mounts(parse_mounts(text)).size(), kMostMounts);
}

TEST(Machine, ReadsTheNameOfTheSystem) {
  EXPECT_EQ(parse_os_name("NAME=\"Debian GNU/Linux\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"),
            "Debian GNU/Linux 12 (bookworm)");
  EXPECT_EQ(parse_os_name("NAME=Alpine\nVERSION='3 \"x\"'\n"), "Alpine 3 \"x\"");
  EXPECT_EQ(parse_os_name("NAME=Arch\n"), "Arch");
  EXPECT_EQ(parse_os_name("PRETTY_NAME=\"A \\\"B\\\"\"\n"), "A \"B\"");
  EXPECT_EQ(parse_os_name("garbage"), "");
}

TEST(Machine, ReadsProcessorsOfManyKinds) {
  EXPECT_EQ(parse_cpu_model("processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC 7B13\n"),
            "AMD EPYC 7B13");
  EXPECT_EQ(parse_cpu_model(
                "processor\t: 0\nBogoMIPS\t: 108.00\n\nHardware\t: BCM2835\nModel\t\t: Raspberry Pi 4\n"),
            "Raspberry Pi 4");
  EXPECT_EQ(parse_cpu_model("processor : 0\ncpu : POWER9 (architected)\n"), "POWER9 (architected)");
  EXPECT_EQ(parse_cpu_model(""), "");
}

TEST(Machine, GuessesVirtualization) {
  EXPECT_EQ(guess_virtualization({}), "none");
  EXPECT_EQ(guess_virtualization({.has_hypervisor_flag = true}), "vm");
  EXPECT_EQ(guess_virtualization({.sys_vendor = "QEMU", .has_hypervisor_flag = true}), "qemu");
  EXPECT_EQ(guess_virtualization({.has_docker_file = true, .sys_vendor = "QEMU"}), "docker");
  EXPECT_EQ(guess_virtualization({.container = "lxc"}), "lxc");
  EXPECT_EQ(guess_virtualization({.sys_vendor = "Microsoft Corporation", .product_name = "Surface"}), "none");
  EXPECT_EQ(guess_virtualization({.sys_vendor = "Microsoft Corporation", .product_name = "Virtual Machine"}),
            "microsoft");
  EXPECT_TRUE(has_hypervisor_flag("flags\t\t: fpu vme hypervisor lahf_lm\n"));
  EXPECT_FALSE(has_hypervisor_flag("flags\t\t: fpu nohypervisor\nflags : hypervisor\n"));
}

TEST(Machine, CleansTextForTheWire) {
  EXPECT_EQ(clean_text("a\nb\x7f"),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
  EXPECT_EQ(clean_text("\xff"
                       "grün"),
            "\xEF\xBF\xBD"
            "grün");
  EXPECT_EQ(clean_text(std::string(5000, 'x')).size(), wire::kMaxText);
}

// Whatever the bytes are: nothing reads past them (the sanitizers see to that), nothing exceeds its bounds.
TEST(SenseParsers, BearGarbage) {
  std::mt19937_64 random(42);
  const std::string seeds[] = {
      "cpu  8848 8319 6814 292405 781 0 160 3026 0 0\ncpu0 3776 3984 3020\nintr 1\nbtime 5\n",
      " 254 0 vda 53650 16549 7697050 28851 27083 24413 4214440 12863 0 13848 42541\n",
      "  eth0: 384600075 8594 0 0 0 0 0 0 464292 4621 0 0 0 0 0 0\n",
      mount_line("8:1", "/", "/mnt/with\\040space", "ext4", "/dev/sda1"),
      "MemTotal:       24684092 kB\nMemFree: 12 kB\nsome avg10=0.00 total=26373213\n0.41 0.40 0.22 1/93 9\n"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seeds[random() % std::size(seeds)];
    for (auto changes = random() % 6; changes > 0; --changes) {
      const auto at = random() % (text.size() + 1);
      switch (random() % 3) {
        case 0:
          text.insert(at, 1, static_cast<char>(random()));
          break;
        case 1:
          if (at < text.size()) text[at] = static_cast<char>(random());
          break;
        default:
          text.resize(at);
      }
    }
    std::vector<DiskCounters> disks;
    parse_disks(text, disks);
    std::vector<InterfaceCounters> interfaces;
    parse_interfaces(text, interfaces);
    const auto memory = parse_memory(text);
    if (memory) {
      ASSERT_LE(memory->used, memory->total);
    }
    ASSERT_LE(cpu(text).cores.size(), kMostCores);
    ASSERT_LE(choose_mounts(parse_mounts(text)).size(), kMostMounts);
    parse_pressure(text);
    parse_load(text);
    parse_boot_time_ms(text);
    parse_cpu_model(text);
    parse_os_name(text);
  }
}

}  // namespace
}  // namespace fettle::agent
