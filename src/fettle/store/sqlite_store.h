// The embedded store: one writer's thread with group commit, a few readers' threads, SQLite in WAL mode.
// open() before the loop runs (it blocks); stop() before it is destroyed. All else on the loop.
#pragma once
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fettle/io/async_event.h"
#include "fettle/io/clock.h"
#include "fettle/io/files.h"
#include "fettle/io/log.h"
#include "fettle/io/loop.h"
#include "fettle/io/task_scope.h"
#include "fettle/io/work_queue.h"
#include "fettle/store/migrations.h"
#include "fettle/store/store.h"
#include "fettle/store/store_care.h"

namespace fettle::store {

class ReaderPool;
class Writer;
struct GroupOutcome;

struct SqliteStoreOptions {
  std::string path;
  std::string vfs;                    // empty: the system's; the simulation has its own
  std::vector<Migration> migrations;  // what the modules bring, in order
  std::function<void(const Error&)>
      on_fatal;  // on the loop, once: the disk failed, the process must end (R2)
  /// On the loop: somebody has kept the write-ahead log from being moved for longer than any read of this
  /// server lasts (M15), and who; nullopt: it moves again.
  std::function<void(const std::optional<std::string>& holder)> on_log_held;
  Millis linger{5};               // R1: so long without a new piece,
  Millis longest_linger{25};      // but no longer than this,
  std::size_t most_pieces = 500;  // and no more than these
  std::size_t queue_capacity = 4096;
  std::size_t reader_threads = 2;
  std::size_t reader_queue_capacity = 256;
  std::uint64_t reserve_bytes = 4ULL * 1024 * 1024;
};

class SqliteStore final : public Store, public StoreCare {
 public:
  SqliteStore(io::Loop& loop, io::Clock& clock, io::Files& files, const io::Log& log,
              SqliteStoreOptions options);
  ~SqliteStore() override;
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  /// Makes the folder and the file, migrates, opens the readers, begins. Errors: those of migrate(), `io`,
  /// `unavailable`.
  Result<> open();
  /// For a start, which nobody but its own reads waits for: they may take a minute instead of the two seconds
  /// of R1, so that a slow disk delays the start and does not prevent it.
  void be_patient(bool is_starting);
  /// Refuses new work, commits what waits, ends the reads, empties the log, closes.
  Task<void> stop();

  [[nodiscard]] StoreFigures figures() const override;
  Task<Result<>> write_piece(std::function<bool(Session&)> function, Priority priority) override;
  Task<Result<>> read_piece(std::function<void(Session&)> function) override;

  Task<Result<VacuumStep>> return_pages() override;
  Task<Result<>> renew_statistics() override;
  Task<Result<LogMove>> empty_log() override;

 private:
  struct Waiting;
  struct Connections;
  Result<Connections> open_connections();
  [[nodiscard]] Result<> admit(Priority priority) const;
  [[nodiscard]] bool has_waiting() const { return !live_.empty() || !upkeep_.empty(); }
  Task<void> collect();
  Task<void> linger();
  std::vector<std::shared_ptr<Waiting>> take_group();
  Task<void> commit(std::vector<std::shared_ptr<Waiting>> group);
  Task<void> answer(std::vector<std::shared_ptr<Waiting>> group, GroupOutcome outcome);
  Task<void> look_after();
  void learn(const GroupOutcome& outcome);
  void learn_of_log(const GroupOutcome& outcome);
  Result<> begin_care();
  Task<void> tell_stuck_log();
  void run_after_commit(Callback& function);

  io::Loop& loop_;
  io::Clock& clock_;
  io::Files& files_;
  io::Log log_;
  const SqliteStoreOptions options_;

  std::atomic<std::uint64_t> statements_{0};
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<ReaderPool> readers_;
  std::unique_ptr<io::WorkQueue> writer_queue_;
  std::unique_ptr<io::WorkQueue> reader_queue_;

  std::deque<std::shared_ptr<Waiting>> live_;
  std::deque<std::shared_ptr<Waiting>> upkeep_;
  MonoTime last_arrival_;
  MonoTime last_group_;
  io::AsyncEvent arrived_;
  io::AsyncEvent drained_;
  io::AsyncEvent reads_ended_;
  std::size_t running_reads_ = 0;
  bool is_open_ = false;
  bool stopping_ = false;
  std::optional<Error> fatal_;
  std::optional<MonoTime> log_stuck_since_;
  bool is_stuck_log_told_ = false;
  std::atomic<bool> is_caring_{false};  // one step of StoreCare at a time, an abandoned one too
  StoreFigures figures_;
  io::TaskScope tasks_;
};

}  // namespace fettle::store
