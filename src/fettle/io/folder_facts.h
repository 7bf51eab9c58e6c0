// What `fettle doctor` asks the system about a folder, the clock and processes. Blocks; before or beside a
// loop.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "fettle/base/result.h"

namespace fettle::io {

struct FolderFacts {
  std::uint32_t owner = 0;
  std::string owner_name;                         // empty when nobody has the number
  std::uint32_t mode = 0;                         // permission bits
  std::uint64_t free_bytes = 0, all_bytes = 0;    // as df counts: what is reserved for root is in neither
  std::uint64_t free_inodes = 0, all_inodes = 0;  // 0 of 0 where there is no limit
  std::string kind;                               // "ext4", or the number in hex
  bool is_network = false;                        // locks and syncs cannot be relied on
  bool is_memory = false;                         // gone with the power
};

/// `not_found`; `io` when it is not a folder or cannot be looked at.
Result<FolderFacts> look_at_folder(const std::string& path);
bool is_folder(const std::string& path);
/// Permission bits of a file; nothing when it is not there.
std::optional<std::uint32_t> mode_of(const std::string& path);

/// Whether the kernel says that something keeps its clock right (adjtimex(2)); nothing when it does not say.
std::optional<bool> is_clock_synchronised();

/// The process that has the lock of file_lock.h at `path`; nothing when nobody has it, or it is not there.
std::optional<std::int64_t> holder_of_lock(const std::string& path);
/// RLIMIT_NOFILE of a process that we may look at, hard limit.
std::optional<std::uint64_t> file_limit_of(std::int64_t process);

std::uint32_t own_user();
/// A program in the folders of `path_variable`, as execvp would find it; empty when there is none.
std::string find_program(const std::string& name, const std::string& path_variable);

}  // namespace fettle::io
