#include "fettle/agent/act/exec_desk.h"

#include <algorithm>
#include <set>

#include "fettle/io/kill_points.h"
#include "fettle/io/loop.h"

namespace fettle::agent {
namespace {

constexpr std::size_t kQueueCapacity = 8;
constexpr std::size_t kMostInOneLook = 1UL << 20;  // bytes
constexpr std::uint64_t kNotWanted = ~std::uint64_t{0};
/// What files of others belong to in a unit that sees no other users (PrivateUsers=).
constexpr std::uint32_t kNobody = 65'534;

/// What one look at the folder brought.
struct Look {
  std::vector<std::pair<std::string, Result<io::SpoolPiece>>> pieces;  // by file name
  std::set<std::string> names;
  bool is_whole = true;  // nothing was left for the next
};

/// On the queue. `offsets`: how far each file was read.
Result<Look> look_into(io::SpoolFolder& folder, const std::map<std::string, std::uint64_t>& offsets) {
  FETTLE_TRY(const auto names, folder.list(ExecDesk::kMostFiles));
  Look look{
      .pieces = {}, .names = {names.begin(), names.end()}, .is_whole = names.size() < ExecDesk::kMostFiles};
  std::size_t bytes = 0;
  for (const std::string& name : names) {
    const auto known = offsets.find(name);
    const std::uint64_t offset = known == offsets.end() ? 0 : known->second;
    if (offset == kNotWanted) continue;
    if (bytes >= kMostInOneLook) {
      look.is_whole = false;
      break;
    }
    look.pieces.emplace_back(name, folder.read(name, offset, ExecDesk::kMostAtOnce));
    const auto& piece = look.pieces.back().second;
    if (!piece) continue;
    bytes += piece->bytes.size();
    look.is_whole = look.is_whole && offset + piece->bytes.size() >= piece->size;
  }
  return look;
}

std::string id_of(const std::string& name) {
  return name.substr(0, name.size() - io::kSpoolEnding.size());
}

std::string name_of(const std::string& id) {
  return id + std::string(io::kSpoolEnding);
}

}  // namespace

ExecDesk::ExecDesk(io::Loop& loop, io::Clock& clock, io::Log log, RunBook& book,
                   std::unique_ptr<io::SpoolFolder> folder)
    : loop_(loop),
      clock_(clock),
      log_(std::move(log)),
      book_(book),
      folder_(std::move(folder)),
      alarm_(clock, tasks_, [this] { look_soon(); }),
      tasks_(loop, log_) {}

Task<void> ExecDesk::start(std::vector<StoredRun> unfinished) {
  for (const StoredRun& run : unfinished) {
    auto followed = std::make_unique<Followed>(SpoolCourse(run.spool_read));
    followed->is_held = true;
    followed_[run.id] = std::move(followed);
  }
  book_.on_over([this](const std::string& id) {
    if (followed_.contains(id)) tasks_.spawn("agent.exec.remove", remove(id));
  });
  const auto watched = folder_->watch([this] {
    if (!alarm_.is_set()) alarm_.set(clock_.mono_now() + kLookDelay);
  });
  is_watched_ = watched.has_value();
  if (!watched)
    log_.info("fettle exec cannot be followed here", {{"folder", folder_->path()}, {"why", watched.error()}});
  if (is_watched_ || !followed_.empty()) look_soon();
  co_return;
}

Task<void> ExecDesk::stop() {
  folder_->forget();
  alarm_.clear();
  book_.on_over([](const std::string&) {});
  co_await tasks_.stop();
}

ExecDeskFigures ExecDesk::figures() const {
  return {.following = followed_.size(), .taken = taken_, .dropped = dropped_};
}

void ExecDesk::look_soon() {
  must_look_again_ = true;
  if (std::exchange(is_looking_, true)) return;
  tasks_.spawn("agent.exec", look());
}

Task<void> ExecDesk::look() {
  while (std::exchange(must_look_again_, false)) {
    if (co_await look_once()) must_look_again_ = true;
  }
  is_looking_ = false;
  // Its thread is joined, which may not wait for a disk.
  if (followed_.empty() && removing_ == 0) queue_.reset();
}

/// True when there is more to read at once.
Task<bool> ExecDesk::look_once() {
  std::map<std::string, std::uint64_t> offsets;
  for (const auto& [id, followed] : followed_) {
    const bool is_done = followed->course.state() != SpoolCourse::State::open;
    offsets[name_of(id)] = is_done ? kNotWanted : followed->course.read_bytes();
  }
  if (!queue_) queue_ = loop_.make_work_queue("agent.exec", 1, kQueueCapacity);
  auto look = co_await io::offload(loop_, *queue_, [folder = folder_, offsets = std::move(offsets)] {
    return look_into(*folder, offsets);
  });
  if (!look) {
    if (is_watched_) log_.warn("the folder of fettle exec cannot be read", {{"error", look.error()}});
    look = Look{};
  }
  for (auto& [name, piece] : look->pieces) {
    if (piece) {
      co_await take(id_of(name), std::move(*piece));
    } else if (piece.error().code != ErrorCode::not_found) {
      co_await drop(id_of(name), piece.error().detail);
    }
  }
  std::vector<std::string> gone;
  for (const auto& [id, followed] : followed_) {
    const bool is_there = look->names.contains(name_of(id));
    if (!is_there && look->is_whole && followed->course.state() == SpoolCourse::State::open)
      gone.push_back(id);
  }
  for (const std::string& id : gone) {
    Followed& followed = *followed_.at(id);
    followed.course.abandon(unix_ms(clock_.wall_now()));
    if (followed.is_held) tell(id, followed);
  }
  co_return !look->is_whole;
}

Task<void> ExecDesk::take(std::string id, io::SpoolPiece piece) {
  if (!HostRunId::parse(id)) co_return co_await drop(id, "its name is no id of a run");
  auto& slot = followed_[id];
  if (!slot) slot = std::make_unique<Followed>(SpoolCourse());
  Followed& followed = *slot;
  const bool is_at_end = followed.course.read_bytes() + piece.bytes.size() >= piece.size;
  const auto state = followed.course.add(piece.bytes);
  if (!followed.is_held && followed.course.opened() && !co_await hold(id, followed, piece.owner)) co_return;
  const bool is_left = is_at_end && !piece.has_writer && state == SpoolCourse::State::open;
  if (state == SpoolCourse::State::broken || is_left) {
    if (!followed.is_held) co_return co_await drop(id, "it does not say what was run");
    followed.course.abandon(unix_ms(clock_.wall_now()));
  }
  if (!followed.is_held) co_return;
  tell(id, followed);
  co_await book_.room();
}

/// The run is held, or the file is no more to be followed.
Task<bool> ExecDesk::hold(std::string id, Followed& followed, std::uint32_t owner) {
  if (book_.holds(id)) {
    if (book_.is_over(id)) {  // told to its end before this start of the agent
      co_await remove(id);    // `followed` goes with it
      co_return false;
    }
    followed.is_held = true;
    co_return true;
  }
  wire::RunOpened opened = *followed.course.opened();
  const std::string claim = "uid " + std::to_string(owner);
  if (owner != kNobody && opened.actor != claim && !opened.actor.starts_with(claim + " "))
    opened.actor = claim;
  if (opened.run_id != id) {
    co_await drop(id, "it is named for another run");
    co_return false;
  }
  const bool is_too_much = book_.opened_runs() >= kMostHeld || book_.figures().bytes >= kMostHeldBytes;
  if (is_too_much && book_.drop_oldest_opened()) ++dropped_;
  auto added = co_await book_.add_opened(std::move(opened));
  if (added) {
    ++taken_;
    io::reach(io::KillPoint::spooled_kept);
    followed.is_held = true;
    co_return true;
  }
  if (added.error().reason == "run_done") {
    co_await remove(id);
    co_return false;
  }
  log_.warn("a run of fettle exec cannot be kept yet", {{"run", id}, {"error", added.error()}});
  followed_.erase(id);
  alarm_.set(clock_.mono_now() + kBetweenTries);
  co_return false;
}

void ExecDesk::tell(const std::string& id, Followed& followed) {
  if (!book_.holds(id) || book_.is_over(id)) return;
  SpoolCourse& course = followed.course;
  const std::int64_t now_ms = unix_ms(clock_.wall_now());
  while (course.has_news()) book_.report(id, course.take_report(now_ms), course.taken_bytes());
  if (course.state() == SpoolCourse::State::ended)
    book_.report(id, course.last_report(now_ms), course.taken_bytes());
}

Task<void> ExecDesk::drop(std::string id, std::string why) {
  ++dropped_;
  log_.warn("a file in the folder of fettle exec is no good and goes", {{"file", id}, {"why", why}});
  co_await remove(id);
}

Task<void> ExecDesk::remove(std::string id) {
  io::reach(io::KillPoint::spooled_going);
  followed_.erase(id);
  if (!queue_) queue_ = loop_.make_work_queue("agent.exec", 1, kQueueCapacity);
  ++removing_;
  auto removed = co_await io::offload(
      loop_, *queue_, [folder = folder_, name = name_of(id)] { return folder->remove(name); });
  --removing_;
  if (!removed) log_.warn("a file of fettle exec cannot be removed", {{"error", removed.error()}});
}

}  // namespace fettle::agent
