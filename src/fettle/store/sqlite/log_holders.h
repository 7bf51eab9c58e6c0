// Who keeps the write-ahead log from being moved: other processes with a snapshot open, as the kernel's table
// of file locks shows. Linux, as far as it can be seen from here (a process in another PID namespace has no
// number). Blocks: not on the loop.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fettle::store {

/// Process numbers in `table` (/proc/locks) that hold a reader's lock on the shared index with this inode,
/// each once.
std::vector<std::int64_t> parse_log_holders(std::string_view table, std::uint64_t index_inode);

/// "backup.py (1234), sqlite3 (99)", without this process; "unknown" when none can be seen.
std::string find_log_holders(const std::string& database_path);

}  // namespace fettle::store
