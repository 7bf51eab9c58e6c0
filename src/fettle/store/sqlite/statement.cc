#include "fettle/store/sqlite/statement.h"

#include <errno.h>

#include "fettle/base/check.h"

namespace fettle::store {
namespace {

using Kind = DatabaseError::Kind;

Kind kind_of(sqlite3* database, int code) {
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return Kind::unique_violation;
    // The shared index is grown by a write of its own, which reports a full disk as this.
    case SQLITE_IOERR_SHMSIZE:
      return Kind::full;
    case SQLITE_IOERR_NOMEM:
      return Kind::other;
    default:
      break;
  }
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return Kind::constraint;
    case SQLITE_FULL:
      return Kind::full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Kind::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Kind::busy;
    case SQLITE_INTERRUPT:
      return Kind::interrupted;
    case SQLITE_IOERR: {
      const int cause = sqlite3_system_errno(database);
      return cause == ENOSPC || cause == EDQUOT ? Kind::full : Kind::io;
    }
    default:
      return Kind::other;
  }
}

class CurrentRow final : public Row {
 public:
  explicit CurrentRow(sqlite3_stmt* handle) : handle_(handle) {}
  [[nodiscard]] bool is_null(int column) const override {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
  }
  [[nodiscard]] std::int64_t integer(int column) const override {
    return sqlite3_column_int64(handle_, column);
  }
  [[nodiscard]] double real(int column) const override { return sqlite3_column_double(handle_, column); }
  [[nodiscard]] std::string text(int column) const override {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
    if (text == nullptr) return {};
    return {text, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
  }
  [[nodiscard]] Blob blob(int column) const override {
    const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle_, column));
    if (bytes == nullptr) return {};
    return {bytes, bytes + sqlite3_column_bytes(handle_, column)};
  }

 private:
  sqlite3_stmt* handle_;
};

int bind_one(sqlite3_stmt* handle, int index, const Param& param) {
  // An empty view may have no address, and SQLite takes a null address for NULL.
  switch (param.kind()) {
    case Param::Kind::null:
      return sqlite3_bind_null(handle, index);
    case Param::Kind::integer:
      return sqlite3_bind_int64(handle, index, param.integer());
    case Param::Kind::real:
      return sqlite3_bind_double(handle, index, param.real());
    case Param::Kind::text: {
      const char* text = param.text().empty() ? "" : param.text().data();
      return sqlite3_bind_text64(handle, index, text, param.text().size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    case Param::Kind::blob:
      if (param.blob().empty()) return sqlite3_bind_zeroblob(handle, index, 0);
      return sqlite3_bind_blob64(handle, index, param.blob().data(), param.blob().size(), SQLITE_STATIC);
  }
  return SQLITE_MISUSE;
}

}  // namespace

void throw_last_error(sqlite3* database, std::string_view doing) {
  const int code = sqlite3_extended_errcode(database);
  std::string what = sqlite3_errmsg(database);
  what += " (sqlite " + std::to_string(code) + ") in: ";
  what += doing.substr(0, 200);
  throw DatabaseError(kind_of(database, code), what);
}

Statement::Statement(sqlite3* database, std::string_view sql, unsigned flags) : database_(database) {
  const char* tail = nullptr;
  const int code =
      sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()), flags, &handle_, &tail);
  if (code != SQLITE_OK) throw_last_error(database, sql);
  FETTLE_CHECK(handle_ != nullptr, "an empty statement");
  const std::string_view rest(tail, static_cast<std::size_t>(sql.data() + sql.size() - tail));
  if (rest.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
    sqlite3_finalize(handle_);
    FETTLE_CHECK(false, "more than one statement in a call");
  }
}

Statement::~Statement() {
  sqlite3_finalize(handle_);
}

void Statement::bind(std::span<const Param> params) {
  FETTLE_CHECK(static_cast<int>(params.size()) == sqlite3_bind_parameter_count(handle_),
               sqlite3_sql(handle_));
  int index = 0;
  for (const Param& param : params) {
    if (bind_one(handle_, ++index, param) != SQLITE_OK) throw_last_error(database_, sqlite3_sql(handle_));
  }
}

std::int64_t Statement::run(std::span<const Param> params, const std::function<void(const Row&)>* row) {
  struct Reset {
    Statement& statement;
    explicit Reset(Statement& target) : statement(target) { statement.running_ = true; }
    ~Reset() {
      sqlite3_reset(statement.handle_);
      sqlite3_clear_bindings(statement.handle_);
      statement.running_ = false;
    }
    Reset(const Reset&) = delete;
    Reset& operator=(const Reset&) = delete;
  };
  const Reset reset(*this);
  bind(params);
  const CurrentRow current(handle_);
  while (true) {
    const int code = sqlite3_step(handle_);
    if (code == SQLITE_ROW) {
      if (row != nullptr) (*row)(current);
      continue;
    }
    if (code != SQLITE_DONE) throw_last_error(database_, sqlite3_sql(handle_));
    return sqlite3_stmt_readonly(handle_) != 0 ? 0 : sqlite3_changes64(database_);
  }
}

}  // namespace fettle::store
