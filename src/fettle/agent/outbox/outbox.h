// What was measured and is not yet acknowledged: kept in order until the server has committed it (T3). Two of
// them: on disk for hosts, in memory for simulated ones. Loop thread.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/base/time.h"
#include "fettle/io/task.h"
#include "fettle/wire/messages.h"

namespace fettle::agent {

/// A heartbeat as it waits. `payload` is the encoded message with an empty `after`, which is known only when
/// it is sent; `position` is what counts, the one inside was given before a raise_boot.
struct OutboxRecord {
  wire::Position position;
  std::int64_t sampled_at_ms = 0;
  std::uint64_t set_id = 0;
  std::string payload;
  std::shared_ptr<const std::string>
      set_payload;  // encoded series set; shared by all records that refer to it
};

struct OutboxLimits {
  std::uint64_t bytes = 64ULL << 20;
  std::uint64_t segment_bytes = 1ULL << 20;
  Millis thin_to = Seconds(60);  // one record in this time is kept of what is too much
};

struct OutboxFigures {
  std::uint64_t waiting = 0;         // records not acknowledged
  std::uint64_t lost = 0;            // thinned or dropped since enrolment
  std::uint64_t bytes = 0;           // on disk, or held
  std::uint64_t unwritten = 0;       // records that are in memory only
  std::uint64_t write_failures = 0;  // since the start
};

class Outbox {
 public:
  virtual ~Outbox() = default;
  /// Finds what earlier starts left, and takes the next start number.
  virtual Task<Result<>> start() = 0;
  /// Writes and syncs what waits; at most a few disk operations.
  virtual Task<void> stop() = 0;

  /// Which start of the agent this is. Never falls, and no position is used twice.
  [[nodiscard]] virtual std::uint64_t boot() const = 0;
  /// Of the newest record; {boot, 0} when there is none of this start.
  [[nodiscard]] virtual wire::Position last() const = 0;
  /// For a server that knows more of this host than the outbox does (the data folder was restored): the
  /// records of this start that are not acknowledged and all later ones get `boot` as their start number, in
  /// the same order. Returns when that is durable.
  virtual Task<Result<>> raise_boot(std::uint64_t boot) = 0;

  /// Gives the record its position and keeps it. Never waits; on_ready is called when it may be sent.
  virtual wire::Position append(wire::Heartbeat heartbeat,
                                const std::shared_ptr<const wire::SeriesSet>& set) = 0;
  /// Called on the loop when has_beyond may have become true.
  virtual void on_ready(std::function<void()> call) = 0;
  [[nodiscard]] virtual bool has_beyond(wire::Position after) const = 0;
  /// At most `most` of the records beyond `after` that may be sent, in order. Empty when what is left cannot
  /// be read.
  virtual Task<Result<std::vector<OutboxRecord>>> next(wire::Position after, std::size_t most) = 0;
  /// All up to here are committed by the server and may go.
  virtual void acknowledge(wire::Position position) = 0;
  /// Returns when all that was appended before is durable (results of runs).
  virtual Task<Result<>> sync_now() = 0;

  [[nodiscard]] virtual OutboxFigures figures() const = 0;
};

/// A record of this heartbeat; the set is encoded by the caller, once.
OutboxRecord make_record(const wire::Message& heartbeat, std::shared_ptr<const std::string> set_payload);

}  // namespace fettle::agent
