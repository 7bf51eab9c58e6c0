#include "fettle/store/sqlite/database_copy.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "fettle/store/migrations.h"

namespace fettle::store {
namespace {

constexpr int kStepPages = 1024;  // 4 MiB of the usual page
constexpr int kBusyTimeoutMs = 5'000;

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

std::unexpected<Error> failed(sqlite3* database, int code, const std::string& path) {
  if ((code & 0xff) == SQLITE_FULL) {
    return fail(ErrorCode::unavailable, "disk_full", "the disk is full: " + path);
  }
  return fail(ErrorCode::io, "database_copy", path + ": " + sqlite3_errmsg(database));
}

Result<Database> open_database(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database database(raw);
  if (code != SQLITE_OK) return failed(raw, code, path);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  // Only the server's writer moves the log; closing here must not.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return database;
}

int run(sqlite3* database, const char* sql) {
  return sqlite3_exec(database, sql, nullptr, nullptr, nullptr);
}

/// The first column of the first row; empty when there is none or the statement fails.
std::string text_of(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  std::string out;
  if (sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW) {
    if (const unsigned char* text = sqlite3_column_text(statement, 0)) {
      out = reinterpret_cast<const char*>(text);
    }
  }
  sqlite3_finalize(statement);
  return out;
}

/// Private from its first byte, and not over something that is there.
Result<> make_private_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail(ErrorCode::io, "database_copy", path + ": " + std::strerror(errno));
  ::close(descriptor);
  return {};
}

}  // namespace

struct DatabaseCopy::Impl {
  std::string source_path, target_path;
  Database source, target;
  sqlite3_backup* backup = nullptr;
  ~Impl() {
    if (backup != nullptr) sqlite3_backup_finish(backup);
  }
};

DatabaseCopy::DatabaseCopy(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DatabaseCopy::~DatabaseCopy() = default;

Result<std::unique_ptr<DatabaseCopy>> DatabaseCopy::begin(const std::string& source,
                                                          const std::string& target) {
  if (::access(source.c_str(), F_OK) != 0) {
    return fail(ErrorCode::not_found, "no_database", source + ": there is no such file");
  }
  if (auto made = make_private_file(target); !made) return std::unexpected(std::move(made).error());
  auto impl = std::make_unique<Impl>();
  impl->source_path = source;
  impl->target_path = target;
  // A reader of a write-ahead log needs to write the shared index; query_only keeps it from writing more.
  FETTLE_TRY(impl->source, open_database(source, SQLITE_OPEN_READWRITE));
  FETTLE_TRY(impl->target, open_database(target, SQLITE_OPEN_READWRITE));
  sqlite3* from = impl->source.get();
  // The read transaction is the snapshot: without it the copy would begin anew after each foreign write.
  for (const char* sql : {"PRAGMA query_only=1", "BEGIN", "SELECT count(*) FROM sqlite_schema"}) {
    if (const int code = run(from, sql); code != SQLITE_OK) return failed(from, code, source);
  }
  // Synced once, when it is whole.
  if (const int code = run(impl->target.get(), "PRAGMA synchronous=OFF"); code != SQLITE_OK) {
    return failed(impl->target.get(), code, target);
  }
  impl->backup = sqlite3_backup_init(impl->target.get(), "main", from, "main");
  if (impl->backup == nullptr) return failed(impl->target.get(), SQLITE_ERROR, target);
  return std::unique_ptr<DatabaseCopy>(new DatabaseCopy(std::move(impl)));
}

Result<bool> DatabaseCopy::step() {
  const int code = sqlite3_backup_step(impl_->backup, kStepPages);
  if (code == SQLITE_OK) return false;
  if (code != SQLITE_DONE) return failed(impl_->target.get(), code, impl_->target_path);
  sqlite3_backup_finish(std::exchange(impl_->backup, nullptr));
  run(impl_->source.get(), "COMMIT");
  impl_->source.reset();
  impl_->target.reset();
  return true;
}

Result<int> check_database(const std::string& path) {
  FETTLE_TRY(const Database database, open_database(path, SQLITE_OPEN_READONLY));
  if (text_of(database.get(), "PRAGMA application_id") != std::to_string(kApplicationId)) {
    return fail(ErrorCode::conflict, "store_foreign", path + " is no database that Fettle made");
  }
  if (const std::string found = text_of(database.get(), "PRAGMA integrity_check(1)"); found != "ok") {
    return fail(ErrorCode::corrupt, "bad_database", path + " is damaged: " + found);
  }
  const std::string version = text_of(database.get(), "PRAGMA user_version");
  return version.empty() ? 0 : std::stoi(version);
}

}  // namespace fettle::store
