// The outbox on disk, as its work queue sees it: appends, reads, removes, thins, syncs. Blocks; one job at a
// time. What it is given and gives back are values; it knows nothing of the loop.
#pragma once
#include <deque>

#include "fettle/agent/outbox/outbox_state.h"
#include "fettle/agent/outbox/segment.h"

namespace fettle::agent {

struct StoreFigures {
  std::uint64_t waiting = 0;
  std::uint64_t lost = 0;
  std::uint64_t bytes = 0;
};

class SegmentStore {
 public:
  struct Opened {
    std::uint64_t boot = 0;
    bool boot_is_durable = false;  // false: the disk takes nothing, the number may come again
    wire::Position last;           // the highest that was found
    wire::Position acknowledged;   // as the last stop knew it
    std::uint64_t cut_bytes = 0;   // torn or changed ends of segments
    std::uint64_t unreadable_segments = 0;
  };

  SegmentStore(io::Files& files, std::string folder, OutboxLimits limits);

  /// Finds what is there, cuts what is torn, and counts this start.
  Result<Opened> open();
  /// With an error some of the first may be written: giving all of them again is right, none comes twice.
  /// Makes room by thinning and dropping the oldest.
  Result<> append(const std::vector<OutboxRecord>& records);
  /// Records beyond `after` in order, at most `most` of them and about kBatchBytes.
  Result<std::vector<OutboxRecord>> read_after(wire::Position after, std::size_t most);
  /// Removes segments that are acknowledged as a whole.
  void acknowledge(wire::Position position);
  /// Writes down what is acknowledged, for the next start. Without it that one takes more for waiting than
  /// waits.
  Result<> keep_acknowledged();
  /// Makes durable what was appended. After an error the present segment is not written to again.
  Result<> sync();
  /// A higher start number. What was written of this start beyond `acknowledged` goes along: it gets the
  /// first numbers of the new one. With an error it does so until the next start only.
  Result<> raise_boot(std::uint64_t boot, wire::Position acknowledged);
  [[nodiscard]] StoreFigures figures() const;

  static constexpr std::size_t kBatchBytes = 256 * 1024;

 private:
  /// Where the next batch begins when it goes on from the last one.
  struct Cursor {
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;
    wire::Position at;
    std::map<std::uint64_t, std::shared_ptr<const std::string>> sets;  // see OutboxRecord
  };

  [[nodiscard]] std::string path_of(const Segment& segment) const;
  Result<> scan_all(Opened& opened);
  Result<> scan_one(std::uint64_t number, Opened& opened);
  void read_state();
  void count_start(Opened& opened);
  void renumber(const Renumbering& renumbering);
  void give_up(std::uint64_t records, wire::Position up_to);
  void resolve_planned_loss();
  Result<> write_state();
  Result<> begin_segment();
  void abandon_segment(std::uint64_t good_bytes);
  Result<> write(const std::string& bytes);
  Result<> read_segment(const Segment& segment, Cursor& cursor, std::size_t most,
                        std::vector<OutboxRecord>& into, std::size_t& bytes);
  void make_room();
  bool thin(Segment& segment);
  void drop_oldest();
  [[nodiscard]] std::uint64_t total_bytes() const;

  io::Files& files_;
  const std::string folder_;
  const OutboxLimits limits_;
  OutboxState state_;
  std::deque<Segment> segments_;  // oldest first
  wire::Position acknowledged_;
  wire::Position last_written_;
  std::unique_ptr<io::File> active_;  // of segments_.back(), when it is still written to
  std::set<std::uint64_t> active_sets_;
  std::uint64_t next_number_ = 1;
  bool has_unsynced_ = false;
  bool has_unsynced_name_ = false;
  Cursor cursor_;
};

}  // namespace fettle::agent
