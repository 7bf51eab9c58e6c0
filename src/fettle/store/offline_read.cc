#include "fettle/store/offline_read.h"

#include <atomic>
#include <filesystem>

#include "fettle/store/sqlite/database_error.h"
#include "fettle/store/sqlite/sqlite_session.h"

namespace fettle::store {

Result<> read_offline(const std::string& path, const std::function<void(Session&)>& function) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return fail(ErrorCode::not_found, "no_database", "there is no database " + path);
  }
  std::atomic<std::uint64_t> statements{0};
  const ConnectionOptions options{.path = path, .vfs = {}, .role = Role::reader};
  FETTLE_TRY(const auto connection, Connection::open(options, statements));
  Result<> outcome;
  try {
    connection->run("BEGIN");
    SqliteSession session(*connection, nullptr);
    function(session);
  } catch (const DatabaseError& fault) {
    outcome = std::unexpected(to_error(fault));
  }
  try {
    if (connection->in_transaction()) connection->run("ROLLBACK");
  } catch (const DatabaseError& fault) {
    ignore(fault.kind(), "the connection closes, and its snapshot with it");
  }
  return outcome;
}

}  // namespace fettle::store
