// The time zones in use, read from the system's files and read again when these change. Bounded: what was not
// asked for the longest goes. Loop thread; files are read on the workers.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/base/zone.h"
#include "fettle/io/files.h"
#include "fettle/io/loop.h"
#include "fettle/io/task.h"
#include "fettle/io/work_queue.h"

namespace fettle::runs {

using ZonePtr =
    std::shared_ptr<const Zone>;  // a schedule keeps the one it was decided by while it is replaced

struct ZoneBookGround {
  io::Loop& loop;
  io::WorkQueue& workers;
  io::Files& files;
  std::string folder = "/usr/share/zoneinfo";
};

class ZoneBook {
 public:
  explicit ZoneBook(ZoneBookGround ground);

  /// Those that are in the book are given at once. `unprocessable` "unknown_zone" when there is no such zone
  /// here, "bad_zone_file" when its file cannot be used. "UTC" needs no file.
  Task<Result<ZonePtr>> find(std::string name);
  /// Null when it was not asked for before.
  [[nodiscard]] ZonePtr known(const std::string& name) const;
  /// Reads all in use again: the names of those that changed. A file that cannot be read leaves its zone as
  /// it is. What nobody has asked for in the last kRoundsKept of these goes.
  Task<std::vector<std::string>> refresh();
  [[nodiscard]] std::size_t size() const { return zones_.size(); }

  static constexpr std::size_t kMostZones = 1'000;  // more than the tz database has
  static constexpr std::uint64_t kRoundsKept = 10;

 private:
  struct Entry {
    ZonePtr zone;
    std::string bytes;
    std::uint64_t used = 0;   // a number that grows with each use
    std::uint64_t round = 0;  // of refresh, at the last use
  };
  void put(const std::string& name, ZonePtr zone, std::string bytes);
  void make_room();
  Task<Result<std::string>> read(std::string name);

  ZoneBookGround ground_;
  std::map<std::string, Entry> zones_;  // "UTC" stays
  std::uint64_t uses_ = 0, round_ = 0;
};

}  // namespace fettle::runs
