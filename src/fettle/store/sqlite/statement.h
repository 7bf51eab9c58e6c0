// One prepared statement: binding, stepping, columns. Internal to the sqlite folder.
#pragma once
#include <sqlite3.h>

#include <span>
#include <string_view>

#include "fettle/store/session.h"

namespace fettle::store {

/// Throws the DatabaseError for the connection's last error.
[[noreturn]] void throw_last_error(sqlite3* database, std::string_view doing);

class Statement {
 public:
  /// `persistent` statements are kept in the connection's cache.
  Statement(sqlite3* database, std::string_view sql, unsigned flags);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// Binds, steps to the end, resets. Rows changed.
  std::int64_t run(std::span<const Param> params, const std::function<void(const Row&)>* row);
  [[nodiscard]] bool is_running() const { return running_; }

 private:
  void bind(std::span<const Param> params);

  sqlite3* database_;
  sqlite3_stmt* handle_ = nullptr;
  bool running_ = false;
};

}  // namespace fettle::store
