// The writer: owns the one connection that writes. Commits groups, each piece in its own savepoint; moves the
// log; keeps the reserve for a full disk. Lives on the writer's queue, one call at a time.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "fettle/store/piece.h"
#include "fettle/store/sqlite/connection.h"
#include "fettle/store/sqlite/reserve.h"
#include "fettle/store/store_care.h"

namespace fettle::store {

class Writer {
 public:
  Writer(std::unique_ptr<Connection> connection, Reserve reserve);
  ~Writer();

  /// When it returns, what it calls successful is durable. After a `fatal` outcome every further group fails.
  GroupOutcome commit_group(const std::vector<Piece>& pieces);
  /// Nothing is waiting: moves the whole log and empties it, if no reader is in the way.
  GroupOutcome checkpoint_idle();
  /// The log was stuck: looks whether it still is.
  GroupOutcome retry_log();
  /// The disk was full: tries to get the reserve back. `is_disk_full` of the outcome is the answer.
  GroupOutcome recover();
  /// As StoreCare has them.
  Result<VacuumStep> return_pages(const io::Clock& clock);
  Result<> renew_statistics();
  /// Empties the log and closes the connection.
  void close();

 private:
  struct Lost;  // the transaction is gone, and why
  std::optional<Lost> try_group(const std::vector<Piece>& pieces, std::vector<PieceOutcome>& outcomes);
  std::optional<Lost> run_piece(const Piece& piece, PieceOutcome& outcome);
  void run_each_alone(const std::vector<Piece>& pieces, std::vector<PieceOutcome>& outcomes,
                      const Lost& lost);
  void note(const Lost& lost);
  void roll_back();
  void move_log();
  void note_progress(const CheckpointResult& result);
  bool try_checkpoint(CheckpointMode mode);
  [[nodiscard]] GroupOutcome finish(std::vector<PieceOutcome> outcomes) const;

  std::unique_ptr<Connection> connection_;
  Reserve reserve_;
  bool is_full_ = false;
  std::optional<Error> fatal_;
  std::uint64_t moved_at_bytes_ = 0;  // size of the log when it was last moved
  std::uint64_t checkpoints_ = 0;
  std::uint64_t busy_checkpoints_ = 0;
  std::optional<std::int64_t> held_at_frame_;  // how far the last attempt came, when a reader held it up
  bool is_log_stuck_ = false;
};

}  // namespace fettle::store
