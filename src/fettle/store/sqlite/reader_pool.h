// Query-only connections for the readers' threads. A read is a snapshot that ends by itself after kReadSoft
// and is interrupted after kReadHard. Thread safe; open and close while nobody reads.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "fettle/store/sqlite/connection.h"

namespace fettle::store {

constexpr Nanos kReadSoft = Seconds(2);  // R1
constexpr Nanos kReadHard = Seconds(5);

class ReaderPool {
 public:
  ReaderPool(const io::Clock& clock, std::vector<std::unique_ptr<Connection>> connections);

  /// On a reader's thread; there are never more of those than connections.
  Result<> read(const std::function<void(Session&)>& function);
  /// Interrupts what has been running for longer than kReadHard; from any thread.
  void sweep();
  void interrupt_all();
  [[nodiscard]] std::uint64_t late_reads() const;

 private:
  struct Slot {
    std::unique_ptr<Connection> connection;
    std::optional<MonoTime> began;  // while a read runs
  };
  Slot& take();
  void give_back(Slot& slot);

  const io::Clock& clock_;
  mutable std::mutex mutex_;
  std::vector<Slot> slots_;
  std::uint64_t late_reads_ = 0;
};

}  // namespace fettle::store
