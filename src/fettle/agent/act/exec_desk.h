// Picks up what `fettle exec` left in the spool of this host, and tells it as runs that began by themselves.
// Wakes when something comes into the folder, and at no other time. Loop thread; start() once, stop() before
// it goes.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "fettle/agent/act/run_book.h"
#include "fettle/agent/act/spool_course.h"
#include "fettle/agent/alarm.h"
#include "fettle/io/spool_folder.h"

namespace fettle::agent {

struct ExecDeskFigures {
  std::size_t following = 0;
  std::uint64_t taken = 0;
  std::uint64_t dropped = 0;  // files that were no good, and runs that were too many
};

class ExecDesk {
 public:
  /// `book` outlives the desk.
  ExecDesk(io::Loop& loop, io::Clock& clock, io::Log log, RunBook& book,
           std::unique_ptr<io::SpoolFolder> folder);

  /// `unfinished`: runs that the last start of the agent followed. A folder that cannot be watched is said
  /// once and left alone.
  Task<void> start(std::vector<StoredRun> unfinished);
  Task<void> stop();
  [[nodiscard]] ExecDeskFigures figures() const;

  /// From the first change in the folder to the look at it.
  static constexpr Nanos kLookDelay = Millis(200);
  /// The same while more than a few are followed: each look may become a report of each.
  static constexpr Nanos kLookDelayOfMany = Seconds(1);
  static constexpr std::size_t kFew = 4;
  /// Of runs that wait for the server; then the oldest go.
  static constexpr std::size_t kMostHeld = RunBook::kMostOpened;
  static constexpr std::uint64_t kMostHeldBytes = 128ULL << 20;
  static constexpr std::size_t kMostAtOnce = 256UL * 1024;  // bytes of one file
  /// Until it has said what was run: that fits, and nothing of it is kept for the next look.
  static constexpr std::size_t kMostAtFirst = 16UL * 1024;
  static constexpr std::size_t kMostNewFiles = 500;       // in one look; those behind them come with the next
  static constexpr std::size_t kMostListed = 20'000;      // entries of the folder
  static constexpr Nanos kBetweenIdleLooks = Seconds(1);  // at files that say nothing, when there are many
  static constexpr Nanos kBetweenTries = Seconds(30);     // of a folder or a disk that takes nothing

 private:
  void look_soon();
  Task<void> look();
  Task<bool> look_once();
  Task<void> take(std::string id, io::SpoolPiece piece);
  Task<void> take_new(std::string id, io::SpoolPiece piece);
  Task<Result<>> hold(wire::RunOpened opened, std::uint32_t owner);
  void tell(const std::string& id, SpoolCourse& course);
  Task<void> give_up(std::string id, std::string why);
  Task<void> drop(std::string id, std::string why);
  Task<void> remove(std::string id);

  io::Loop& loop_;
  io::Clock& clock_;
  io::Log log_;
  RunBook& book_;
  std::shared_ptr<io::SpoolFolder> folder_;  // shared with jobs, whose waiting task may be cancelled
  std::unique_ptr<io::WorkQueue> queue_;     // its thread is there while there is something to read
  bool is_watched_ = false;
  /// By run, those that the book holds. Behind pointers: a coroutine waits with one of them.
  std::map<std::string, std::unique_ptr<SpoolCourse>> followed_;
  std::string last_new_;  // name of the file that was read last of those that are not followed
  std::uint64_t taken_ = 0, dropped_ = 0;
  bool is_looking_ = false, must_look_again_ = false;
  std::size_t removing_ = 0;  // files, on the queue
  Alarm alarm_;
  io::TaskScope tasks_;
};

}  // namespace fettle::agent
