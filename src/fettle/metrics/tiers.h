// The history beyond the ring: raw samples, minutes and hours in packs on disk. Seals what the journal has
// closed, makes chunks, drops what is old, and plans what a range question reads. Opened before the journal,
// then loop thread; its files are touched on a queue of its own, and by whoever works out an answer.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "fettle/io/clock.h"
#include "fettle/io/files.h"
#include "fettle/io/log.h"
#include "fettle/io/loop.h"
#include "fettle/metrics/history.h"
#include "fettle/metrics/journal.h"
#include "fettle/metrics/tier.h"
#include "fettle/metrics/tier_reading.h"

namespace fettle::metrics {

struct TierSettings {
  std::string folder;
  std::string journal_folder;
  TierKeep keep = kDefaultKeep;
  Millis between_looks{5'000};  // for a segment that was closed
  Seconds between_rounds{60};   // of dropping and making chunks
  Seconds settle{900};  // a pack that nothing was added to for so long, after its period, becomes chunks
  std::size_t index_bytes = 32U << 20U;  // of indexes that are kept in memory; others are read again
};

struct TierFigures {
  struct One {
    std::uint64_t packs = 0, bytes = 0;
    std::int64_t oldest_ms = 0;  // start of the oldest period; 0: none
  };
  std::array<One, 3> tiers;
  std::uint64_t sealed_segments = 0, sealed_samples = 0, late_reopenings = 0, flagged_samples = 0,
                too_old_samples = 0, chunk_rounds = 0, dropped_packs = 0, damaged_records = 0,
                index_bytes = 0;
  bool disk_full = false;
};

class Tiers {
 public:
  Tiers(io::Loop& loop, io::Clock& clock, io::Files& files, io::Log log, TierSettings settings);
  ~Tiers();

  /// Lists what there is: before the journal opens. Once.
  Task<Result<>> open();
  /// The newest segment of the journal that is sealed, on disk.
  [[nodiscard]] std::uint64_t sealed() const;
  /// Begins to seal and to tidy up. `hosts` says whose samples are kept.
  void start(Journal& journal, std::function<KnownHosts()> hosts);
  /// Before start(): the time that ages are computed from, where the clock may be wrong.
  void set_believed_now(std::function<WallTime()> now);
  /// A failed write or sync is final (R2).
  void on_fatal(std::function<void(Error)> listener);

  /// The server's own upkeep, one step each; what `start` runs from a timer. True: there was something to do.
  Task<Result<bool>> seal_next();
  Task<Result<bool>> compact_next();
  struct Dropped {
    std::uint64_t packs = 0, bytes = 0;
  };
  Task<Result<Dropped>> drop_old(TierSet of = kAllTiers);

  /// What upkeep looks at.
  struct StoredPack {
    PackId id;
    std::uint64_t bytes = 0;
    bool is_too_old = false, is_damaged = false;
  };
  [[nodiscard]] std::vector<StoredPack> packs() const;
  /// Error `not_found`: it has been replaced or dropped since.
  Task<Result<PackIndexPtr>> read_index(PackId id);
  /// It holds something of a host that is gone, and is written anew without it when its period is over.
  void rewrite(PackId id);
  /// Closed segments of the journal that are not in the history yet.
  [[nodiscard]] std::uint64_t waiting_segments() const;
  [[nodiscard]] const TierKeep& keep() const;
  /// Samples came within the last day: what is kept then counts from now, and not from the newest sample.
  [[nodiscard]] bool is_receiving() const;

  /// What answer_stored needs beside the ring's part.
  [[nodiscard]] TierReading plan(const RangeQuery& query, std::optional<std::int64_t> ring_first_ms) const;
  /// After an answer: what it read on the way is kept for the next.
  void learn(const StoredAnswer& answer);
  /// What is stored of a removed host goes with the next rounds.
  void forget(HostNumber host);

  [[nodiscard]] TierFigures figures() const;
  Task<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fettle::metrics
