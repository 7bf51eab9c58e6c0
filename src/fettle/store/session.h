// Statements on one database connection, as the repos see them. A Session belongs to the writer's or a
// reader's thread for the length of one call; it is never kept. Errors of the database throw DatabaseError,
// which only `store` catches.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "fettle/io/task.h"

namespace fettle::store {

using Blob = std::vector<std::uint8_t>;

/// What a statement failed with; `kind` is what callers may tell apart.
class DatabaseError : public std::runtime_error {
 public:
  enum class Kind : std::uint8_t {
    unique_violation,
    constraint,
    full,
    io,
    corrupt,
    busy,
    interrupted,
    other
  };
  DatabaseError(Kind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  [[nodiscard]] Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

/// One bound parameter: null, integer, real, text or blob. Views must live until the call returns.
class Param {
 public:
  enum class Kind : std::uint8_t { null, integer, real, text, blob };
  Param(std::nullopt_t) : kind_(Kind::null) {}
  Param(std::int64_t value) : kind_(Kind::integer), integer_(value) {}
  Param(int value) : kind_(Kind::integer), integer_(value) {}
  Param(std::uint32_t value) : kind_(Kind::integer), integer_(value) {}
  Param(bool value) : kind_(Kind::integer), integer_(value ? 1 : 0) {}
  Param(double value) : kind_(Kind::real), real_(value) {}
  Param(std::string_view text) : kind_(Kind::text), text_(text) {}
  Param(const std::string& text) : kind_(Kind::text), text_(text) {}
  Param(const char* text) : kind_(Kind::text), text_(text) {}
  Param(std::span<const std::uint8_t> blob) : kind_(Kind::blob), blob_(blob) {}
  Param(const Blob& blob) : kind_(Kind::blob), blob_(blob) {}
  template <class T>
  Param(const std::optional<T>& value) : Param(value ? Param(*value) : Param(std::nullopt)) {}

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] std::int64_t integer() const { return integer_; }
  [[nodiscard]] double real() const { return real_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::span<const std::uint8_t> blob() const { return blob_; }

 private:
  Kind kind_;
  std::int64_t integer_ = 0;
  double real_ = 0;
  std::string_view text_;
  std::span<const std::uint8_t> blob_;
};

/// The current row of a query; columns from 0. Valid inside the row function only.
class Row {
 public:
  virtual ~Row() = default;
  [[nodiscard]] virtual bool is_null(int column) const = 0;
  [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
  [[nodiscard]] virtual double real(int column) const = 0;
  [[nodiscard]] virtual std::string text(int column) const = 0;
  [[nodiscard]] virtual Blob blob(int column) const = 0;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const {
    return is_null(column) ? std::nullopt : std::optional(integer(column));
  }
  [[nodiscard]] std::optional<std::string> optional_text(int column) const {
    return is_null(column) ? std::nullopt : std::optional(text(column));
  }
};

class Session {
 public:
  virtual ~Session() = default;

  /// Runs one statement; prepared once per connection and kept. `sql` must be a literal or a constant (it is
  /// the cache key). Returns the number of rows changed.
  std::int64_t execute(std::string_view sql, std::initializer_list<Param> params = {}) {
    return run(sql, {params.begin(), params.size()}, nullptr);
  }
  /// Calls `row` for each row of the answer, in order.
  void query(std::string_view sql, std::initializer_list<Param> params,
             const std::function<void(const Row&)>& row) {
    run(sql, {params.begin(), params.size()}, &row);
  }
  /// The same for parameter lists that are built at run time.
  virtual std::int64_t run(std::string_view sql, std::span<const Param> params,
                           const std::function<void(const Row&)>* row) = 0;

  /// First row through `convert`, or nullopt.
  template <class F>
  auto query_one(std::string_view sql, std::initializer_list<Param> params, F convert)
      -> std::optional<decltype(convert(std::declval<const Row&>()))> {
    std::optional<decltype(convert(std::declval<const Row&>()))> out;
    query(sql, params, [&](const Row& row) {
      if (!out) out = convert(row);
    });
    return out;
  }
  template <class F>
  auto query_all(std::string_view sql, std::initializer_list<Param> params, F convert)
      -> std::vector<decltype(convert(std::declval<const Row&>()))> {
    std::vector<decltype(convert(std::declval<const Row&>()))> out;
    query(sql, params, [&](const Row& row) { out.push_back(convert(row)); });
    return out;
  }

  /// Runs `function` on the loop after this piece's group is durable, in commit order, whatever became of the
  /// caller. This is how services publish. Dropped when the piece fails. Writer only.
  virtual void after_commit(Callback function) = 0;
};

}  // namespace fettle::store
