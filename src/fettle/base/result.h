// What a correct program meets (bad input, not found, conflict, offline, timeout): a value, not an exception.
// Exceptions stay for libraries and faults of our own; they are caught in the task scope, the dispatcher and
// main.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fettle {

/// The kinds of refusal that callers tell apart; `net` maps each to one HTTP status.
enum class ErrorCode : std::uint8_t {
  invalid_input,        // cannot be read at all: 400
  unauthenticated,      // 401
  forbidden,            // 403
  not_found,            // 404
  conflict,             // 409
  gone,                 // 410
  precondition_failed,  // changed since it was read (If-Match): 412
  too_large,            // 413
  unsupported,          // 415
  unprocessable,        // read, but a field is wrong: 422
  rate_limited,         // 429
  unavailable,          // queue full, disk full, shutting down: 503
  timeout,
  cancelled,
  closed,
  io,
  corrupt,
  internal,
};

/// One input field that is wrong: `pointer` is a JSON pointer such as "/body/name".
struct FieldError {
  std::string pointer;
  std::string detail;
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string reason;  // stable snake_case word for programs, e.g. "setup_token_wrong"
  std::string detail;  // a sentence for people: what is wrong and what is allowed
  std::vector<FieldError> fields;
  std::int64_t retry_after_s = 0;  // for rate_limited and unavailable
};

template <class T = void>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string_view reason,
                                                 std::string detail) {
  return std::unexpected(Error{code, std::string(reason), std::move(detail), {}, 0});
}

/// A field that was read but is not allowed (422); `pointer` as in FieldError.
[[nodiscard]] inline std::unexpected<Error> fail_field(std::string pointer, std::string detail) {
  return std::unexpected(
      Error{ErrorCode::unprocessable, "invalid_field", detail, {FieldError{std::move(pointer), detail}}, 0});
}

/// States that a result is of no interest here, and why.
template <class T>
void ignore(const T& /*result*/, std::string_view /*why*/) {}

}  // namespace fettle

/// `FETTLE_TRY(auto value, expression)`: the value, or return (co_return) its error from this function.
#define FETTLE_CONCAT_INNER(a, b) a##b
#define FETTLE_CONCAT(a, b) FETTLE_CONCAT_INNER(a, b)
#define FETTLE_TRY_WITH(keyword, result, declaration, ...)         \
  auto result = (__VA_ARGS__);                                     \
  if (!result) keyword std::unexpected(std::move(result).error()); \
  declaration = std::move(*result)
#define FETTLE_TRY(declaration, ...) \
  FETTLE_TRY_WITH(return, FETTLE_CONCAT(result_, __LINE__), declaration, __VA_ARGS__)
#define FETTLE_CO_TRY(declaration, ...) \
  FETTLE_TRY_WITH(co_return, FETTLE_CONCAT(result_, __LINE__), declaration, __VA_ARGS__)
