#include "fettle/store/sqlite/reader_pool.h"

#include "fettle/base/check.h"
#include "fettle/store/sqlite/database_error.h"
#include "fettle/store/sqlite/sqlite_session.h"

namespace fettle::store {
namespace {

void end_snapshot(Connection& connection) {
  connection.clear_deadline();
  try {
    if (connection.in_transaction()) connection.run("ROLLBACK");
  } catch (const DatabaseError& fault) {
    ignore(fault.kind(), "the next BEGIN on this connection fails and says why");
  }
}

}  // namespace

ReaderPool::ReaderPool(const io::Clock& clock, std::vector<std::unique_ptr<Connection>> connections)
    : clock_(clock) {
  for (auto& connection : connections) slots_.push_back({std::move(connection), std::nullopt});
}

Result<> ReaderPool::read(const std::function<void(Session&)>& function) {
  Slot& slot = take();
  Connection& connection = *slot.connection;
  Result<> outcome;
  try {
    connection.set_deadline(clock_, clock_.mono_now() + soft_.load());
    connection.run("BEGIN");
    SqliteSession session(connection, nullptr);
    function(session);
  } catch (const DatabaseError& fault) {
    outcome = std::unexpected(to_error(fault));
  } catch (const std::exception& fault) {
    outcome = fail(ErrorCode::internal, "read_failed", fault.what());
  }
  end_snapshot(connection);
  if (!outcome && outcome.error().code == ErrorCode::timeout) {
    const std::lock_guard lock(mutex_);
    ++late_reads_;
  }
  give_back(slot);
  return outcome;
}

ReaderPool::Slot& ReaderPool::take() {
  const std::lock_guard lock(mutex_);
  for (Slot& slot : slots_) {
    if (slot.began) continue;
    slot.began = clock_.mono_now();
    return slot;
  }
  FETTLE_CHECK(false, "more readers than connections");
}

void ReaderPool::give_back(Slot& slot) {
  const std::lock_guard lock(mutex_);
  slot.began.reset();
}

void ReaderPool::sweep() {
  const std::lock_guard lock(mutex_);
  const MonoTime now = clock_.mono_now();
  const Nanos hard = soft_.load() + (kReadHard - kReadSoft);
  for (Slot& slot : slots_) {
    if (slot.began && now - *slot.began > hard) slot.connection->interrupt();
  }
}

void ReaderPool::interrupt_all() {
  const std::lock_guard lock(mutex_);
  for (Slot& slot : slots_) {
    if (slot.began) slot.connection->interrupt();
  }
}

std::uint64_t ReaderPool::late_reads() const {
  const std::lock_guard lock(mutex_);
  return late_reads_;
}

}  // namespace fettle::store
