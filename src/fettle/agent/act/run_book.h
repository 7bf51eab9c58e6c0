// The runs that this host holds: each is on disk before anybody hears of it, each report too, and all stay
// until the server has acknowledged the last one. What is on disk goes to the server in order, a bounded part
// of it at a time, so that neither a long log nor a server that does not answer fills memory. Loop thread.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fettle/agent/act/run_store.h"
#include "fettle/agent/alarm.h"
#include "fettle/io/async_event.h"
#include "fettle/io/log.h"
#include "fettle/io/random.h"
#include "fettle/io/work_queue.h"

namespace fettle::agent {

struct RunBookFigures {
  std::size_t held = 0;
  std::uint64_t bytes = 0;  // of them, on disk
  std::uint64_t unwritten_bytes = 0;
  std::uint64_t dropped_lines = 0;  // while the disk took nothing
  std::uint64_t write_failures = 0;
};

class RunBook {
 public:
  /// `boot_id` names this start of the agent to the server.
  RunBook(io::Loop& loop, io::Clock& clock, io::Log log, io::Files& files, std::string folder,
          std::string boot_id);

  /// What earlier starts left; those that are not over wait for their last word from the caller.
  Task<Result<std::vector<StoredRun>>> start();
  /// Returns when all is written, or the disk has been waited for long enough.
  Task<void> stop();

  /// Errors: `conflict` ("run_done"), and those of the disk; then nothing is held.
  Task<Result<>> add(wire::RunOrder order);
  Task<Result<>> add_opened(wire::RunOpened opened);
  [[nodiscard]] bool holds(const std::string& id) const { return held_.contains(id); }
  /// Held, and on disk.
  [[nodiscard]] bool has_taken(const std::string& id) const;
  [[nodiscard]] std::uint64_t epoch_of(const std::string& id) const;
  /// A later epoch of a run that is held: all of it is told again under this one.
  void raise_epoch(const std::string& id, std::uint64_t epoch);
  /// Gives it the next number of its run. `spool_read`: how much of a spool is in it and those before.
  void report(const std::string& id, wire::RunReport report, std::uint64_t spool_read = 0);
  /// Reports that wait for the disk; whoever makes more waits for room().
  [[nodiscard]] std::size_t unwritten_bytes() const { return unwritten_bytes_; }
  Task<void> room();
  /// Called when the last report of a run is on disk, or the server has it.
  void on_over(std::function<void(const std::string& id)> call) { on_over_ = std::move(call); }
  [[nodiscard]] bool is_over(const std::string& id) const;
  /// It began here by itself.
  [[nodiscard]] bool is_opened(const std::string& id) const;
  /// Runs that began by themselves. The oldest of them that is over goes unheard; false when none is.
  [[nodiscard]] std::size_t opened_runs() const;
  [[nodiscard]] std::size_t ordered_runs() const { return held_.size() - opened_runs(); }
  bool drop_oldest_opened();

  // ---- to the server; see WorkDoor
  std::uint64_t open();
  void close(std::uint64_t opening);
  /// Said before reports; lost with the link.
  void say(const wire::Message& message);
  Task<std::optional<std::string>> next(std::uint64_t opening);
  void acknowledge(const wire::RunReportAck& ack);
  [[nodiscard]] bool is_told() const;

  [[nodiscard]] RunBookFigures figures() const;

  /// Of the runs that are held at once; together no more than can be named to the server.
  static constexpr std::size_t kMostOpened = 1'000;   // that began by themselves
  static constexpr std::size_t kMostOrdered = 1'048;  // that were ordered
  static_assert(kMostOpened + kMostOrdered <= wire::kMostHeldRuns);
  static constexpr std::size_t kMostInFlight = 16;  // reports sent and not acknowledged
  static constexpr std::size_t kMostInFlightOfRun = 4;
  static constexpr std::size_t kMostToSay = 256;
  static constexpr std::size_t kMostEpochs = 100;  // of one run; a server has no reason for more
  /// Runs that began here by themselves are told so many at once, and then one in this time: less than a
  /// server takes of one host (60, and ten a second), so that none waits there.
  static constexpr std::size_t kMostOpenedAtOnce = 40;
  static constexpr Nanos kBetweenOpened = Millis(125);
  /// What is not acknowledged for this long is told again, however well the link does: the word of it may
  /// have been dropped where a queue was full. Twice as long each time.
  static constexpr Nanos kPatience = Seconds(30);
  static constexpr Nanos kMostPatience = Seconds(600);
  static constexpr std::size_t kMostUnwritten = 512UL * 1024;    // bytes, then room() waits
  static constexpr std::size_t kMostUnwrittenAtAll = 4UL << 20;  // then lines of logs are dropped
  static constexpr Nanos kBetweenTries = Seconds(10);
  static constexpr Nanos kPatienceAtStop = Seconds(3);

 private:
  struct Entry {
    StoredReport place;
    std::unique_ptr<wire::RunReport> held;  // until it is on disk
    std::uint64_t spool_read = 0;
  };
  struct Held {
    std::uint64_t epoch = 0;
    bool is_taken = false;  // on disk
    bool is_over = false;
    std::uint64_t bytes = 0;  // on disk
    std::size_t epochs = 0;   // that were raised
    std::optional<wire::RunOpened> opened;
    bool is_opened_said = false;     // on this link
    std::deque<std::string> frames;  // to be written before the reports (epochs)
    std::vector<Entry> reports;      // the first has the number 1
    std::size_t written = 0, sent = 0, acknowledged = 0;
    bool has_trouble = false;  // the disk did not take the last of them
    /// Since when what was sent waits for its acknowledgement, and how often it was told again for that.
    std::optional<MonoTime> waits_since;
    unsigned repeats = 0;
  };
  /// What is written to one run's file at once.
  struct Piece {
    std::string id;
    std::string text;
    std::vector<std::uint32_t> sizes;  // of the reports in it
    std::size_t frames = 0;            // before them
    std::uint64_t frames_bytes = 0;
    Result<std::uint64_t> offset;  // where it lies then
  };

  io::WorkQueue& queue();
  Task<Result<>> create(std::string id, std::string frames, Held held);
  Task<void> pump();
  Task<void> write_all();
  [[nodiscard]] std::vector<Piece> take_pieces();
  void take_written(const Piece& piece);
  Task<void> finish_all();
  void add_dirty(const std::string& id);
  /// The same, and begins to write; without an id: begins again after a pause.
  void mark_dirty(const std::string& id);
  [[nodiscard]] bool has_work() const { return !dirty_.empty() || !finished_.empty(); }
  using HeldPlace = std::map<std::string, Held>::iterator;
  void rid_of(HeldPlace place);
  [[nodiscard]] bool can_send(const Held& held) const;
  [[nodiscard]] bool may_open() const { return opened_until_ <= clock_.mono_now() + kOpenedAhead; }
  /// The run whose turn it is.
  [[nodiscard]] std::optional<std::string> pick() const;
  Task<std::optional<std::string>> next_report(std::string id, std::uint64_t opening);
  [[nodiscard]] wire::RunsHeld held_message() const;
  [[nodiscard]] std::size_t in_flight() const;
  [[nodiscard]] static MonoTime repeat_at(const Held& held);
  void repeat_overdue();
  void set_alarm();

  io::Loop& loop_;
  io::Clock& clock_;
  io::Log log_;
  const std::string boot_id_;
  std::shared_ptr<RunStore> store_;       // shared with jobs, whose waiting task may be cancelled
  std::unique_ptr<io::WorkQueue> queue_;  // its thread is there while there are runs
  std::function<void(const std::string&)> on_over_ = [](const std::string&) {};

  std::map<std::string, Held> held_;
  std::deque<std::string> dirty_;     // have something for the disk
  std::deque<std::string> finished_;  // their ids are to be remembered, their files to go
  std::uint64_t bytes_ = 0;           // of all that is held
  std::size_t unwritten_bytes_ = 0;
  std::uint64_t dropped_lines_ = 0, write_failures_ = 0;
  bool is_pumping_ = false;
  std::uint64_t opening_ = 0;  // 0: no link
  std::uint64_t openings_ = 0;
  bool must_say_held_ = false;
  std::deque<std::string> to_say_;
  std::string last_picked_;
  /// Each run that is told to have begun takes its part of the time ahead.
  MonoTime opened_until_;
  static constexpr Nanos kOpenedAhead = kBetweenOpened * (kMostOpenedAtOnce - 1);
  io::AsyncEvent wake_, room_, idle_;
  Alarm retry_, telling_;
  io::TaskScope tasks_;
};

}  // namespace fettle::agent
