#include "fettle/store/sqlite/pragmas.h"

namespace fettle::store {
namespace {

struct Pragma {
  std::string_view name;
  std::string_view value;
  std::string_view reads_back;
};

// Source: sqlite.org/pragma.html. The busy timeout is for foreign programs: inside the process nobody else
// writes.
constexpr std::array kEveryConnection{
    Pragma{"busy_timeout", "5000", "5000"},  // first, so that the others wait rather than fail
    Pragma{"journal_mode", "WAL", "wal"},
    Pragma{"synchronous", "FULL", "2"},
    Pragma{"foreign_keys", "ON", "1"},
    Pragma{"journal_size_limit", "67108864",
           "67108864"},                      // 64 MiB: what stays on disk after a reset of the log
    Pragma{"wal_autocheckpoint", "0", "0"},  // only the writer moves the log, and when it chooses to
    Pragma{"trusted_schema", "OFF", "0"},
    Pragma{"cell_size_check", "ON", "1"},
    Pragma{"temp_store", "MEMORY", "2"},
    Pragma{"mmap_size", "0", "0"},  // an I/O error of a mapped page is a signal, not an error
    Pragma{"secure_delete", "FAST", "2"},
};
// Negative: KiB. Together 12 MiB at most, half of what the idle server may have.
constexpr std::array kWriter{Pragma{"cache_size", "-8192", "-8192"}};
constexpr std::array kReader{Pragma{"cache_size", "-2048", "-2048"}, Pragma{"query_only", "ON", "1"}};

void apply(Connection& connection, const Pragma& pragma) {
  const std::string name(pragma.name);
  connection.run_script("PRAGMA " + name + "=" + std::string(pragma.value));
  const std::string found = connection.query_text("PRAGMA " + name);
  if (found == pragma.reads_back) return;
  throw DatabaseError(
      DatabaseError::Kind::other,
      "PRAGMA " + name + " reads back '" + found + "' instead of '" + std::string(pragma.reads_back) + "'");
}

}  // namespace

void apply_pragmas(Connection& connection, Role role) {
  for (const Pragma& pragma : kEveryConnection) apply(connection, pragma);
  switch (role) {
    case Role::writer:
      for (const Pragma& pragma : kWriter) apply(connection, pragma);
      break;
    case Role::reader:
      for (const Pragma& pragma : kReader) apply(connection, pragma);
      break;
  }
}

}  // namespace fettle::store
