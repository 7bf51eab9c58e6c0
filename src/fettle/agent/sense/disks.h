// /proc/diskstats: traffic of whole disks. Loop, RAM, optical and mapped devices are left out (the disks
// below the mapped ones are seen), so are partitions, and disks that never did anything.
#pragma once
#include "fettle/agent/sense/source.h"

namespace fettle::agent {

struct DiskCounters {
  std::string_view name;  // into the parsed text
  std::uint64_t reads = 0, read_sectors = 0, writes = 0, write_sectors = 0, busy_ms = 0;
};
/// Every device of the file, partitions included; lines that cannot be read are left out. Reuses `into`.
void parse_disks(std::string_view text, std::vector<DiskCounters>& into);
/// By the name alone.
bool is_watched_disk(std::string_view name);
/// True when `name` is `whole` with a partition number: sda1 of sda, nvme0n1p2 of nvme0n1.
bool is_partition_of(std::string_view name, std::string_view whole);
/// Those of `all` that are watched, in their order, at most kMostDisks. Reuses `into`.
void choose_disks(const std::vector<DiskCounters>& all, std::vector<DiskCounters>& into);

class DiskSource final : public Source {
 public:
  explicit DiskSource(const std::string& proc);
  bool refresh(ReadBuffer& buffer) override;
  void describe(SeriesList& series) const override;
  void append(Values& values) const override;

 private:
  ProcFile file_;
  std::vector<DiskCounters> all_, chosen_;  // their names are dead after refresh()
  std::vector<std::string> names_;          // as described, one for each of chosen_
  bool is_fresh_ = false;
};

}  // namespace fettle::agent
