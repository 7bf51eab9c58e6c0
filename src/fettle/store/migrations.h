// Numbered, forward-only changes of the schema. The app collects them from the modules; the store brings a
// database up to the newest at start, after a copy, in one transaction: killed anywhere it ends at the old or
// the new version.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/io/files.h"

namespace fettle::store {

class Connection;

/// Copies from before migrations that stay; older ones go after the next success.
inline constexpr std::size_t kCopiesKept = 3;

struct Migration {
  int number;             // 1, 2, 3 ... without gaps
  std::string_view name;  // one word for people
  std::string_view sql;   // several statements; constants of the program
};

inline constexpr std::int64_t kApplicationId = 0x46544C45;  // "FTLE": says whose database this is

/// Errors: `conflict` "store_newer" (made by a newer Fettle), `conflict` "store_foreign" (not ours),
/// `internal` "migration_failed"; and what making the copy `<path>.before-<number>` failed with.
Result<> migrate(Connection& connection, io::Files& files, const std::string& path,
                 std::span<const Migration> migrations);

}  // namespace fettle::store
