// SQLite on a SimDisk: what was not synced is lost at a crash, calls fail on command. One life of a simulated
// machine has one SimVfs; after a crash its every call fails and changes nothing. Single-threaded, for the
// simulation and tests.
#pragma once
#include <memory>
#include <string>

#include "fettle/io/sim/sim_disk.h"

namespace fettle::store {

class SimVfs {
 public:
  /// Registers it with SQLite under a name of its own.
  explicit SimVfs(io::SimDisk& disk);
  /// After the last connection that uses it.
  ~SimVfs();
  SimVfs(const SimVfs&) = delete;
  SimVfs& operator=(const SimVfs&) = delete;
  [[nodiscard]] const std::string& name() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fettle::store
