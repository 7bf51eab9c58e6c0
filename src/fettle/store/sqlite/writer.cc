#include "fettle/store/sqlite/writer.h"

#include "fettle/base/check.h"
#include "fettle/store/old_rows.h"
#include "fettle/store/sqlite/database_error.h"
#include "fettle/store/sqlite/sqlite_session.h"

namespace fettle::store {
namespace {

using Kind = DatabaseError::Kind;

constexpr std::uint64_t kMiB = 1024ULL * 1024;
constexpr std::uint64_t kPassiveAt = 4 * kMiB;    // M15
constexpr std::uint64_t kPassiveStep = 1 * kMiB;  // so much new log before moving it is tried again
// M15. Not RESTART: without a busy timeout it only asks whether all readers have gone, and gives no disk
// back.
constexpr std::uint64_t kTruncateAt = 32 * kMiB;

// A few pages at a time: one costs some tens of microseconds, and a whole go is bounded by the clock.
constexpr std::string_view kVacuumSome = "PRAGMA incremental_vacuum(16)";
// Source: sqlite.org/pragma.html, analysis_limit: 100 to 1000 is recommended, and bounds the time however
// large a table is.
constexpr std::string_view kOptimize = "PRAGMA analysis_limit=400; PRAGMA optimize";

Error error_of_full() {
  return to_error(DatabaseError(Kind::full, ""));
}

}  // namespace

struct Writer::Lost {
  Kind kind;
  Error error;
  std::optional<std::size_t> culprit;  // the piece that took the transaction along

  explicit Lost(const DatabaseError& fault) : kind(fault.kind()), error(to_error(fault)) {}
};

Writer::Writer(std::unique_ptr<Connection> connection, Reserve reserve)
    : connection_(std::move(connection)), reserve_(std::move(reserve)) {
  is_full_ = !reserve_.fill().has_value();
}

Writer::~Writer() = default;

GroupOutcome Writer::commit_group(const std::vector<Piece>& pieces) {
  std::vector<PieceOutcome> outcomes(pieces.size());
  if (!fatal_) {
    if (const auto lost = try_group(pieces, outcomes)) {
      note(*lost);
      run_each_alone(pieces, outcomes, *lost);
    }
  }
  if (!fatal_) move_log();
  return finish(std::move(outcomes));
}

std::optional<Writer::Lost> Writer::try_group(const std::vector<Piece>& pieces,
                                              std::vector<PieceOutcome>& outcomes) {
  try {
    connection_->run("BEGIN IMMEDIATE");
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if (is_full_ && pieces[i].priority != Priority::essential) {
        outcomes[i].result = std::unexpected(error_of_full());
        continue;
      }
      if (auto lost = run_piece(pieces[i], outcomes[i])) {
        roll_back();
        lost->culprit = i;
        return lost;
      }
    }
    connection_->run("COMMIT");
    return std::nullopt;
  } catch (const DatabaseError& fault) {
    roll_back();
    return Lost(fault);
  }
}

std::optional<Writer::Lost> Writer::run_piece(const Piece& piece, PieceOutcome& outcome) {
  SqliteSession session(*connection_, &outcome.after_commit);
  connection_->run("SAVEPOINT piece");
  try {
    if (!piece.function(session)) {
      outcome.result = fail(ErrorCode::internal, "refused", "the piece took itself back");
    }
  } catch (const DatabaseError& fault) {
    outcome.result = std::unexpected(to_error(fault));
    if (fault.kind() == Kind::full || fault.kind() == Kind::io) return Lost(fault);
  } catch (const std::exception& fault) {
    outcome.result = fail(ErrorCode::internal, "piece_failed", fault.what());
  } catch (...) {
    outcome.result = fail(ErrorCode::internal, "piece_failed", "an exception of unknown type");
  }
  // Whatever the piece made of its errors: a failing disk and a transaction that is gone concern the whole
  // group.
  if (const auto& failure = connection_->disk_failure()) return Lost(*failure);
  if (!connection_->in_transaction()) {
    Lost lost(DatabaseError(Kind::other, "the transaction is gone"));
    if (!outcome.result) lost.error = outcome.result.error();
    return lost;
  }
  if (!outcome.result) {
    outcome.after_commit.clear();
    connection_->run("ROLLBACK TO piece");
  }
  connection_->run("RELEASE piece");
  return std::nullopt;
}

void Writer::run_each_alone(const std::vector<Piece>& pieces, std::vector<PieceOutcome>& outcomes,
                            const Lost& lost) {
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    outcomes[i] = {};
    // A foreign program that holds the database for longer than the busy timeout would do so for each of
    // them.
    const bool is_hopeless =
        fatal_ || lost.kind == Kind::busy || (i == lost.culprit && lost.kind != Kind::full);
    if (is_hopeless) {
      outcomes[i].result = std::unexpected(lost.error);
      continue;
    }
    std::vector<PieceOutcome> one(1);
    if (const auto again = try_group({pieces[i]}, one)) {
      note(*again);
      one[0] = {std::unexpected(again->error), {}};
    }
    outcomes[i] = std::move(one[0]);
  }
}

void Writer::note(const Lost& lost) {
  if (lost.kind == Kind::io && !fatal_) fatal_ = lost.error;
  if (lost.kind == Kind::full) {
    is_full_ = true;
    reserve_.release();
  }
}

void Writer::roll_back() {
  try {
    if (connection_->in_transaction()) connection_->run("ROLLBACK");
  } catch (const DatabaseError& fault) {
    note(Lost(fault));
  }
}

void Writer::move_log() {
  const std::uint64_t bytes = connection_->wal_bytes();
  if (bytes < moved_at_bytes_) moved_at_bytes_ = 0;  // the log has begun anew
  if (bytes < kPassiveAt || bytes < moved_at_bytes_ + kPassiveStep) return;
  moved_at_bytes_ = bytes;
  if (try_checkpoint(CheckpointMode::passive) && bytes >= kTruncateAt)
    try_checkpoint(CheckpointMode::truncate);
}

bool Writer::try_checkpoint(CheckpointMode mode) {
  try {
    ++checkpoints_;
    const CheckpointResult result = connection_->checkpoint(mode);
    if (mode == CheckpointMode::passive) note_progress(result);
    if (result.busy) ++busy_checkpoints_;
    return !result.busy;
  } catch (const DatabaseError& fault) {
    note(Lost(fault));
    return false;
  }
}

/// Readers that follow each other hold every attempt up, but each a little further on; one that stays is
/// another thing.
void Writer::note_progress(const CheckpointResult& result) {
  is_log_stuck_ = result.busy && held_at_frame_ == result.moved_frames;
  held_at_frame_.reset();
  if (result.busy) held_at_frame_ = result.moved_frames;
}

GroupOutcome Writer::retry_log() {
  // Emptied at once: the next write begins the log anew in front, and its file would stay as large as it was.
  if (!fatal_ && try_checkpoint(CheckpointMode::passive)) try_checkpoint(CheckpointMode::truncate);
  return finish({});
}

GroupOutcome Writer::checkpoint_idle() {
  if (!fatal_ && connection_->wal_bytes() > 0 && try_checkpoint(CheckpointMode::passive)) {
    try_checkpoint(CheckpointMode::truncate);
  }
  return finish({});
}

GroupOutcome Writer::recover() {
  // An emptied log is the first space to win back.
  if (!fatal_ && is_full_) {
    checkpoint_idle();
    if (reserve_.fill().has_value()) is_full_ = false;
  }
  return finish({});
}

Result<VacuumStep> Writer::return_pages(const io::Clock& clock) {
  if (fatal_) return std::unexpected(*fatal_);
  VacuumStep step;
  try {
    const auto page_bytes = static_cast<std::uint64_t>(connection_->query_integer("PRAGMA page_size"));
    const auto free_pages = [this] {
      return static_cast<std::uint64_t>(connection_->query_integer("PRAGMA freelist_count"));
    };
    constexpr std::int64_t kIncremental = 2;
    step.can_shrink = connection_->query_integer("PRAGMA auto_vacuum") == kIncremental;
    const std::uint64_t before = free_pages();
    std::uint64_t left = before;
    const MonoTime end = clock.mono_now() + kLongestBatch;
    connection_->run("BEGIN IMMEDIATE");
    while (step.can_shrink && left > 0 && clock.mono_now() < end) {
      connection_->run_script(kVacuumSome);
      left = free_pages();
    }
    connection_->run("COMMIT");
    step.returned_bytes = (before - left) * page_bytes;
    step.left_bytes = left * page_bytes;
  } catch (const DatabaseError& fault) {
    roll_back();
    note(Lost(fault));
    return std::unexpected(to_error(fault));
  }
  move_log();
  return step;
}

Result<> Writer::renew_statistics() {
  if (fatal_) return std::unexpected(*fatal_);
  try {
    connection_->run_script(kOptimize);
  } catch (const DatabaseError& fault) {
    roll_back();
    note(Lost(fault));
    return std::unexpected(to_error(fault));
  }
  move_log();
  return {};
}

void Writer::close() {
  if (fatal_) {
    connection_->leave_log_on_close();
  } else {
    checkpoint_idle();
  }
  connection_.reset();
}

GroupOutcome Writer::finish(std::vector<PieceOutcome> outcomes) const {
  if (fatal_) {
    for (PieceOutcome& outcome : outcomes) outcome = {std::unexpected(*fatal_), {}};
  }
  return {.pieces = std::move(outcomes),
          .is_disk_full = is_full_,
          .fatal = fatal_,
          .wal_bytes = connection_->wal_bytes(),
          .checkpoints = checkpoints_,
          .busy_checkpoints = busy_checkpoints_,
          .is_log_stuck = is_log_stuck_};
}

}  // namespace fettle::store
