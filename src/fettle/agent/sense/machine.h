// What the machine is: names, kernel, processor, memory, and whether it is virtual. Read at the start and
// every ten minutes; no subprocess.
#pragma once
#include <string>
#include <string_view>

#include "fettle/wire/messages.h"

namespace fettle::agent {

/// Where the machine's files are; tests bring folders of their own.
struct MachineRoots {
  std::string proc = "/proc";
  std::string sys = "/sys";
  std::string root;  // before /etc and /run
};

/// PRETTY_NAME, or NAME and VERSION; empty when neither is there. Source: os-release(5).
std::string parse_os_name(std::string_view os_release);
/// The processor's model in the words of x86, ARM, POWER, MIPS, s390 or RISC-V; empty when none is there.
std::string parse_cpu_model(std::string_view cpuinfo);
/// True when cpuinfo has the flag with which x86 hypervisors make themselves known.
bool has_hypervisor_flag(std::string_view cpuinfo);
/// The start of the kernel, from /proc/stat, in milliseconds of wall time; 0 when it is not said.
std::int64_t parse_boot_time_ms(std::string_view stat);

struct VirtualizationHints {
  std::string container;  // content of /run/systemd/container
  bool has_docker_file = false;
  bool has_podman_file = false;
  std::string sys_vendor;    // DMI
  std::string product_name;  // DMI
  std::string hypervisor;    // content of /sys/hypervisor/type
  bool has_hypervisor_flag = false;
};
/// In the words of systemd-detect-virt: "docker", "kvm", "vmware", ...; "vm" when only the flag says so;
/// "none".
std::string guess_virtualization(const VirtualizationHints& hints);

wire::Inventory read_machine(const MachineRoots& roots);

}  // namespace fettle::agent
