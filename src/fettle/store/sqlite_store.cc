#include "fettle/store/sqlite_store.h"

#include "fettle/base/check.h"
#include "fettle/store/piece.h"
#include "fettle/store/sqlite/location.h"
#include "fettle/store/sqlite/log_holders.h"
#include "fettle/store/sqlite/reader_pool.h"
#include "fettle/store/sqlite/writer.h"

namespace fettle::store {
namespace {

constexpr Nanos kSweep = Seconds(1);           // readers that run for too long, an idle log, a full disk
constexpr Nanos kUpkeepPatience = Seconds(1);  // then one piece of upkeep goes along with live work
constexpr std::size_t kUpkeepGroup = 8;  // pieces of upkeep in a row that live work may have to wait for
constexpr std::uint64_t kIdleLogBytes = 1024ULL * 1024;  // less is not worth emptying
// Reads of this server end after 5 s: who holds the log for twice as long is somebody else.
constexpr Nanos kStuckLogPatience = 2 * kReadHard;
constexpr std::size_t kWriterJobs = 5;  // a group, one of the sweep, an abandoned one, one of care, the last
constexpr std::size_t kAnswersATurn = 64;  // so that a full group does not hold the loop

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
}

Task<void> give_way(io::Loop& loop) {
  co_await io::suspend_until_called([&loop](Callback resume) { loop.post(std::move(resume)); });
}

}  // namespace

struct SqliteStore::Connections {
  std::unique_ptr<Connection> writing;
  std::vector<std::unique_ptr<Connection>> reading;
};

struct SqliteStore::Waiting {
  Piece piece;
  MonoTime since;
  Callback resume;
  Result<> result;
};

SqliteStore::SqliteStore(io::Loop& loop, io::Clock& clock, io::Files& files, const io::Log& log,
                         SqliteStoreOptions options)
    : loop_(loop),
      clock_(clock),
      files_(files),
      log_(log.with("store")),
      options_(std::move(options)),
      tasks_(loop, log_) {
  figures_.queue_capacity = options_.queue_capacity;
  figures_.read_capacity = options_.reader_threads + options_.reader_queue_capacity;
}

void SqliteStore::be_patient(bool is_starting) {
  constexpr Nanos kOfAStart = std::chrono::minutes(1);
  readers_->set_patience(is_starting ? kOfAStart : kReadSoft);
}

SqliteStore::~SqliteStore() {
  FETTLE_CHECK(!is_open_, "stop() comes before the end of a store");
}

Result<> SqliteStore::open() {
  FETTLE_CHECK(!is_open_ && !stopping_);
  Reserve reserve(files_, options_.path + ".reserve", options_.reserve_bytes);
  auto opened = open_connections();
  // Even reading needs a little space for the shared index; on a full disk the reserve is there for that too.
  if (!opened && opened.error().reason == "disk_full" && reserve.release()) opened = open_connections();
  if (!opened) return std::unexpected(std::move(opened).error());
  writer_ = std::make_unique<Writer>(std::move(opened->writing), std::move(reserve));
  readers_ = std::make_unique<ReaderPool>(clock_, std::move(opened->reading));
  writer_queue_ = loop_.make_work_queue("store-writer", 1, kWriterJobs);
  reader_queue_ =
      loop_.make_work_queue("store-readers", options_.reader_threads, options_.reader_queue_capacity);
  is_open_ = true;
  last_group_ = clock_.mono_now();
  learn(writer_->recover());
  tasks_.spawn("store-collect", collect());
  tasks_.spawn("store-look-after", look_after());
  return {};
}

Result<SqliteStore::Connections> SqliteStore::open_connections() {
  const std::string folder = folder_of(options_.path);
  if (auto made = files_.make_folders(folder); !made) return std::unexpected(std::move(made).error());
  if (options_.vfs.empty()) {
    if (auto allowed = check_location(folder); !allowed) return std::unexpected(std::move(allowed).error());
  }
  // Made here, so that it is private from its first byte; its log and index take over the mode.
  if (auto made = files_.open(options_.path, io::OpenMode::append_or_create); !made) {
    return std::unexpected(std::move(made).error());
  }
  Connections opened;
  ConnectionOptions connection{.path = options_.path, .vfs = options_.vfs, .role = Role::writer};
  FETTLE_TRY(opened.writing, Connection::open(connection, statements_));
  auto ready = migrate(*opened.writing, files_, options_.path, options_.migrations);
  if (ready) ready = files_.sync_folder(folder);
  if (!ready) return std::unexpected(std::move(ready).error());
  connection.role = Role::reader;
  for (std::size_t i = 0; i < options_.reader_threads; ++i) {
    FETTLE_TRY(auto reading, Connection::open(connection, statements_));
    opened.reading.push_back(std::move(reading));
  }
  return opened;
}

Task<void> SqliteStore::stop() {
  if (!is_open_ || stopping_) co_return;
  stopping_ = true;
  arrived_.set();
  co_await drained_.wait();
  co_await tasks_.stop();
  readers_->interrupt_all();
  while (running_reads_ > 0) {
    reads_ended_.reset();
    co_await reads_ended_.wait();
  }
  ignore(co_await io::offload(loop_, *writer_queue_,
                              [this] {
                                readers_.reset();  // before the writer, whose close is then the last
                                writer_->close();
                              }),
         "what close() could not do, the next start does");
  writer_queue_.reset();
  reader_queue_.reset();
  writer_.reset();
  is_open_ = false;
}

StoreFigures SqliteStore::figures() const {
  StoreFigures now = figures_;
  now.statements = statements_.load(std::memory_order_relaxed);
  now.queued_pieces = live_.size() + upkeep_.size();
  now.running_reads = running_reads_;
  if (log_stuck_since_) {
    const auto stuck = std::chrono::floor<Seconds>(clock_.mono_now() - *log_stuck_since_);
    now.wal_stuck_seconds = static_cast<std::uint64_t>(stuck.count());
  }
  if (readers_) now.late_reads = readers_->late_reads();
  return now;
}

Result<> SqliteStore::admit(Priority priority) const {
  if (fatal_) return std::unexpected(*fatal_);
  if (!is_open_ || stopping_) return fail(ErrorCode::unavailable, "stopping", "the store is not open");
  const bool is_essential = priority == Priority::essential;
  if (figures_.disk_full && !is_essential) {
    return std::unexpected(
        Error{ErrorCode::unavailable, "disk_full", "the disk is full; nothing was written", {}, 5});
  }
  // Upkeep gets an eighth of the queue, so that it never fills it; essential work an eighth on top.
  const std::size_t eighth = options_.queue_capacity / 8;
  const bool is_full = priority == Priority::upkeep
                           ? upkeep_.size() >= eighth
                           : live_.size() >= options_.queue_capacity - eighth + (is_essential ? eighth : 0);
  if (!is_full) return {};
  return std::unexpected(
      Error{ErrorCode::unavailable, "queue_full", "too many writes are waiting; try again soon", {}, 1});
}

Task<Result<>> SqliteStore::write_piece(std::function<bool(Session&)> function, Priority priority) {
  if (auto admitted = admit(priority); !admitted) co_return admitted;
  auto waiting = std::make_shared<Waiting>(Piece{std::move(function), priority}, clock_.mono_now());
  co_await io::suspend_until_called([this, waiting](Callback resume) {
    waiting->resume = std::move(resume);
    last_arrival_ = waiting->since;
    (waiting->piece.priority == Priority::upkeep ? upkeep_ : live_).push_back(waiting);
    arrived_.set();
  });
  co_return std::move(waiting->result);
}

Task<Result<>> SqliteStore::read_piece(std::function<void(Session&)> function) {
  if (!is_open_ || stopping_) co_return fail(ErrorCode::unavailable, "stopping", "the store is not open");
  struct Read {
    std::function<void(Session&)> function;
    Callback resume;
    Result<> result;
  };
  auto read = std::make_shared<Read>(std::move(function));
  co_await io::suspend_until_called([this, read](Callback resume) {
    read->resume = std::move(resume);
    const bool accepted = reader_queue_->try_submit([this, read] {
      read->result = readers_->read(read->function);
      loop_.post([this, read] {
        if (--running_reads_ == 0) reads_ended_.set();
        read->resume();
      });
    });
    if (accepted) {
      ++running_reads_;
      return;
    }
    read->result = fail(ErrorCode::unavailable, "queue_full", "too many reads are waiting; try again soon");
    read->resume();
  });
  co_return std::move(read->result);
}

Task<void> SqliteStore::collect() {
  while (true) {
    while (!has_waiting() && !stopping_) {
      arrived_.reset();
      co_await arrived_.wait();
    }
    if (!has_waiting()) break;
    co_await linger();
    co_await commit(take_group());
  }
  drained_.set();
}

/// Until no piece has come for `linger`, at most `longest_linger` after the first. Upkeep alone waits for
/// nobody.
Task<void> SqliteStore::linger() {
  while (!stopping_ && !live_.empty() && live_.size() < options_.most_pieces) {
    const MonoTime due =
        std::min(last_arrival_ + options_.linger, live_.front()->since + options_.longest_linger);
    if (clock_.mono_now() >= due) co_return;
    co_await clock_.sleep_until(due);
  }
}

std::vector<std::shared_ptr<SqliteStore::Waiting>> SqliteStore::take_group() {
  std::vector<std::shared_ptr<Waiting>> group;
  const auto take = [&group](std::deque<std::shared_ptr<Waiting>>& from, std::size_t most) {
    for (; most > 0 && !from.empty(); --most) {
      group.push_back(std::move(from.front()));
      from.pop_front();
    }
  };
  const bool is_upkeep_alone = live_.empty();
  take(live_, options_.most_pieces);
  if (is_upkeep_alone) {
    take(upkeep_, kUpkeepGroup);
  } else if (!upkeep_.empty() && clock_.mono_now() - upkeep_.front()->since >= kUpkeepPatience) {
    take(upkeep_, 1);
  }
  return group;
}

Task<void> SqliteStore::commit(std::vector<std::shared_ptr<Waiting>> group) {
  std::vector<Piece> pieces;
  pieces.reserve(group.size());
  for (const auto& waiting : group) pieces.push_back(std::move(waiting->piece));
  Result<GroupOutcome> outcome = co_await io::offload(
      loop_, *writer_queue_, [this, pieces = std::move(pieces)] { return writer_->commit_group(pieces); });
  FETTLE_CHECK(outcome.has_value(), outcome.has_value() ? "" : outcome.error().detail);
  co_await answer(std::move(group), std::move(*outcome));
}

Task<void> SqliteStore::answer(std::vector<std::shared_ptr<Waiting>> group, GroupOutcome outcome) {
  learn(outcome);
  last_group_ = clock_.mono_now();
  ++figures_.groups;
  for (std::size_t i = 0; i < group.size(); ++i) {
    PieceOutcome& piece = outcome.pieces[i];
    ++figures_.pieces;
    if (!piece.result) ++figures_.failed_pieces;
    for (Callback& function : piece.after_commit) run_after_commit(function);
    group[i]->result = std::move(piece.result);
    group[i]->resume();
    if (i % kAnswersATurn == kAnswersATurn - 1) co_await give_way(loop_);
  }
}

void SqliteStore::run_after_commit(Callback& function) {
  try {
    function();
  } catch (const std::exception& fault) {
    log_.error("a function after a commit failed", {{"error", fault.what()}});
  }
}

void SqliteStore::learn(const GroupOutcome& outcome) {
  figures_.wal_bytes = outcome.wal_bytes;
  figures_.checkpoints = outcome.checkpoints;
  figures_.busy_checkpoints = outcome.busy_checkpoints;
  learn_of_log(outcome);
  if (outcome.is_disk_full != figures_.disk_full) {
    figures_.disk_full = outcome.is_disk_full;
    if (outcome.is_disk_full) {
      log_.error("the disk is full: writes are refused until there is space", {{"path", options_.path}});
    } else {
      log_.info("there is space again: writes go on", {{"path", options_.path}});
    }
  }
  if (outcome.fatal && !fatal_) {
    fatal_ = outcome.fatal;
    log_.error("the disk failed; nothing is acknowledged any more",
               {{"path", options_.path}, {"error", *fatal_}});
    if (options_.on_fatal) options_.on_fatal(*fatal_);
  }
}

void SqliteStore::learn_of_log(const GroupOutcome& outcome) {
  if (outcome.is_log_stuck) {
    if (!log_stuck_since_) log_stuck_since_ = clock_.mono_now();
    return;
  }
  if (is_stuck_log_told_) {
    log_.info("the write-ahead log moves again",
              {{"path", options_.path}, {"after_s", figures().wal_stuck_seconds}});
    if (options_.on_log_held) options_.on_log_held(std::nullopt);
  }
  log_stuck_since_.reset();
  is_stuck_log_told_ = false;
}

Task<void> SqliteStore::tell_stuck_log() {
  const bool lasts = log_stuck_since_ && clock_.mono_now() - *log_stuck_since_ >= kStuckLogPatience;
  if (!lasts || std::exchange(is_stuck_log_told_, true)) co_return;
  const auto holders =
      co_await io::offload(loop_, *writer_queue_, [path = options_.path] { return find_log_holders(path); });
  log_.warn(
      "another program holds the database in a transaction: until it ends, the write-ahead log grows; end "
      "the transaction or the program",
      {{"path", options_.path}, {"holder", holders.value_or("unknown")}, {"wal_bytes", figures_.wal_bytes}});
  // It may have ended meanwhile, and been told so.
  if (is_stuck_log_told_ && options_.on_log_held) options_.on_log_held(holders.value_or("unknown"));
}

/// The step that follows runs between two groups, on the queue that close() is the last job of: when its
/// caller is cancelled it ends by itself, and before the writer does.
Result<> SqliteStore::begin_care() {
  if (auto admitted = admit(Priority::upkeep); !admitted) return admitted;
  if (is_caring_.exchange(true))
    return fail(ErrorCode::unavailable, "busy", "upkeep of the database is going on already");
  return {};
}

Task<Result<VacuumStep>> SqliteStore::return_pages() {
  if (auto begun = begin_care(); !begun) co_return std::unexpected(std::move(begun).error());
  co_return co_await io::offload(loop_, *writer_queue_, [this] {
    auto step = writer_->return_pages(clock_);
    is_caring_ = false;
    return step;
  });
}

Task<Result<>> SqliteStore::renew_statistics() {
  if (auto begun = begin_care(); !begun) co_return begun;
  co_return co_await io::offload(loop_, *writer_queue_, [this] {
    auto done = writer_->renew_statistics();
    is_caring_ = false;
    return done;
  });
}

Task<Result<LogMove>> SqliteStore::empty_log() {
  if (auto begun = begin_care(); !begun) co_return std::unexpected(std::move(begun).error());
  const std::uint64_t before = figures_.wal_bytes;
  const auto outcome = co_await io::offload(loop_, *writer_queue_, [this] {
    auto moved = writer_->checkpoint_idle();
    is_caring_ = false;
    return moved;
  });
  if (!outcome) co_return std::unexpected(outcome.error());
  const bool is_busy = outcome->busy_checkpoints > figures_.busy_checkpoints;
  learn(*outcome);
  if (outcome->fatal) co_return std::unexpected(*outcome->fatal);
  co_return LogMove{before, outcome->wal_bytes, is_busy};
}

Task<void> SqliteStore::look_after() {
  while (!stopping_) {
    co_await clock_.sleep_for(kSweep);
    readers_->sweep();
    co_await tell_stuck_log();
    const bool is_idle = !has_waiting() && clock_.mono_now() - last_group_ >= kSweep;
    if (figures_.disk_full) {
      const auto outcome = co_await io::offload(loop_, *writer_queue_, [this] { return writer_->recover(); });
      if (outcome) learn(*outcome);
    } else if (log_stuck_since_ && !fatal_) {
      // Whatever the load: once it can be moved it must not wait for the next MiB.
      const auto outcome =
          co_await io::offload(loop_, *writer_queue_, [this] { return writer_->retry_log(); });
      if (outcome) learn(*outcome);
    } else if (is_idle && figures_.wal_bytes > kIdleLogBytes && !fatal_) {
      const auto outcome =
          co_await io::offload(loop_, *writer_queue_, [this] { return writer_->checkpoint_idle(); });
      if (outcome) learn(*outcome);
    }
  }
}

}  // namespace fettle::store
