// A consistent copy of a database that may be in use, also by another process: one snapshot, copied in steps
// while others go on writing. And what a database file is that came back out of such a copy. Blocks; any one
// thread at a time.
#pragma once
#include <memory>
#include <string>

#include "fettle/base/result.h"

namespace fettle::store {

class DatabaseCopy {
 public:
  /// Takes the snapshot. `target` is made, 0600, and must not exist. Errors: `not_found` (no source), `io`.
  static Result<std::unique_ptr<DatabaseCopy>> begin(const std::string& source, const std::string& target);
  ~DatabaseCopy();
  DatabaseCopy(const DatabaseCopy&) = delete;
  DatabaseCopy& operator=(const DatabaseCopy&) = delete;

  /// Copies some 4 MiB; true when the copy is whole and closed. Errors: `unavailable` ("disk_full"), `io`.
  Result<bool> step();

 private:
  struct Impl;
  explicit DatabaseCopy(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The number of the newest migration that the database has. Errors: `corrupt` ("bad_database") when it is
/// damaged, `conflict` ("store_foreign") when it is none of ours.
Result<int> check_database(const std::string& path);

}  // namespace fettle::store
