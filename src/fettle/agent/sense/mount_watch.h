// Space on each mount (statvfs waits for its file system, for ever where a server of files is gone). A round
// asks them one after the other on a work queue. A mount that does not answer in time keeps the thread that
// asked it; the others are asked by another one from then on, and only that mount has no values. Loop thread.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/loop.h"
#include "fettle/io/task_scope.h"
#include "fettle/io/work_queue.h"

namespace fettle::agent {

struct MountSpace {
  std::uint64_t total = 0, used = 0, available = 0;        // bytes
  std::optional<std::uint64_t> inodes_total, inodes_used;  // absent where inodes are made as needed
};
struct MountReading {
  std::string point;
  std::optional<MountSpace> space;
};
/// nullopt when the file system does not answer, or the path is no folder.
std::optional<MountSpace> read_mount_space(const std::string& path);

class MountWatch {
 public:
  using ReadSpace = std::function<std::optional<MountSpace>(const std::string& path)>;
  /// `take` gets what each round found. `tasks` belongs to the caller, who stops it.
  MountWatch(io::Loop& loop, io::Clock& clock, io::Log& log, io::TaskScope& tasks, ReadSpace read_space,
             std::function<void(std::vector<MountReading>)> take);

  /// Which there are now.
  void set_points(std::vector<std::string> points) { points_ = std::move(points); }
  /// Begins a round unless one is on its way, which is looked at instead.
  void ask();
  /// No round has ended for so long that what it found is not new.
  [[nodiscard]] bool is_late() const;

  static constexpr Nanos kIsLate = Seconds(15);
  /// Threads that mounts may keep. With more of them silent at once none has values.
  static constexpr std::size_t kMostKept = 4;

 private:
  /// Shared with the job, which may hang past the end of all this.
  struct Round {
    std::vector<std::string> points;
    std::atomic<std::size_t> asking{0};  // 1 for the first; 0: not begun
    std::vector<MountReading> found;
  };

  Task<void> run(std::shared_ptr<Round> round, std::shared_ptr<io::WorkQueue> queue);
  void begin();
  void leave_behind();
  void ended(const Round& round);

  io::Loop& loop_;
  io::Clock& clock_;
  io::Log& log_;
  io::TaskScope& tasks_;
  const ReadSpace read_space_;
  const std::function<void(std::vector<MountReading>)> take_;
  std::vector<std::string> points_;
  std::map<std::string, std::shared_ptr<Round>> silent_;  // and the round that still asks it
  std::map<std::string, bool> has_answered_;              // single files that are mounted never do
  std::shared_ptr<io::WorkQueue> queue_;                  // of the present round
  // Of those that were left behind: a task that is cancelled must not wait for their threads.
  std::vector<std::shared_ptr<io::WorkQueue>> kept_;
  std::shared_ptr<Round> round_;
  MonoTime began_at_{};
};

}  // namespace fettle::agent
