// /proc/net/dev: traffic of network interfaces, without loopback and without what containers, virtual
// machines and bridges bring along (their traffic is seen on the card below).
#pragma once
#include <array>

#include "fettle/agent/sense/source.h"

namespace fettle::agent {

struct InterfaceCounters {
  std::string_view name;  // into the parsed text
  std::uint64_t rx_bytes = 0, rx_packets = 0, rx_errors = 0, rx_drops = 0;
  std::uint64_t tx_bytes = 0, tx_packets = 0, tx_errors = 0, tx_drops = 0;
};
bool is_watched_interface(std::string_view name);
/// The watched ones in the order of the file, at most kMostInterfaces; lines that cannot be read are left
/// out. Reuses `into`.
void parse_interfaces(std::string_view text, std::vector<InterfaceCounters>& into);

class InterfaceSource final : public Source {
 public:
  explicit InterfaceSource(const std::string& proc);
  bool refresh(ReadBuffer& buffer) override;
  void describe(SeriesList& series) const override;
  void append(Values& values) const override;

 private:
  ProcFile file_;
  std::vector<InterfaceCounters> now_;  // the names are dead after refresh()
  std::vector<std::string> names_;      // as described, one for each of now_
  bool is_fresh_ = false;
};

}  // namespace fettle::agent
