#include "fettle/agent/sense/disks.h"

#include <algorithm>

#include "fettle/agent/sense/text_scan.h"

namespace fettle::agent {
namespace {

constexpr std::uint64_t kSectorBytes = 512;  // of this file, whatever the disk has (kernel doc., iostats)

bool has_moved(const DiskCounters& disk) {
  return disk.reads != 0 || disk.writes != 0;
}

}  // namespace

void parse_disks(std::string_view text, std::vector<DiskCounters>& into) {
  into.clear();
  std::string_view line;
  while (take_line(text, line)) {
    std::uint64_t number = 0;
    if (!take_number(line, number) || !take_number(line, number)) continue;  // major, minor
    DiskCounters disk;
    disk.name = take_word(line);
    // reads merged sectors ms, writes merged sectors ms, in flight, busy ms
    std::uint64_t skipped = 0;
    if (disk.name.empty() || !take_number(line, disk.reads) || !take_number(line, skipped) ||
        !take_number(line, disk.read_sectors) || !take_number(line, skipped) ||
        !take_number(line, disk.writes) || !take_number(line, skipped) ||
        !take_number(line, disk.write_sectors) || !take_number(line, skipped) ||
        !take_number(line, skipped) || !take_number(line, disk.busy_ms))
      continue;
    into.push_back(disk);
  }
}

bool is_watched_disk(std::string_view name) {
  for (const std::string_view prefix : {"loop", "ram", "zram", "dm-", "sr", "fd"}) {
    if (name.starts_with(prefix) && is_all_digits(name.substr(prefix.size()))) return false;
  }
  return !name.empty();
}

bool is_partition_of(std::string_view name, std::string_view whole) {
  if (whole.empty() || name.size() <= whole.size() || !name.starts_with(whole)) return false;
  std::string_view rest = name.substr(whole.size());
  const bool ends_with_digit = whole.back() >= '0' && whole.back() <= '9';
  if (ends_with_digit) {
    if (rest.front() != 'p') return false;
    rest.remove_prefix(1);
  }
  return is_all_digits(rest);
}

void choose_disks(const std::vector<DiskCounters>& all, std::vector<DiskCounters>& into) {
  into.clear();
  std::string_view whole;  // partitions follow their disk
  for (const DiskCounters& disk : all) {
    if (is_partition_of(disk.name, whole)) continue;
    whole = disk.name;
    if (!is_watched_disk(disk.name) || !has_moved(disk) || into.size() >= kMostDisks) continue;
    if (std::ranges::find(into, disk.name, &DiskCounters::name) == into.end()) into.push_back(disk);
  }
}

DiskSource::DiskSource(const std::string& proc) : file_(proc + "/diskstats") {}

bool DiskSource::refresh(ReadBuffer& buffer) {
  const auto text = file_.read(buffer);
  is_fresh_ = text.has_value();
  if (!text) return false;
  parse_disks(*text, all_);
  choose_disks(all_, chosen_);
  if (std::ranges::equal(names_, chosen_, {}, {}, &DiskCounters::name)) return false;
  names_.clear();
  for (const DiskCounters& disk : chosen_) names_.emplace_back(disk.name);
  return true;
}

void DiskSource::describe(SeriesList& series) const {
  for (const std::string& name : names_) {
    for (const char* metric :
         {"disk.read_bytes", "disk.write_bytes", "disk.reads", "disk.writes", "disk.busy"})
      add_counter(series, metric, name);
  }
}

void DiskSource::append(Values& values) const {
  if (!is_fresh_) {
    values.insert(values.end(), names_.size() * 5, wire::kAbsent);
    return;
  }
  for (const DiskCounters& disk : chosen_) {
    values.push_back(wire_number(disk.read_sectors * kSectorBytes));
    values.push_back(wire_number(disk.write_sectors * kSectorBytes));
    values.push_back(wire_number(disk.reads));
    values.push_back(wire_number(disk.writes));
    values.push_back(wire_number(disk.busy_ms));
  }
}

}  // namespace fettle::agent
