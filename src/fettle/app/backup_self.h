// A copy of a server's own data folder, taken while the server works or while it is stopped, as the bytes of
// one archive (docs/backup-self.md). Pulled in pieces, so that memory stays bounded and whoever writes them
// away sets the pace. Blocks; any one thread at a time.
//
// The order is what makes it whole: first the journal, then the database, then everything else. An
// acknowledgement needs both journal and store on disk, so what was acknowledged before the copy began is in
// each when its turn comes. The database comes after the journal, so it knows every host that the journal
// speaks of, and whatever a sample changed in it. What leaves the journal meanwhile has been sealed into
// files that are copied later.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "fettle/base/result.h"
#include "fettle/base/time.h"

namespace fettle::app {

struct BackupProgress {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;    // of them, read so far
  std::uint64_t archive = 0;  // bytes given out
};

class SelfBackup {
 public:
  /// `scratch` is a folder with room for the database; the same file system as nothing in particular.
  SelfBackup(std::string data_folder, std::string scratch, WallTime now);
  ~SelfBackup();
  SelfBackup(const SelfBackup&) = delete;
  SelfBackup& operator=(const SelfBackup&) = delete;

  /// The next bytes of the archive, perhaps none yet; nullopt after the last. Errors: `not_found`
  /// ("no_database"), `io`, `unavailable` ("disk_full").
  Result<std::optional<std::string>> next();
  [[nodiscard]] BackupProgress progress() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Copies of the database that a process which was killed left in its scratch folder.
void remove_left_copies(const std::string& scratch);

/// The master key's name for itself ("a1b2..."), empty when the folder has none.
Result<std::string> master_key_id(const std::string& path);

/// What is written last into the archive: which files it holds, from which version, and which key they need.
inline constexpr std::string_view kManifestName = "manifest.json";
inline constexpr int kBackupFormat = 1;
inline constexpr std::string_view kMasterKeyFile = "master-key";
inline constexpr std::string_view kDatabaseFile = "fettle.db";
/// Where the server's own upkeep keeps copies, unless it is told another folder.
inline constexpr std::string_view kCopyFolder = "copies";

}  // namespace fettle::app
