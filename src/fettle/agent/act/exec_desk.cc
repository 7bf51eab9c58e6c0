#include "fettle/agent/act/exec_desk.h"

#include <algorithm>
#include <set>

#include "fettle/agent/act/spool_excess.h"
#include "fettle/io/kill_points.h"
#include "fettle/io/loop.h"
#include "fettle/wire/opened_id.h"

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
  std::vector<std::string> excess;  // to go
  bool is_listed = false;           // `names` are all
  bool is_whole = true;             // nothing was left for the next
  std::string last_new;
};

/// What a look knows of the one before.
struct Known {
  std::map<std::string, std::uint64_t> offsets;  // how far each file that is followed was read
  std::string last_new;                          // files that are not are read from the one behind it on
};

class Looking {
 public:
  Looking(io::SpoolFolder& folder, const Known& known) : folder_(folder), known_(known) {}

  Result<Look> look() {
    FETTLE_TRY(const io::SpoolList list, folder_.list(ExecDesk::kMostListed));
    look_.is_listed = list.is_whole;
    look_.excess = decide_excess(list.files);
    look_.last_new = known_.last_new;
    const std::set<std::string> excess(look_.excess.begin(), look_.excess.end());
    std::vector<std::string> fresh;
    for (const io::SpoolFile& file : list.files) {
      look_.names.insert(file.name);
      if (excess.contains(file.name)) continue;
      const auto known = known_.offsets.find(file.name);
      if (known == known_.offsets.end()) {
        fresh.push_back(file.name);
      } else if (known->second != kNotWanted) {
        read(file.name, known->second, ExecDesk::kMostAtOnce);
      }
    }
    read_fresh(fresh);
    return std::move(look_);
  }

 private:
  /// In turn: whoever makes a thousand files keeps nobody's from being read.
  void read_fresh(std::vector<std::string>& names) {
    std::ranges::rotate(names, std::ranges::upper_bound(names, known_.last_new));
    std::size_t read_files = 0;
    for (const std::string& name : names) {
      if (bytes_ >= kMostInOneLook || ++read_files > ExecDesk::kMostNewFiles) {
        look_.is_whole = false;
        return;
      }
      read(name, 0, ExecDesk::kMostAtFirst);
      look_.last_new = name;
    }
  }

  void read(const std::string& name, std::uint64_t offset, std::size_t most) {
    look_.pieces.emplace_back(name, folder_.read(name, offset, most));
    const auto& piece = look_.pieces.back().second;
    if (!piece) return;
    bytes_ += piece->bytes.size();
    look_.is_whole = look_.is_whole && offset + piece->bytes.size() >= piece->size;
  }

  io::SpoolFolder& folder_;
  const Known& known_;
  Look look_;
  std::size_t bytes_ = 0;
};

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
  for (const StoredRun& run : unfinished) followed_[run.id] = std::make_unique<SpoolCourse>(run.spool_read);
  book_.on_over([this](const std::string& id) {
    if (followed_.contains(id)) tasks_.spawn("agent.exec.remove", remove(id));
  });
  const auto watched = folder_->watch([this] {
    if (alarm_.is_set()) return;
    alarm_.set(clock_.mono_now() + (followed_.size() > kFew ? kLookDelayOfMany : kLookDelay));
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
  Known known{.offsets = {}, .last_new = last_new_};
  for (const auto& [id, course] : followed_) {
    const bool is_done = course->state() != SpoolCourse::State::open;
    known.offsets[name_of(id)] = is_done ? kNotWanted : course->read_bytes();
  }
  if (!queue_) queue_ = loop_.make_work_queue("agent.exec", 1, kQueueCapacity);
  auto look = co_await io::offload(loop_, *queue_, [folder = folder_, known = std::move(known)] {
    return Looking(*folder, known).look();
  });
  if (!look) {
    if (is_watched_) log_.warn("the folder of fettle exec cannot be read", {{"error", look.error()}});
    const bool may_come_back = look.error().code == ErrorCode::unavailable;
    if (may_come_back) alarm_.set(clock_.mono_now() + kBetweenTries);
    look = Look{.is_listed = !may_come_back};
  }
  last_new_ = look->last_new;
  const std::uint64_t taken_before = taken_;
  bool has_read = false;
  for (auto& [name, piece] : look->pieces) {
    const std::string id = id_of(name);
    if (piece) {
      has_read = has_read || (followed_.contains(id) && !piece->bytes.empty());
      co_await take(id, std::move(*piece));
    } else if (piece.error().code == ErrorCode::unavailable) {
      alarm_.set(clock_.mono_now() + kBetweenTries);
    } else if (piece.error().code != ErrorCode::not_found) {
      co_await give_up(id, piece.error().detail);
    }
  }
  for (const std::string& name : look->excess)
    co_await give_up(id_of(name), "the spool of this host holds too much");
  std::vector<std::string> gone;
  for (const auto& [id, course] : followed_) {
    const bool is_there = look->names.contains(name_of(id));
    if (!is_there && look->is_listed && course->state() == SpoolCourse::State::open) gone.push_back(id);
  }
  for (const std::string& id : gone) {
    SpoolCourse& course = *followed_.at(id);
    course.abandon(unix_ms(clock_.wall_now()));
    tell(id, course);
  }
  if (look->is_whole) co_return false;
  if (has_read || taken_ != taken_before) co_return true;
  if (!alarm_.is_set()) alarm_.set(clock_.mono_now() + kBetweenIdleLooks);
  co_return false;
}

Task<void> ExecDesk::take(std::string id, io::SpoolPiece piece) {
  const auto found = followed_.find(id);
  if (found == followed_.end()) co_return co_await take_new(id, std::move(piece));
  SpoolCourse& course = *found->second;
  const bool is_at_end = course.read_bytes() + piece.bytes.size() >= piece.size;
  const auto state = course.add(piece.bytes);
  const bool is_left = is_at_end && !piece.has_writer && state == SpoolCourse::State::open;
  if (state == SpoolCourse::State::broken || is_left) course.abandon(unix_ms(clock_.wall_now()));
  tell(id, course);
  co_await book_.room();
}

/// A file that is not followed: once it says what was run. Until then it leaves nothing in memory.
Task<void> ExecDesk::take_new(std::string id, io::SpoolPiece piece) {
  if (id.starts_with(io::kSpoolCheck)) co_return co_await remove(id);  // somebody asks whether we are here
  if (!HostRunId::parse(id)) co_return co_await drop(id, "its name is no id of a run");
  auto course = std::make_unique<SpoolCourse>();
  const auto state = course->add(piece.bytes);
  if (!course->opened()) {
    const bool may_come = piece.has_writer && piece.bytes.size() < kMostAtFirst;
    if (state == SpoolCourse::State::broken || !may_come) co_await drop(id, "it does not say what was run");
    co_return;
  }
  if (course->opened()->run_id != id) co_return co_await drop(id, "it is named for another run");
  auto held = co_await hold(*course->opened(), piece.owner);
  if (held) {
    io::reach(io::KillPoint::spooled_kept);
    ++taken_;
    followed_[id] = std::move(course);
    co_return co_await take(id, {.bytes = {}, .size = piece.size, .has_writer = piece.has_writer});
  }
  if (held.error().reason == "run_done") co_return co_await remove(id);
  if (held.error().code == ErrorCode::conflict) co_return co_await drop(id, held.error().detail);
  log_.warn("a run of fettle exec cannot be kept yet", {{"run", id}, {"error", held.error()}});
  alarm_.set(clock_.mono_now() + kBetweenTries);
}

/// Puts it into the book. `conflict` for what can never be held.
Task<Result<>> ExecDesk::hold(wire::RunOpened opened, std::uint32_t owner) {
  const std::string id = opened.run_id;
  if (!wire::may_be_opened(HostRunId::parse(id)->uuid()))
    co_return fail(ErrorCode::conflict, "taken_id", "it is named for a due time of a schedule");
  if (book_.holds(id)) {
    // Told to its end before this start of the agent, or the file of somebody who knows the id of a run that
    // goes on: what the server ordered is told by nobody but us.
    if (book_.is_opened(id) && book_.is_over(id))
      co_return fail(ErrorCode::conflict, "run_done", "it was told to its end before");
    co_return fail(ErrorCode::conflict, "taken_id", "it is named for a run that goes on");
  }
  const std::string claim = "uid " + std::to_string(owner);
  if (owner != kNobody && opened.actor != claim && !opened.actor.starts_with(claim + " "))
    opened.actor = claim;
  const bool are_too_many = book_.opened_runs() >= kMostHeld;
  const bool is_too_much = are_too_many || book_.figures().bytes >= kMostHeldBytes;
  const bool has_room = is_too_much && book_.drop_oldest_opened();
  if (has_room) ++dropped_;
  if (are_too_many && !has_room)
    co_return fail(ErrorCode::unavailable, "too_many",
                   "the server could not be told of it beside the others");
  co_return co_await book_.add_opened(std::move(opened));
}

void ExecDesk::tell(const std::string& id, SpoolCourse& course) {
  if (!book_.holds(id) || book_.is_over(id)) return;
  const std::int64_t now_ms = unix_ms(clock_.wall_now());
  while (course.has_news()) book_.report(id, course.take_report(now_ms), course.taken_bytes());
  if (course.state() == SpoolCourse::State::ended)
    book_.report(id, course.last_report(now_ms), course.taken_bytes());
}

/// A file that can be followed no more: a run that is told of has its end with it.
Task<void> ExecDesk::give_up(std::string id, std::string why) {
  const auto found = followed_.find(id);
  if (found == followed_.end() || !book_.holds(id) || book_.is_over(id))
    co_return co_await drop(id, std::move(why));
  ++dropped_;
  log_.warn("a run of fettle exec cannot be followed to its end", {{"run", id}, {"why", why}});
  found->second->abandon(unix_ms(clock_.wall_now()), "nobody knows what became of the command: " + why);
  tell(id, *found->second);  // the file goes when that is on disk
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
