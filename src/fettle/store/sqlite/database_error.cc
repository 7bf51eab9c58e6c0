#include "fettle/store/sqlite/database_error.h"

namespace fettle::store {
namespace {

constexpr std::int64_t kFullRetrySeconds = 5;

}  // namespace

Error to_error(const DatabaseError& fault) {
  const std::string what = fault.what();
  switch (fault.kind()) {
    case DatabaseError::Kind::unique_violation:
      return {ErrorCode::conflict, "unique_violation", what, {}, 0};
    case DatabaseError::Kind::constraint:
      return {ErrorCode::internal, "constraint", what, {}, 0};
    case DatabaseError::Kind::full:
      return {ErrorCode::unavailable,
              "disk_full",
              "the disk is full; nothing was written",
              {},
              kFullRetrySeconds};
    case DatabaseError::Kind::io:
      return {ErrorCode::io, "store_failed", what, {}, 0};
    case DatabaseError::Kind::corrupt:
      return {ErrorCode::corrupt, "store_corrupt", what, {}, 0};
    case DatabaseError::Kind::busy:
      return {ErrorCode::unavailable, "store_busy", "another program holds the database: " + what, {}, 1};
    case DatabaseError::Kind::interrupted:
      return {ErrorCode::timeout, "read_timeout", what, {}, 0};
    case DatabaseError::Kind::other:
      return {ErrorCode::internal, "database_error", what, {}, 0};
  }
  return {};
}

}  // namespace fettle::store
