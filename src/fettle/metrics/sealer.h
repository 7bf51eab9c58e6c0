// The side of the history that blocks: seals segments of the journal into the tiers, makes chunks of pieces,
// drops what is old. History queue, one call at a time; it knows no loop and no clock.
//
// Sealing segment N appends what it holds to the packs of its hours, days and months, each sample once, as
// pieces that name N; syncs them; then writes carry/N and syncs that. From there on N is sealed, and the
// journal may drop it. After a crash between the two it is sealed again, and its pieces replace those of the
// same name. Roll-ups only add up, so that late samples are pieces like all others, in the packs of their own
// time.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "fettle/io/log.h"
#include "fettle/metrics/block.h"
#include "fettle/metrics/carry.h"
#include "fettle/metrics/journal.h"
#include "fettle/metrics/pack_writer.h"
#include "fettle/metrics/rollup.h"

namespace fettle::metrics {

struct TierPaths {
  std::string folder;   // of the history
  std::string journal;  // its folder
};

struct SealOrder {
  std::uint64_t open_segment = 0;  // those before it may be sealed
  KnownHosts known;
  std::int64_t now_ms = 0;
  TierKeep keep = kDefaultKeep;
};
struct SealOutcome {
  std::uint64_t segment = 0;  // 0: there was none to seal
  std::vector<AppendedPack> packs;
  std::uint64_t samples = 0, too_old = 0, flagged = 0;
  std::int64_t newest_ms = 0;  // of all samples that were ever sealed
};

struct CompactOrder {
  PackId id;
  std::uint64_t sealed = 0;
  KnownHosts known;
};
struct CompactOutcome {
  PackId id;  // the new one; the one before is gone
  PackIndex index;
};

class Sealer {
 public:
  Sealer(io::Files& files, io::Log log, TierPaths paths);

  struct Opened {
    std::uint64_t sealed = 0;
    std::int64_t newest_ms = 0;
    std::map<PackId, std::uint64_t> packs;  // with their bytes
  };
  /// Before all else. Files that a crash left unfinished are removed.
  Result<Opened> open();
  /// The next segment that is closed and not sealed. Errors: `unavailable` ("disk_full"): nothing was done;
  /// all others are final.
  Result<SealOutcome> seal_next(const SealOrder& order);
  /// Errors: `not_found`: it holds nothing any more, and is gone; `unavailable` ("disk_full"); `corrupt`: it
  /// stays as it is; all others are final.
  Result<CompactOutcome> compact(const CompactOrder& order);
  Result<> drop(const PackId& id);
  Result<PackIndex> read_index(const PackId& id);

 private:
  struct HostWork;
  struct Seal;
  Result<> list_packs(Tier tier, Opened& opened);
  Result<> open_carries(Opened& opened);
  Result<std::uint64_t> last_dropped(const Opened& opened);
  Result<> read_segment(Seal& seal);
  void take(Seal& seal, Sample& sample, Result<>& outcome);
  Result<> flush(Seal& seal, HostNumber host, HostWork& work);
  Result<> write_carries(std::uint64_t segment);
  [[nodiscard]] std::string carry_path(std::uint64_t segment) const;

  io::Files& files_;
  io::Log log_;
  TierPaths paths_;
  std::uint64_t sealed_ = 0;
  std::int64_t newest_ms_ = 0;
  Carries carries_;
  std::map<std::pair<Tier, std::int64_t>, std::uint32_t> generations_;
  std::map<std::uint64_t, std::weak_ptr<const std::vector<wire::Series>>> layouts_;  // shared by hosts
  PackWriter writer_;
  BlockCodec codec_;
  ColumnCoder coder_;
};

}  // namespace fettle::metrics
