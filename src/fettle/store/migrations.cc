#include "fettle/store/migrations.h"

#include <algorithm>
#include <charconv>

#include "fettle/base/check.h"
#include "fettle/store/sqlite/connection.h"

namespace fettle::store {
namespace {

constexpr std::string_view kCreateHistory =
    "CREATE TABLE IF NOT EXISTS schema_history (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT";
constexpr std::string_view kRecord = "INSERT INTO schema_history (number, name) VALUES (?1, ?2)";
constexpr std::string_view kTableCount = "SELECT count(*) FROM sqlite_schema";
constexpr std::string_view kBrokenReferences = "SELECT count(*) FROM pragma_foreign_key_check";

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
}

Result<> copy_aside(Connection& connection, io::Files& files, const std::string& path,
                    const std::string& copy) {
  // One from an interrupted attempt may be half there: it is made anew. Made empty first, so that it is
  // private from its first byte; VACUUM INTO takes an empty file.
  if (auto removed = files.remove(copy); !removed) return removed;
  FETTLE_TRY(auto file, files.open(copy, io::OpenMode::append_or_create));
  const Param target(copy);
  connection.run("VACUUM INTO ?1", {&target, 1});
  if (auto synced = file->sync(); !synced) return synced;
  return files.sync_folder(folder_of(path));
}

/// "<name>.before-<number>" in the folder of the database, the oldest first.
std::vector<std::pair<int, std::string>> find_copies(io::Files& files, const std::string& path) {
  const std::string beginning = path.substr(path.rfind('/') + 1) + ".before-";
  std::vector<std::pair<int, std::string>> copies;
  const auto names = files.list(folder_of(path));
  for (const std::string& name : names.value_or(std::vector<std::string>{})) {
    if (!name.starts_with(beginning)) continue;
    int number = 0;
    const char* const end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data() + beginning.size(), end, number);
    if (parsed.ec == std::errc() && parsed.ptr == end)
      copies.emplace_back(number, folder_of(path) + "/" + name);
  }
  std::ranges::sort(copies);
  return copies;
}

/// After a success, so that whoever is stopped before it has lost no copy.
void drop_old_copies(io::Files& files, const std::string& path) {
  const auto copies = find_copies(files, path);
  for (std::size_t i = 0; i + kCopiesKept < copies.size(); ++i)
    ignore(files.remove(copies[i].second), "tried again after the next migration; it only takes space");
}

void apply_all(Connection& connection, std::span<const Migration> migrations) {
  connection.run("BEGIN IMMEDIATE");
  connection.run_script("PRAGMA application_id=" + std::to_string(kApplicationId));
  connection.run_script(kCreateHistory);
  for (const Migration& migration : migrations) {
    connection.run_script(migration.sql);
    const std::array<Param, 2> params{Param(migration.number), Param(migration.name)};
    connection.run(kRecord, params);
    connection.run_script("PRAGMA user_version=" + std::to_string(migration.number));
  }
  if (connection.query_integer(kBrokenReferences) != 0) {
    throw DatabaseError(DatabaseError::Kind::constraint, "a migration leaves rows that point at nothing");
  }
  connection.run("COMMIT");
}

Result<> apply_or_roll_back(Connection& connection, std::span<const Migration> migrations) {
  // A table can only be rebuilt with the checks off, and they can only be switched outside a transaction.
  connection.run_script("PRAGMA foreign_keys=OFF");
  Result<> outcome;
  try {
    apply_all(connection, migrations);
  } catch (const DatabaseError& error) {
    if (connection.in_transaction()) connection.run("ROLLBACK");
    const bool is_full = error.kind() == DatabaseError::Kind::full;
    outcome = fail(is_full ? ErrorCode::unavailable : ErrorCode::internal,
                   is_full ? "disk_full" : "migration_failed", error.what());
  }
  connection.run_script("PRAGMA foreign_keys=ON");
  return outcome;
}

Result<> migrate_checked(Connection& connection, io::Files& files, const std::string& path,
                         std::span<const Migration> migrations) {
  const std::int64_t owner = connection.query_integer("PRAGMA application_id");
  const std::int64_t version = connection.query_integer("PRAGMA user_version");
  const bool is_empty = connection.query_integer(kTableCount) == 0;
  if (owner != kApplicationId && !is_empty) {
    return fail(ErrorCode::conflict, "store_foreign",
                path + " is an SQLite database, but not one that Fettle made");
  }
  const auto newest = static_cast<std::int64_t>(migrations.size());
  if (version > newest) {
    return fail(ErrorCode::conflict, "store_newer",
                path + " was written by a newer Fettle (schema " + std::to_string(version) +
                    ", this one knows " + std::to_string(newest) +
                    "); start that version, or restore the copy from before the update");
  }
  if (version == newest && !is_empty) return {};
  const auto todo = migrations.subspan(static_cast<std::size_t>(version));
  if (!is_empty) {
    const std::string copy = path + ".before-" + std::to_string(todo.front().number);
    if (auto copied = copy_aside(connection, files, path, copy); !copied) return copied;
  }
  auto applied = apply_or_roll_back(connection, todo);
  if (applied) drop_old_copies(files, path);
  return applied;
}

}  // namespace

Result<> migrate(Connection& connection, io::Files& files, const std::string& path,
                 std::span<const Migration> migrations) {
  int expected = 1;
  for (const Migration& migration : migrations) FETTLE_CHECK(migration.number == expected++, migration.name);
  try {
    return migrate_checked(connection, files, path, migrations);
  } catch (const DatabaseError& error) {
    const bool is_full = error.kind() == DatabaseError::Kind::full;
    return fail(is_full ? ErrorCode::unavailable : ErrorCode::io, is_full ? "disk_full" : "database_unusable",
                path + ": " + error.what());
  }
}

}  // namespace fettle::store
