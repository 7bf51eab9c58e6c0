#include "fettle/agent/act/run_book.h"

#include <algorithm>

#include "fettle/agent/act/run_frame.h"
#include "fettle/base/check.h"
#include "fettle/io/kill_points.h"
#include "fettle/io/loop.h"

namespace fettle::agent {
namespace {

constexpr std::size_t kQueueCapacity = 64;
constexpr std::size_t kMostPieceBytes = 1UL << 20;
constexpr Nanos kBetweenLooks = Millis(5);
/// What a report costs in memory beside its lines, about.
constexpr std::size_t kReportBytes = 256;

std::size_t size_of(const wire::RunReport& report) {
  std::size_t bytes = kReportBytes;
  for (const wire::RunLogLine& line : report.log) bytes += line.text.size() + sizeof line;
  return bytes;
}

std::string frame_of(const wire::RunReport& report, std::uint64_t spool_read) {
  std::string frame;
  append_run_frame(frame, {.kind = RunFrameKind::report,
                           .first = report.sequence,
                           .second = spool_read,
                           .payload = wire::encode(report)});
  return frame;
}

}  // namespace

RunBook::RunBook(io::Loop& loop, io::Clock& clock, io::Log log, io::Files& files, std::string folder,
                 std::string boot_id)
    : loop_(loop),
      clock_(clock),
      log_(std::move(log)),
      boot_id_(std::move(boot_id)),
      store_(std::make_shared<RunStore>(files, std::move(folder))),
      retry_(clock, tasks_, [this] { mark_dirty(""); }),
      telling_(clock, tasks_, [this] { wake_.set(); }),
      tasks_(loop, log_) {}

io::WorkQueue& RunBook::queue() {
  if (!queue_) queue_ = loop_.make_work_queue("agent.runs", 1, kQueueCapacity);
  return *queue_;
}

Task<Result<std::vector<StoredRun>>> RunBook::start() {
  auto opened = co_await io::offload(loop_, queue(), [store = store_] { return store->open(); });
  if (!opened) co_return std::unexpected(std::move(opened).error());
  if (opened->broken > 0)
    log_.warn("files of runs that could not be read are gone", {{"files", opened->broken}});
  for (const StoredRun& run : opened->runs) {
    Held& held = held_[run.id];
    held.epoch = run.epoch;
    held.is_taken = true;
    held.is_over = run.is_over();
    held.opened = run.opened;
    for (const StoredReport& place : run.reports) held.reports.push_back({.place = place});
    held.written = held.reports.size();
    held.bytes = run.bytes;
    bytes_ += run.bytes;
  }
  if (held_.empty()) queue_.reset();
  co_return std::move(opened->runs);
}

Task<void> RunBook::stop() {
  const MonoTime end = clock_.mono_now() + kPatienceAtStop;
  while (is_pumping_ && !retry_.is_set() && clock_.mono_now() < end) co_await clock_.sleep_for(kBetweenLooks);
  retry_.clear();
  telling_.clear();
  co_await tasks_.stop();
}

// ---- what is held

bool RunBook::has_taken(const std::string& id) const {
  const auto found = held_.find(id);
  return found != held_.end() && found->second.is_taken;
}

std::uint64_t RunBook::epoch_of(const std::string& id) const {
  const auto found = held_.find(id);
  return found == held_.end() ? 0 : found->second.epoch;
}

Task<Result<>> RunBook::add(wire::RunOrder order) {
  Held held;
  held.epoch = order.epoch;
  std::string frames;
  append_run_frame(frames,
                   {.kind = RunFrameKind::order, .first = order.epoch, .payload = wire::encode(order)});
  return create(order.run_id, std::move(frames), std::move(held));
}

Task<Result<>> RunBook::add_opened(wire::RunOpened opened) {
  constexpr std::uint64_t kOnlyEpoch = 1;
  Held held;
  held.epoch = kOnlyEpoch;
  held.opened = opened;
  std::string frames;
  append_run_frame(frames,
                   {.kind = RunFrameKind::opened, .first = kOnlyEpoch, .payload = wire::encode(opened)});
  return create(opened.run_id, std::move(frames), std::move(held));
}

Task<Result<>> RunBook::create(std::string id, std::string frames, Held held) {
  FETTLE_CHECK(!held_.contains(id));
  held.bytes = frames.size();
  bytes_ += held.bytes;
  held_[id] = std::move(held);
  struct Leave {  // however it ends: what is not on disk is not held
    RunBook& book;
    const std::string& id;
    ~Leave() {
      const auto at = book.held_.find(id);
      if (at == book.held_.end() || at->second.is_taken) return;
      book.bytes_ -= at->second.bytes;
      book.held_.erase(at);
    }
  };
  const Leave leave{*this, id};
  auto created = co_await io::offload(
      loop_, queue(), [store = store_, id, frames = std::move(frames)] { return store->create(id, frames); });
  if (!created) co_return created;
  held_[id].is_taken = true;
  wake_.set();
  co_return created;
}

void RunBook::raise_epoch(const std::string& id, std::uint64_t epoch) {
  Held& held = held_.at(id);
  if (epoch <= held.epoch || held.epochs >= kMostEpochs) return;
  ++held.epochs;
  held.epoch = epoch;
  held.sent = held.acknowledged = 0;
  held.waits_since.reset();
  held.repeats = 0;
  std::string frame;
  append_run_frame(frame, {.kind = RunFrameKind::epoch, .first = epoch, .payload = {}});
  held.frames.push_back(std::move(frame));
  mark_dirty(id);
}

void RunBook::report(const std::string& id, wire::RunReport report, std::uint64_t spool_read) {
  Held& held = held_.at(id);
  FETTLE_CHECK(!held.is_over, "nothing can be said of a run after its last word");
  report.run_id = id;
  report.epoch = held.epoch;
  report.sequence = held.reports.size() + 1;
  held.is_over = report.phase > wire::RunPhase::running;
  if (unwritten_bytes_ > kMostUnwrittenAtAll) {
    dropped_lines_ += report.log.size();
    report.log.clear();
  }
  unwritten_bytes_ += size_of(report);
  held.reports.push_back(
      {.held = std::make_unique<wire::RunReport>(std::move(report)), .spool_read = spool_read});
  mark_dirty(id);
  if (held.has_trouble) wake_.set();
}

Task<void> RunBook::room() {
  while (unwritten_bytes_ > kMostUnwritten && !retry_.is_set()) {
    room_.reset();
    co_await room_.wait();
  }
}

// ---- to the disk

void RunBook::add_dirty(const std::string& id) {
  if (!id.empty() && std::ranges::find(dirty_, id) == dirty_.end()) dirty_.push_back(id);
}

void RunBook::mark_dirty(const std::string& id) {
  add_dirty(id);
  if (is_pumping_ || retry_.is_set()) return;
  is_pumping_ = true;
  tasks_.spawn("agent.runs", pump());
}

Task<void> RunBook::pump() {
  struct Leave {  // however it ends: the next that is to be written begins another
    RunBook& book;
    ~Leave() { book.is_pumping_ = false; }
  };
  const Leave leave{*this};
  while (has_work() && !retry_.is_set()) {
    co_await write_all();
    co_await finish_all();
  }
}

std::vector<RunBook::Piece> RunBook::take_pieces() {
  std::vector<Piece> pieces;
  for (const std::string& id : std::exchange(dirty_, {})) {
    const auto found = held_.find(id);
    if (found == held_.end()) continue;
    const Held& held = found->second;
    Piece piece{.id = id, .frames = held.frames.size()};
    for (const std::string& frame : held.frames) piece.text += frame;
    piece.frames_bytes = piece.text.size();
    for (std::size_t i = held.written; i < held.reports.size() && piece.text.size() < kMostPieceBytes; ++i) {
      const std::string frame = frame_of(*held.reports[i].held, held.reports[i].spool_read);
      piece.sizes.push_back(static_cast<std::uint32_t>(frame.size()));
      piece.text += frame;
    }
    if (!piece.text.empty()) pieces.push_back(std::move(piece));
  }
  return pieces;
}

Task<void> RunBook::write_all() {
  auto pieces = take_pieces();
  if (pieces.empty()) co_return;
  std::vector<std::string> ids;
  for (const Piece& piece : pieces) ids.push_back(piece.id);
  auto written = co_await io::offload(loop_, queue(), [store = store_, pieces = std::move(pieces)]() mutable {
    for (Piece& piece : pieces) piece.offset = store->append(piece.id, piece.text);
    return Result<std::vector<Piece>>(std::move(pieces));
  });
  if (!written) {
    for (const std::string& id : ids) add_dirty(id);
    retry_.set(clock_.mono_now() + kBetweenTries);
    co_return;
  }
  for (const Piece& piece : *written) take_written(piece);
  room_.set();
  wake_.set();
}

void RunBook::take_written(const Piece& piece) {
  const auto found = held_.find(piece.id);
  if (found == held_.end()) return;
  Held& held = found->second;
  if (!piece.offset) {
    if (write_failures_++ == 0 || !held.has_trouble)
      log_.error("what became of a run cannot be written",
                 {{"run", piece.id}, {"error", piece.offset.error()}});
    held.has_trouble = true;
    add_dirty(piece.id);
    retry_.set(clock_.mono_now() + kBetweenTries);
    return;
  }
  held.has_trouble = false;
  held.bytes += piece.text.size();
  bytes_ += piece.text.size();
  held.frames.erase(held.frames.begin(), held.frames.begin() + static_cast<std::ptrdiff_t>(piece.frames));
  std::uint64_t offset = *piece.offset + piece.frames_bytes;
  for (const std::uint32_t size : piece.sizes) {
    Entry& entry = held.reports[held.written++];
    unwritten_bytes_ -= size_of(*entry.held);
    entry.held.reset();
    entry.place = {offset, size};
    offset += size;
  }
  const bool has_more = held.written < held.reports.size() || !held.frames.empty();
  io::reach(held.is_over && !has_more ? io::KillPoint::result_kept : io::KillPoint::step_kept);
  if (has_more) return add_dirty(piece.id);
  if (held.is_over) on_over_(piece.id);
}

Task<void> RunBook::finish_all() {
  while (!finished_.empty()) {
    const std::string id = finished_.front();
    finished_.pop_front();
    auto done = co_await io::offload(loop_, queue(), [store = store_, id] { return store->finish(id); });
    if (done) continue;
    log_.warn("a run that is done cannot be put away yet", {{"run", id}, {"error", done.error()}});
    finished_.push_back(id);
    retry_.set(clock_.mono_now() + kBetweenTries);
    co_return;
  }
}

// ---- what goes

void RunBook::rid_of(HeldPlace place) {
  const Held& held = place->second;
  for (std::size_t i = held.written; i < held.reports.size(); ++i)
    unwritten_bytes_ -= size_of(*held.reports[i].held);
  bytes_ -= held.bytes;
  finished_.push_back(place->first);
  held_.erase(place);
  mark_dirty("");
}

bool RunBook::is_over(const std::string& id) const {
  const auto found = held_.find(id);
  return found != held_.end() && found->second.is_over;
}

bool RunBook::is_opened(const std::string& id) const {
  const auto found = held_.find(id);
  return found != held_.end() && found->second.opened.has_value();
}

std::size_t RunBook::opened_runs() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(held_, [](const auto& entry) { return entry.second.opened.has_value(); }));
}

bool RunBook::drop_oldest_opened() {
  const auto oldest = std::ranges::find_if(
      held_, [](const auto& entry) { return entry.second.opened && entry.second.is_over; });
  if (oldest == held_.end()) return false;
  rid_of(oldest);
  return true;
}

RunBookFigures RunBook::figures() const {
  return {.held = held_.size(),
          .bytes = bytes_,
          .unwritten_bytes = unwritten_bytes_,
          .dropped_lines = dropped_lines_,
          .write_failures = write_failures_};
}

}  // namespace fettle::agent
