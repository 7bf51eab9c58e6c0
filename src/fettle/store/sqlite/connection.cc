#include "fettle/store/sqlite/connection.h"

#include <sqlite3.h>

#include "fettle/base/check.h"
#include "fettle/store/sqlite/pragmas.h"
#include "fettle/store/sqlite/statement.h"

namespace fettle::store {
namespace {

constexpr std::size_t kMostStatements = 512;  // kept per connection; more than all repos have together
constexpr int kProgressSteps =
    4000;  // of the virtual machine between two looks at the clock: well under 1 ms
constexpr std::uint64_t kWalHeaderBytes = 32;  // Source: sqlite.org/fileformat2.html, 4.1
constexpr std::uint64_t kWalFrameBytes = 24;

}  // namespace

struct Connection::Impl {
  sqlite3* database = nullptr;
  Role role = Role::writer;
  std::atomic<std::uint64_t>* statements = nullptr;
  std::unordered_map<std::string, std::unique_ptr<Statement>> cache;
  std::uint64_t page_bytes = 0;
  std::uint64_t wal_pages = 0;
  const io::Clock* clock = nullptr;
  MonoTime deadline;
  std::optional<DatabaseError> disk_failure;

  Impl() = default;
  ~Impl() {
    cache.clear();
    FETTLE_CHECK(sqlite3_close(database) == SQLITE_OK, "a statement outlives its connection");
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::int64_t run(std::string_view sql, std::span<const Param> params,
                   const std::function<void(const Row&)>* row);
  [[nodiscard]] bool is_late() const { return clock != nullptr && clock->mono_now() > deadline; }
  void configure() const {
    sqlite3_extended_result_codes(database, 1);
    for (const int setting : {SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_DQS_DML,
                              SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION}) {
      sqlite3_db_config(database, setting, 0, nullptr);
    }
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  }
};

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::open(const ConnectionOptions& options,
                                                     std::atomic<std::uint64_t>& statements) {
  auto impl = std::make_unique<Impl>();
  impl->statements = &statements;
  impl->role = options.role;
  // A reader of a write-ahead log needs to write the shared index; query_only keeps it from writing anything
  // else.
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
  if (options.role == Role::writer) flags |= SQLITE_OPEN_CREATE;
  const char* vfs = options.vfs.empty() ? nullptr : options.vfs.c_str();
  try {
    if (sqlite3_open_v2(options.path.c_str(), &impl->database, flags, vfs) != SQLITE_OK) {
      throw_last_error(impl->database, "open " + options.path);
    }
    impl->configure();
    Impl* const inner = impl.get();
    std::unique_ptr<Connection> connection(new Connection(std::move(impl)));
    if (options.role == Role::writer && connection->query_integer("PRAGMA page_count") == 0) {
      // Only takes effect in a file that is still empty: free pages can then be given back in small steps.
      connection->run_script("PRAGMA auto_vacuum=INCREMENTAL");
    }
    apply_pragmas(*connection, options.role);
    inner->page_bytes = static_cast<std::uint64_t>(connection->query_integer("PRAGMA page_size"));
    if (options.role == Role::reader)
      sqlite3_db_config(inner->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_wal_hook(
        inner->database,
        [](void* argument, sqlite3*, const char*, int pages) {
          static_cast<Impl*>(argument)->wal_pages = static_cast<std::uint64_t>(pages);
          return SQLITE_OK;
        },
        inner);
    return connection;
  } catch (const DatabaseError& error) {
    const bool is_full = error.kind() == DatabaseError::Kind::full;
    return fail(is_full ? ErrorCode::unavailable : ErrorCode::io, is_full ? "disk_full" : "database_unusable",
                options.path + ": " + error.what());
  }
}

std::int64_t Connection::run(std::string_view sql, std::span<const Param> params,
                             const std::function<void(const Row&)>* row) {
  if (impl_->is_late())
    throw DatabaseError(DatabaseError::Kind::interrupted, "out of time before: " + std::string(sql));
  impl_->statements->fetch_add(1, std::memory_order_relaxed);
  try {
    return impl_->run(sql, params, row);
  } catch (const DatabaseError& fault) {
    if (fault.kind() == DatabaseError::Kind::io && !impl_->disk_failure) impl_->disk_failure = fault;
    throw;
  }
}

std::int64_t Connection::Impl::run(std::string_view sql, std::span<const Param> params,
                                   const std::function<void(const Row&)>* row) {
  const std::string key(sql);
  auto found = cache.find(key);
  if (found == cache.end()) {
    if (cache.size() >= kMostStatements) {
      std::erase_if(cache, [](const auto& entry) { return !entry.second->is_running(); });
    }
    auto statement = std::make_unique<Statement>(database, sql, SQLITE_PREPARE_PERSISTENT);
    found = cache.emplace(key, std::move(statement)).first;
  } else if (found->second->is_running()) {
    return Statement(database, sql, 0).run(params, row);  // used inside its own row function
  }
  return found->second->run(params, row);
}

const std::optional<DatabaseError>& Connection::disk_failure() const {
  return impl_->disk_failure;
}

bool Connection::is_reserved(std::string_view sql) {
  constexpr std::array<std::string_view, 9> kReserved{"BEGIN",   "COMMIT", "END",    "ROLLBACK", "SAVEPOINT",
                                                      "RELEASE", "PRAGMA", "ATTACH", "DETACH"};
  const auto begin = sql.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return true;
  sql.remove_prefix(begin);
  return std::any_of(kReserved.begin(), kReserved.end(), [&](std::string_view word) {
    if (sql.size() < word.size()) return false;
    return std::equal(word.begin(), word.end(), sql.begin(),
                      [](char upper, char c) { return (c & ~0x20) == upper; });
  });
}

void Connection::run_script(std::string_view sql) {
  while (sql.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
    sqlite3_stmt* handle = nullptr;
    const char* tail = nullptr;
    if (sqlite3_prepare_v2(impl_->database, sql.data(), static_cast<int>(sql.size()), &handle, &tail) !=
        SQLITE_OK) {
      throw_last_error(impl_->database, sql);
    }
    int code = handle == nullptr ? SQLITE_DONE : SQLITE_ROW;  // no handle: only a comment was left
    while (code == SQLITE_ROW) code = sqlite3_step(handle);
    sqlite3_finalize(handle);
    if (code != SQLITE_DONE) throw_last_error(impl_->database, sql);
    impl_->statements->fetch_add(1, std::memory_order_relaxed);
    sql.remove_prefix(static_cast<std::size_t>(tail - sql.data()));
  }
}

std::int64_t Connection::query_integer(std::string_view sql) {
  std::int64_t value = 0;
  const std::function<void(const Row&)> take = [&](const Row& row) { value = row.integer(0); };
  Statement(impl_->database, sql, 0).run({}, &take);
  return value;
}

std::string Connection::query_text(std::string_view sql) {
  std::string value;
  const std::function<void(const Row&)> take = [&](const Row& row) { value = row.text(0); };
  Statement(impl_->database, sql, 0).run({}, &take);
  return value;
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(impl_->database) == 0;
}

CheckpointResult Connection::checkpoint(CheckpointMode mode) {
  FETTLE_CHECK(impl_->role == Role::writer, "only the writer moves the log");
  const int native =
      mode == CheckpointMode::truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  const auto timeout = static_cast<int>(query_integer("PRAGMA busy_timeout"));
  sqlite3_busy_timeout(impl_->database, 0);
  int log_frames = 0;
  int moved_frames = 0;
  const int code = sqlite3_wal_checkpoint_v2(impl_->database, nullptr, native, &log_frames, &moved_frames);
  sqlite3_busy_timeout(impl_->database, timeout);
  impl_->statements->fetch_add(1, std::memory_order_relaxed);
  const bool is_busy = (code & 0xff) == SQLITE_BUSY;
  if (code != SQLITE_OK && !is_busy) throw_last_error(impl_->database, "checkpoint");
  if (mode == CheckpointMode::truncate && !is_busy) impl_->wal_pages = 0;
  return {
      .busy = is_busy || log_frames != moved_frames, .log_frames = log_frames, .moved_frames = moved_frames};
}

std::uint64_t Connection::wal_bytes() const {
  if (impl_->wal_pages == 0) return 0;
  return kWalHeaderBytes + impl_->wal_pages * (impl_->page_bytes + kWalFrameBytes);
}

void Connection::set_deadline(const io::Clock& clock, MonoTime deadline) {
  impl_->clock = &clock;
  impl_->deadline = deadline;
  sqlite3_progress_handler(
      impl_->database, kProgressSteps,
      [](void* argument) { return static_cast<Impl*>(argument)->is_late() ? 1 : 0; }, impl_.get());
}

void Connection::clear_deadline() {
  impl_->clock = nullptr;
  sqlite3_progress_handler(impl_->database, 0, nullptr, nullptr);
}

void Connection::interrupt() {
  sqlite3_interrupt(impl_->database);
}

void Connection::leave_log_on_close() {
  sqlite3_db_config(impl_->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

}  // namespace fettle::store
