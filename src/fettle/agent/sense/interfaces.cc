#include "fettle/agent/sense/interfaces.h"

#include <algorithm>

#include "fettle/agent/sense/text_scan.h"

namespace fettle::agent {
namespace {

struct Column {
  std::string_view metric;
  std::uint64_t InterfaceCounters::* member;
};
constexpr std::array kColumns = {Column{"net.rx_bytes", &InterfaceCounters::rx_bytes},
                                 Column{"net.tx_bytes", &InterfaceCounters::tx_bytes},
                                 Column{"net.rx_packets", &InterfaceCounters::rx_packets},
                                 Column{"net.tx_packets", &InterfaceCounters::tx_packets},
                                 Column{"net.rx_errors", &InterfaceCounters::rx_errors},
                                 Column{"net.tx_errors", &InterfaceCounters::tx_errors},
                                 Column{"net.rx_drops", &InterfaceCounters::rx_drops},
                                 Column{"net.tx_drops", &InterfaceCounters::tx_drops}};

// Made by Docker, Podman, Kubernetes and its networks, LXC, Proxmox.
constexpr std::array<std::string_view, 8> kNoisePrefixes = {"veth", "br-",  "cali", "lxc",
                                                            "fwbr", "fwpr", "fwln", "kube-"};
// Bridges and tunnels that exist as soon as their module is loaded, followed by a number.
constexpr std::array<std::string_view, 18> kNumberedNoise = {
    "docker", "virbr",  "cni",    "ifb",    "dummy",   "tunl",  "sit",    "ip6tnl", "gre",
    "gretap", "erspan", "ip6gre", "ip_vti", "ip6_vti", "lxdbr", "podman", "vnet",   "teql"};

}  // namespace

bool is_watched_interface(std::string_view name) {
  if (name.empty() || name == "lo" || name == "flannel.1" || name == "nodelocaldns") return false;
  for (const std::string_view prefix : kNoisePrefixes) {
    if (name.starts_with(prefix)) return false;
  }
  for (const std::string_view prefix : kNumberedNoise) {
    if (name.starts_with(prefix) && is_all_digits(name.substr(prefix.size()))) return false;
  }
  return true;
}

void parse_interfaces(std::string_view text, std::vector<InterfaceCounters>& into) {
  into.clear();
  std::string_view line;
  while (take_line(text, line) && into.size() < kMostInterfaces) {
    skip_blanks(line);
    const std::size_t colon = line.rfind(':');  // an alias such as eth0:1 has one in its name
    if (colon == std::string_view::npos) continue;
    InterfaceCounters now;
    now.name = line.substr(0, colon);
    if (!is_watched_interface(now.name) || now.name.find('|') != std::string_view::npos) continue;
    line.remove_prefix(colon + 1);
    // received: bytes packets errors drops fifo frame compressed multicast; the same for sent
    std::array<std::uint64_t, 12> numbers{};
    std::size_t count = 0;
    while (count < numbers.size() && take_number(line, numbers[count])) ++count;
    if (count < numbers.size()) continue;
    if (std::ranges::find(into, now.name, &InterfaceCounters::name) != into.end()) continue;
    now.rx_bytes = numbers[0];
    now.rx_packets = numbers[1];
    now.rx_errors = numbers[2];
    now.rx_drops = numbers[3];
    now.tx_bytes = numbers[8];
    now.tx_packets = numbers[9];
    now.tx_errors = numbers[10];
    now.tx_drops = numbers[11];
    into.push_back(now);
  }
}

InterfaceSource::InterfaceSource(const std::string& proc) : file_(proc + "/net/dev") {}

bool InterfaceSource::refresh(ReadBuffer& buffer) {
  const auto text = file_.read(buffer);
  is_fresh_ = text.has_value();
  if (!text) return false;
  parse_interfaces(*text, now_);
  if (std::ranges::equal(names_, now_, {}, {}, &InterfaceCounters::name)) return false;
  names_.clear();
  for (const InterfaceCounters& interface : now_) names_.emplace_back(interface.name);
  return true;
}

void InterfaceSource::describe(SeriesList& series) const {
  for (const std::string& name : names_) {
    for (const Column& column : kColumns) add_counter(series, column.metric, name);
  }
}

void InterfaceSource::append(Values& values) const {
  if (!is_fresh_) {
    values.insert(values.end(), names_.size() * kColumns.size(), wire::kAbsent);
    return;
  }
  for (const InterfaceCounters& interface : now_) {
    for (const Column& column : kColumns) values.push_back(wire_number(interface.*column.member));
  }
}

}  // namespace fettle::agent
