// Query-only connections for the readers' threads. A read is a snapshot that ends by itself after kReadSoft
// and is interrupted after kReadHard, unless set_patience() says otherwise. Thread safe; open and close while
// nobody reads.
#pragma once
#include <atomic>
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
  /// How long reads that begin from now on may take until they end by themselves; they are interrupted
  /// after as much more as kReadHard is beyond kReadSoft.
  void set_patience(Nanos soft) { soft_ = soft; }
  /// Interrupts what has been running for too long; from any thread.
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
  std::atomic<Nanos> soft_{kReadSoft};
  mutable std::mutex mutex_;
  std::vector<Slot> slots_;
  std::uint64_t late_reads_ = 0;
};

}  // namespace fettle::store
