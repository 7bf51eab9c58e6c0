// The truth for samples and for each agent's highest position: append-only segments (length, CRC32C, record),
// one fdatasync a group, on a serial WorkQueue of its own. Opened and read back before the loop serves; then
// loop thread. Format: journal_format.h. A torn or flipped tail is cut at the last good record, counted and
// logged.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>

#include "fettle/base/result.h"
#include "fettle/io/clock.h"
#include "fettle/io/files.h"
#include "fettle/io/log.h"
#include "fettle/io/loop.h"
#include "fettle/metrics/sample.h"

namespace fettle::metrics {

struct JournalSettings {
  std::string folder;
  Millis linger{5};                    // waits this long for company before a group is written
  std::size_t group_records = 2000;    // a group is written at the latest with so many
  std::size_t queue_records = 20'000;  // beyond: append is refused
  // The same in bytes of values and series sets: a group is written at the latest with so many, and append is
  // refused beyond. 20,000 samples of 500 series are 80 MB.
  std::size_t group_bytes = 16U << 20U;
  std::size_t queue_bytes = 128U << 20U;
  std::uint64_t segment_bytes = 64U << 20U;
  Seconds segment_age{600};  // a new segment at the latest after this
  // Sooner, where it holds samples that are older than the ring keeps: they are seen when they are sealed.
  Seconds late_segment_age{30};
  Seconds keep{3900};  // segments wholly older are dropped (the ring's hour and a margin)
  // The oldest are dropped before that beyond so many bytes. An hour of 10,000 hosts with 40 series at 5 s is
  // 0.7 GiB (87 bytes a record, measured).
  std::uint64_t keep_bytes = 4ULL << 30U;
};

struct JournalFigures {  // records, groups and written bytes since the start; bytes and segments on disk now
  std::uint64_t records = 0, groups = 0, written_bytes = 0, bytes = 0, segments = 0, cut_bytes = 0,
                queued = 0, queued_bytes = 0, queue_capacity = 0;
  bool disk_full = false;
};

/// None: all. By value: it is asked on the journal's queue.
using KnownHosts = std::optional<std::unordered_set<HostNumber>>;

class Journal {
 public:
  Journal(io::Loop& loop, io::Clock& clock, io::Files& files, io::Log log, JournalSettings settings);
  ~Journal();

  /// Before open(): segments of this life are numbered from behind `segment` on.
  void begin_after(std::uint64_t segment);
  /// Segments behind `segment` are kept whatever their age: what they hold is nowhere else. Until the first
  /// call none is kept for that reason.
  void keep_after(std::uint64_t segment);
  /// The number of the segment that is written, or of the next; all before it are closed for good.
  [[nodiscard]] std::uint64_t open_segment() const;

  /// Reads all segments in order on the journal's queue, oldest first, and calls `visit` on the loop for each
  /// sample, in turns of bounded length; then takes appends. Once. Records of a host older than its highest
  /// position are not visited twice; what old segments say of hosts that are not known any more is passed
  /// over.
  Task<Result<>> open(KnownHosts known, std::function<void(Sample)> visit);

  /// The highest position on disk, of every host that ever wrote (kept across dropped segments).
  [[nodiscard]] wire::Position highest(HostNumber host) const;

  /// Queues a sample for the next group; positions of one host ascend, from boot 0 sequence 1 on. Errors:
  /// `unavailable` ("journal_full", "disk_full", "journal_failed", "stopping"), `conflict` ("not_ascending").
  Result<> append(Sample sample);

  /// Called on the loop with all that is durable, in order of append; a large group comes in slices, with
  /// other turns of the loop between.
  void on_committed(std::function<void(std::span<Sample>)> listener);
  /// Called on the loop when a group met a full disk and was given up, together with all that waited behind
  /// it: nothing of it is on disk. The listener sees to it that no host goes on behind what it lost here;
  /// agents send it again.
  void on_refused(std::function<void(std::span<Sample>)> listener);
  /// A failed write or sync is final (R2): no group is reported afterwards; the app ends the process.
  void on_fatal(std::function<void(Error)> listener);
  /// Forgets a removed host's position, and what of it waits for the disk.
  void forget(HostNumber host);

  [[nodiscard]] JournalFigures figures() const;
  /// Writes what is queued, then stops.
  Task<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fettle::metrics
