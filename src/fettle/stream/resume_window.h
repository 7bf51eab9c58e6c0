// What a connection can be given again: kept messages of the last minutes as they were sent, and the newest
// sample of each key. It serves who reconnects and who reads slowly alike: both are a sequence to go on
// after, so that neither has a queue of its own. Owned by the hub; loop thread.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fettle/base/time.h"

namespace fettle::stream {

struct KeptFrame {
  std::uint64_t sequence = 0;
  std::string_view bytes;  // in a block of the window
};

/// Kept frames of one topic, oldest first. One allocation, none while it has never held any.
class KeptQueue {
 public:
  void push(KeptFrame frame) { frames_.push_back(frame); }
  void pop_through(std::uint64_t sequence);
  [[nodiscard]] std::span<const KeptFrame> after(std::uint64_t sequence) const;
  [[nodiscard]] bool is_empty() const { return head_ == frames_.size(); }
  [[nodiscard]] std::size_t size() const { return frames_.size() - head_; }

 private:
  std::vector<KeptFrame> frames_;
  std::size_t head_ = 0;
};

struct Shelf;

/// The newest sample of one key. A row of a fleet_status is one too: rows that a later frame replaced are
/// left out when they are put together again.
struct SampleSlot {
  Shelf* shelf = nullptr;
  const std::string* key = nullptr;
  std::uint64_t sequence = 0;  // 0: nothing of it has been delivered to anyone yet
  MonoTime stored_at{};
  std::int64_t row_at = 0;  // `at` of the fleet_status that the row came in
  bool is_row = false;
  bool is_held = false;            // a newer value is on its way: it must not be dropped before
  std::string bytes;               // the frame, or the JSON of the row
  std::uint64_t pending_tick = 0;  // the hub's: where this key stands in the tick that is being filled
  std::size_t pending_index = 0;
};

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

/// What the window has of one topic. Goes only when it is empty.
struct Shelf {
  std::string environment_id;
  std::uint64_t newest = 0;  // sequence
  KeptQueue kept;
  std::unordered_map<std::string, std::list<SampleSlot>::iterator, TextHash, std::equal_to<>> samples;
  [[nodiscard]] bool is_empty() const { return kept.is_empty() && samples.empty(); }
};

struct Piece {
  std::uint64_t sequence = 0;
  std::string_view bytes;
  bool is_kept = false;
};

/// Strictly increasing pieces; the views live as long as this value and until the window changes.
struct Backlog {
  std::vector<Piece> pieces;
  std::deque<std::string> made;  // frames that were put together for it
  bool is_cut = false;           // there is more behind the last piece
  std::size_t samples_seen = 0;  // what the search cost
};

struct WindowLimits {
  Seconds age{300};
  std::size_t bytes = 16U << 20U;
};

class ResumeWindow {
 public:
  ResumeWindow(std::string epoch, WindowLimits limits) : epoch_(std::move(epoch)), limits_(limits) {}

  /// Copies the kept frames of one tick; returns where they stand from now on. `last` is not below any
  /// sequence in it.
  std::string_view add_block(std::string_view bytes, std::uint64_t last, MonoTime now);
  /// `frame.bytes` lies in the newest block.
  void add_kept(Shelf& shelf, KeptFrame frame);
  /// Finds the key's slot or makes one, and holds it until it is set.
  SampleSlot& slot(Shelf& shelf, std::string_view key);
  void set_sample(SampleSlot& slot, std::uint64_t sequence, std::string_view frame, MonoTime now);
  void set_row(SampleSlot& slot, std::uint64_t sequence, std::string_view row, std::int64_t at, MonoTime now);

  /// Notes that everything up to here has been handed out by now, and drops what is too old or too much.
  void advance(std::uint64_t delivered, MonoTime now);
  /// Nothing after this has been dropped.
  [[nodiscard]] std::uint64_t floor() const { return floor_; }

  /// What these shelves have after a sequence that is not below the floor, in order; no more than about
  /// `limit_bytes` at once.
  [[nodiscard]] Backlog collect(std::span<Shelf* const> shelves, std::uint64_t after,
                                std::size_t limit_bytes) const;

  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t messages() const { return messages_; }

 private:
  struct Block {
    std::uint64_t last = 0;
    MonoTime added_at{};
    std::unique_ptr<char[]> bytes;
    std::size_t cost = 0;
    std::size_t messages = 0;
    std::vector<Shelf*> shelves;
  };
  struct Mark {
    MonoTime at;
    std::uint64_t delivered;
  };

  void put(SampleSlot& slot, std::uint64_t sequence, std::string_view bytes, MonoTime now);
  void drop_block();
  void drop_sample();
  void drop_oldest();
  void add_rows(Backlog& backlog, std::vector<Piece>& out, const Shelf& shelf, std::uint64_t after) const;

  const std::string epoch_;
  const WindowLimits limits_;
  std::deque<Block> blocks_;
  std::list<SampleSlot> samples_;  // by sequence, oldest first
  std::list<SampleSlot> held_;
  std::deque<Mark> marks_;  // one a second at most
  std::uint64_t floor_ = 0;
  std::size_t bytes_ = 0;
  std::size_t messages_ = 0;
};

}  // namespace fettle::stream
