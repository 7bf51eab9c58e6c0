#include "fettle/agent/sense/machine.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <array>

#include "fettle/agent/sense/cpu.h"
#include "fettle/agent/sense/memory.h"
#include "fettle/agent/sense/text_scan.h"
#include "fettle/base/crypto.h"
#include "fettle/base/encoding.h"
#include "fettle/base/text.h"

namespace fettle::agent {
namespace {

/// The value of "name : value" lines; false when the line has no colon.
bool split_line(std::string_view line, std::string_view& name, std::string_view& value) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  name = trim(line.substr(0, colon));
  value = trim(line.substr(colon + 1));
  return true;
}

/// Undoes the quotes of a shell assignment.
std::string unquote(std::string_view value) {
  value = trim(value);
  const bool is_quoted =
      value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
  if (!is_quoted) return std::string(value);
  const bool has_escapes = value.front() == '"';
  value = value.substr(1, value.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (has_escapes && value[i] == '\\' && i + 1 < value.size()) ++i;
    out += value[i];
  }
  return out;
}

std::string hash_hex(std::string_view text) {
  if (text.empty()) return {};
  return hex_encode(sha256(text));
}

std::string one_line(const std::string& path) {
  return clean_text(trim(read_small_file(path)));
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

VirtualizationHints read_hints(const MachineRoots& roots, std::string_view cpuinfo) {
  VirtualizationHints hints;
  hints.container = one_line(roots.root + "/run/systemd/container");
  hints.has_docker_file = exists(roots.root + "/.dockerenv");
  hints.has_podman_file = exists(roots.root + "/run/.containerenv");
  hints.sys_vendor = one_line(roots.sys + "/class/dmi/id/sys_vendor");
  hints.product_name = one_line(roots.sys + "/class/dmi/id/product_name");
  hints.hypervisor = one_line(roots.sys + "/hypervisor/type");
  hints.has_hypervisor_flag = has_hypervisor_flag(cpuinfo);
  return hints;
}

}  // namespace

std::string parse_os_name(std::string_view os_release) {
  std::string pretty, name, version;
  std::string_view line;
  while (take_line(os_release, line)) {
    if (line.starts_with("PRETTY_NAME=")) pretty = unquote(line.substr(12));
    if (line.starts_with("NAME=")) name = unquote(line.substr(5));
    if (line.starts_with("VERSION=")) version = unquote(line.substr(8));
  }
  if (!pretty.empty()) return clean_text(pretty);
  return clean_text(version.empty() || name.empty() ? name : name + " " + version);
}

std::string parse_cpu_model(std::string_view cpuinfo) {
  // In the order of preference; ARM says "Model" of the board and nothing of the core.
  constexpr std::array<std::string_view, 7> kNames = {"model name", "cpu model", "cpu",        "Model",
                                                      "Hardware",   "uarch",     "processor 0"};
  std::array<std::string_view, kNames.size()> found;
  std::string_view line, name, value;
  while (take_line(cpuinfo, line)) {
    if (!split_line(line, name, value) || value.empty()) continue;
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (name == kNames[i] && found[i].empty()) found[i] = value;
    }
    if (!found[0].empty()) break;
  }
  for (const std::string_view model : found) {
    if (!model.empty()) return clean_text(model);
  }
  return {};
}

bool has_hypervisor_flag(std::string_view cpuinfo) {
  std::string_view line, name, value;
  while (take_line(cpuinfo, line)) {
    if (!split_line(line, name, value) || name != "flags") continue;
    for (std::string_view flag = take_word(value); !flag.empty(); flag = take_word(value)) {
      if (flag == "hypervisor") return true;
    }
    return false;  // all cores say the same
  }
  return false;
}

std::int64_t parse_boot_time_ms(std::string_view stat) {
  std::string_view line;
  while (take_line(stat, line)) {
    if (!line.starts_with("btime ")) continue;
    line.remove_prefix(6);
    std::uint64_t seconds = 0;
    constexpr std::uint64_t kMost = 1ULL << 40;  // tens of thousands of years
    if (take_number(line, seconds) && seconds < kMost) return static_cast<std::int64_t>(seconds * 1000);
  }
  return 0;
}

std::string guess_virtualization(const VirtualizationHints& hints) {
  if (!hints.container.empty()) return hints.container;
  if (hints.has_docker_file) return "docker";
  if (hints.has_podman_file) return "podman";
  struct Vendor {
    std::string_view text;
    std::string_view word;
  };
  constexpr std::array kVendors = {Vendor{"VMware", "vmware"},     Vendor{"VirtualBox", "oracle"},
                                   Vendor{"innotek", "oracle"},    Vendor{"Xen", "xen"},
                                   Vendor{"QEMU", "qemu"},         Vendor{"KVM", "kvm"},
                                   Vendor{"Amazon EC2", "amazon"}, Vendor{"Google", "google"},
                                   Vendor{"Bochs", "bochs"},       Vendor{"Parallels", "parallels"},
                                   Vendor{"OpenStack", "kvm"},     Vendor{"DigitalOcean", "kvm"},
                                   Vendor{"Hetzner", "kvm"},       Vendor{"Virtual Machine", "microsoft"}};
  for (const Vendor& vendor : kVendors) {
    const bool is_named = hints.product_name.find(vendor.text) != std::string::npos ||
                          hints.sys_vendor.find(vendor.text) != std::string::npos;
    // Amazon and Google sell bare machines under the same name; those lack the flag. ARM has no such flag,
    // and there the name alone decides.
    if (is_named) return std::string(vendor.word);
  }
  if (!hints.hypervisor.empty()) return hints.hypervisor;
  return hints.has_hypervisor_flag ? "vm" : "none";
}

wire::Inventory read_machine(const MachineRoots& roots) {
  wire::Inventory machine;
  machine.hostname = one_line(roots.proc + "/sys/kernel/hostname");
  std::string os_release = read_small_file(roots.root + "/etc/os-release");
  if (os_release.empty()) os_release = read_small_file(roots.root + "/usr/lib/os-release");
  machine.os = parse_os_name(os_release);
  machine.kernel = one_line(roots.proc + "/sys/kernel/osrelease");
  utsname names{};
  if (::uname(&names) == 0) machine.architecture = clean_text(names.machine);
  const std::string cpuinfo = read_small_file(roots.proc + "/cpuinfo");
  machine.cpu_model = parse_cpu_model(cpuinfo);
  ReadBuffer buffer;
  ProcFile stat_file(roots.proc + "/stat");
  if (const auto stat = stat_file.read(buffer)) {
    CpuTicks ticks;
    parse_cpu(*stat, ticks);
    machine.cores = static_cast<std::uint32_t>(ticks.cores.size());
    machine.booted_at_ms = parse_boot_time_ms(*stat);
  }
  const auto memory = parse_memory(read_small_file(roots.proc + "/meminfo"));
  machine.memory_bytes = memory ? memory->total : 0;
  machine.boot_id = one_line(roots.proc + "/sys/kernel/random/boot_id");
  machine.machine_id_hash = hash_hex(trim(read_small_file(roots.root + "/etc/machine-id")));
  machine.virtualization = guess_virtualization(read_hints(roots, cpuinfo));
  return machine;
}

}  // namespace fettle::agent
