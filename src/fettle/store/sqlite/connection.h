// One connection to an SQLite file with its prepared statements. Used by one thread at a time; interrupt()
// from any. Every connection gets the same pragmas and reads them back. Errors of statements throw
// DatabaseError.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "fettle/base/result.h"
#include "fettle/base/time.h"
#include "fettle/io/clock.h"
#include "fettle/store/session.h"

namespace fettle::store {

enum class Role : std::uint8_t { writer, reader };
enum class CheckpointMode : std::uint8_t { passive, truncate };

struct CheckpointResult {
  bool busy = false;  // a reader held it up, or the backfill is not complete
  std::int64_t log_frames = 0;
  std::int64_t moved_frames = 0;
};

struct ConnectionOptions {
  std::string path;
  std::string vfs;  // empty: the system's
  Role role = Role::writer;
};

class Connection {
 public:
  /// `statements` counts every statement run. The writer creates the file; a reader needs it there.
  static Result<std::unique_ptr<Connection>> open(const ConnectionOptions& options,
                                                  std::atomic<std::uint64_t>& statements);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// One statement, prepared once and kept. Rows changed; `row` may be null.
  std::int64_t run(std::string_view sql, std::span<const Param> params = {},
                   const std::function<void(const Row&)>* row = nullptr);
  /// True for BEGIN, COMMIT, PRAGMA, ATTACH and the like, which no piece of work may run itself.
  static bool is_reserved(std::string_view sql);
  /// Several statements without parameters, as migrations have them.
  void run_script(std::string_view sql);
  /// First column of the first row; 0 or empty when there is none. Not kept in the cache.
  std::int64_t query_integer(std::string_view sql);
  std::string query_text(std::string_view sql);

  [[nodiscard]] bool in_transaction() const;
  /// The first I/O error of any statement, even if somebody caught it.
  [[nodiscard]] const std::optional<DatabaseError>& disk_failure() const;
  /// The writer's alone. Busy timeout 0 while it lasts: it never waits for a reader.
  CheckpointResult checkpoint(CheckpointMode mode);
  /// Size of the write-ahead log's live part after the last commit of this connection.
  [[nodiscard]] std::uint64_t wal_bytes() const;

  /// Statements fail with `interrupted` once the clock is past `deadline`. `clock` must be readable from this
  /// thread.
  void set_deadline(const io::Clock& clock, MonoTime deadline);
  void clear_deadline();
  void interrupt();
  /// Closing moves nothing and keeps the log: for a connection whose disk has failed.
  void leave_log_on_close();

 private:
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace fettle::store
