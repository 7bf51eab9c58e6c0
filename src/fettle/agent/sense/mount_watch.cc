#include "fettle/agent/sense/mount_watch.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>

namespace fettle::agent {

std::optional<MountSpace> read_mount_space(const std::string& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0 || !S_ISDIR(about.st_mode)) return std::nullopt;
  struct statvfs answer{};
  if (::statvfs(path.c_str(), &answer) != 0 || answer.f_blocks == 0) return std::nullopt;
  MountSpace space;
  space.total = answer.f_blocks * answer.f_frsize;
  space.used = (answer.f_blocks - std::min(answer.f_blocks, answer.f_bfree)) * answer.f_frsize;
  space.available = answer.f_bavail * answer.f_frsize;
  if (answer.f_files > 0) {
    space.inodes_total = answer.f_files;
    space.inodes_used = answer.f_files - std::min(answer.f_files, answer.f_ffree);
  }
  return space;
}

MountWatch::MountWatch(io::Loop& loop, io::Clock& clock, io::Log& log, io::TaskScope& tasks,
                       ReadSpace read_space, std::function<void(std::vector<MountReading>)> take)
    : loop_(loop),
      clock_(clock),
      log_(log),
      tasks_(tasks),
      read_space_(std::move(read_space)),
      take_(std::move(take)),
      queue_(loop.make_work_queue("agent.mounts", 1, 1)) {}

bool MountWatch::is_late() const {
  return round_ && clock_.mono_now() - began_at_ >= kIsLate;
}

void MountWatch::ask() {
  if (is_late()) leave_behind();
  if (!round_) begin();
}

void MountWatch::begin() {
  round_ = std::make_shared<Round>();
  for (const std::string& point : points_)
    if (!silent_.contains(point)) round_->points.push_back(point);
  began_at_ = clock_.mono_now();
  tasks_.spawn("agent.mounts", run(round_, queue_));
}

/// The mount that is being asked does not answer: it keeps that thread, and the next round goes on without
/// it.
void MountWatch::leave_behind() {
  const std::size_t asking = round_->asking;
  if (asking == 0 || silent_.size() >= kMostKept) return;
  const std::string& point = round_->points[asking - 1];
  log_.warn("a mount does not answer; it has no values until it does", {{"mount", point}});
  silent_[std::string(point)] = std::exchange(round_, nullptr);
  kept_.push_back(std::move(queue_));
  queue_ = loop_.make_work_queue("agent.mounts", 1, 1);
}

Task<void> MountWatch::run(std::shared_ptr<Round> round, std::shared_ptr<io::WorkQueue> queue) {
  auto done = co_await io::offload(loop_, *queue, [round, read_space = read_space_]() -> Result<> {
    for (const std::string& point : round->points) {
      ++round->asking;
      round->found.push_back({point, read_space(point)});
    }
    return {};
  });
  if (!done) log_.warn("mounts could not be looked at", {{"error", done.error()}});
  if (round == round_) {
    round_.reset();
    if (done) ended(*round);
    co_return;
  }
  // One that was left behind: what it asked in vain has answered, and is asked with the others again.
  std::erase(kept_, queue);
  std::erase_if(silent_, [&](const auto& entry) {
    if (entry.second != round) return false;
    log_.info("a mount answers again", {{"mount", entry.first}});
    return true;
  });
}

void MountWatch::ended(const Round& round) {
  std::vector<MountReading> readings;
  for (const std::string& point : points_) {
    const auto found = std::ranges::find(round.found, point, &MountReading::point);
    const bool is_there = found != round.found.end() && found->space;
    if (is_there) has_answered_[point] = true;
    if (!has_answered_.contains(point)) continue;
    readings.push_back({point, is_there ? found->space : std::nullopt});
  }
  std::erase_if(has_answered_, [this](const auto& entry) {
    return std::ranges::find(points_, entry.first) == points_.end();
  });
  take_(std::move(readings));
}

}  // namespace fettle::agent
