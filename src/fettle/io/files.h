// Files as the journal, the outbox and the key stores see them. Calls block: they belong on a WorkQueue, or
// before the loop runs. The simulation's twin keeps what was not synced apart, loses it at a crash, fills up
// and fails on command.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fettle/base/result.h"

namespace fettle::io {

/// An open file. Errors: `unavailable` with reason "disk_full" for ENOSPC/EDQUOT, `io` for all else.
class File {
 public:
  virtual ~File() = default;
  virtual Result<> append(std::span<const std::uint8_t> bytes) = 0;
  /// Up to `size` bytes from `offset`; fewer at the end of the file.
  virtual Result<std::vector<std::uint8_t>> read(std::uint64_t offset, std::size_t size) = 0;
  /// fdatasync. After an error the file must not be trusted (R2): the caller ends the process.
  virtual Result<> sync() = 0;
  virtual Result<> truncate(std::uint64_t size) = 0;
  [[nodiscard]] virtual std::uint64_t size() const = 0;
};

enum class OpenMode : std::uint8_t { read, append_or_create };

class Files {
 public:
  virtual ~Files() = default;
  /// New files are 0600, new folders 0700.
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  /// With all folders above it. Their names are durable when it returns.
  virtual Result<> make_folders(const std::string& path) = 0;
  /// Names (not paths) of the entries, sorted; empty when the folder does not exist.
  virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;
  virtual Result<std::string> read_all(const std::string& path, std::size_t limit_bytes) = 0;  // not_found
  /// Write aside, sync, rename, sync the folder: after a crash the old or the new content, nothing between.
  /// 0600.
  virtual Result<> write_atomically(const std::string& path, std::string_view content) = 0;
  virtual Result<> remove(const std::string& path) = 0;  // no error when it is not there
  /// Makes created and removed names durable.
  virtual Result<> sync_folder(const std::string& folder) = 0;
  virtual Result<std::uint64_t> free_bytes(const std::string& path) = 0;
};

}  // namespace fettle::io
