#include "fettle/agent/outbox/file_outbox.h"

#include <algorithm>

namespace fettle::agent {
namespace {

constexpr std::size_t kQueueCapacity = 16;

}  // namespace

FileOutbox::FileOutbox(io::Loop& loop, io::Clock& clock, io::Log log, io::Files& files, std::string folder,
                       OutboxLimits limits)
    : loop_(loop),
      clock_(clock),
      log_(std::move(log)),
      store_(std::make_shared<SegmentStore>(files, std::move(folder), limits)),
      queue_(loop.make_work_queue("agent.outbox", 1, kQueueCapacity)),
      sync_alarm_(clock, tasks_, [this] { is_sync_due_ = true, wake(); }),
      retry_alarm_(clock, tasks_, [this] { wake(); }),
      tasks_(loop, log_) {}

Task<Result<>> FileOutbox::start() {
  struct Found {
    Result<SegmentStore::Opened> opened;
    StoreFigures figures;
  };
  auto found = co_await io::offload(loop_, *queue_, [store = store_] {
    auto opened = store->open();
    return Found{std::move(opened), store->figures()};
  });
  if (!found) co_return std::unexpected(found.error());
  if (!found->opened) co_return std::unexpected(found->opened.error());
  const SegmentStore::Opened& opened = *found->opened;
  store_figures_ = found->figures;
  boot_ = opened.boot;
  disk_last_ = not_in_tail_ = opened.last;
  acknowledged_ = opened.acknowledged;
  if (opened.cut_bytes > 0 || opened.unreadable_segments > 0) {
    log_.warn("the outbox had broken ends, they were cut",
              {{"bytes", opened.cut_bytes}, {"unreadable_files", opened.unreadable_segments}});
  }
  if (!opened.boot_is_durable)
    log_.error("the number of this start could not be written, the data folder takes nothing", {});
  log_.info("outbox opened",
            {{"boot", boot_}, {"waiting", store_figures_.waiting}, {"bytes", store_figures_.bytes}});
  tasks_.spawn("agent.outbox", pump());
  co_return Result<>{};
}

Task<bool> FileOutbox::wait_until_idle(Nanos patience) {
  constexpr Nanos kBetweenLooks = Millis(5);
  const MonoTime end = clock_.mono_now() + patience;
  idle_.reset();
  wake();
  while (!idle_.is_set() && clock_.mono_now() < end) co_await clock_.sleep_for(kBetweenLooks);
  co_return idle_.is_set();
}

Task<void> FileOutbox::stop() {
  retry_alarm_.clear();
  is_sync_due_ = is_last_word_due_ = true;
  const bool is_idle = tasks_.size() == 0 || co_await wait_until_idle(kPatienceAtStop);
  if (!is_idle) log_.error("the disk of the outbox does not answer", {{"unwritten", unwritten_records()}});
  co_await tasks_.stop();
}

Task<Result<>> FileOutbox::raise_boot(std::uint64_t boot) {
  if (boot > boot_) boot_ = boot, sequence_ = 0;
  co_return co_await io::offload(loop_, *queue_,
                                 [store = store_, boot = boot_] { return store->raise_boot(boot); });
}

wire::Position FileOutbox::append(wire::Heartbeat heartbeat,
                                  const std::shared_ptr<const wire::SeriesSet>& set) {
  if (set_id_ != set->id || !set_payload_) {
    set_payload_ = std::make_shared<const std::string>(wire::encode(*set));
    set_id_ = set->id;
  }
  const wire::Position position{boot_, ++sequence_};
  heartbeat.position = position;
  heartbeat.series_set = set->id;
  tail_.push_back({make_record(wire::Message(std::move(heartbeat)), set_payload_)});
  unwritten_bytes_ += tail_.back().record.payload.size();
  bound_tail();
  const bool is_stuck = writing_since_ && clock_.mono_now() - *writing_since_ >= kDiskIsStuck;
  if (is_stuck && !std::exchange(has_trouble_, true))
    log_.error("the disk of the outbox does not answer, records are kept in memory", {});
  if (has_trouble_) on_ready_();
  wake();
  return position;
}

std::size_t FileOutbox::unwritten_records() const {
  return static_cast<std::size_t>(std::ranges::count(tail_, false, &Entry::is_written));
}

void FileOutbox::bound_tail() {
  while (!tail_.empty()) {
    const Entry& oldest = tail_.front();
    const bool is_done = oldest.record.position <= acknowledged_;
    if (!is_done && !(oldest.is_written && tail_.size() > kMostInTail)) break;
    if (oldest.is_written) {
      not_in_tail_ = std::max(not_in_tail_, oldest.record.position);
    } else {
      unwritten_bytes_ -= oldest.record.payload.size();
    }
    tail_.pop_front();
  }
  while (unwritten_bytes_ > kMostUnwrittenBytes || tail_.size() > kMostInTail + kMostUnwritten) {
    const auto oldest = std::ranges::find(tail_, false, &Entry::is_written);
    unwritten_bytes_ -= oldest->record.payload.size();
    tail_.erase(oldest);
    ++lost_from_memory_;
  }
}

// ---- what is written

Task<void> FileOutbox::pump() {
  for (;;) {
    const bool has_unwritten = !tail_.empty() && !tail_.back().is_written;
    if (has_unwritten && !retry_alarm_.is_set()) {
      co_await write_tail();
    } else if (std::exchange(is_sync_due_, false)) {
      co_await sync_store();
    } else if (std::exchange(is_last_word_due_, false)) {
      co_await keep_acknowledged();
    } else {
      wake_.reset();
      idle_.set();
      co_await wake_.wait();
      idle_.reset();
    }
  }
}

Task<void> FileOutbox::write_tail() {
  std::vector<OutboxRecord> batch;
  for (const Entry& entry : tail_) {
    if (!entry.is_written) batch.push_back(entry.record);
  }
  const wire::Position up_to = batch.back().position;
  writing_since_ = clock_.mono_now();
  auto ran = co_await io::offload(loop_, *queue_,
                                  [store = store_, batch = std::move(batch), acknowledged = acknowledged_] {
                                    store->acknowledge(acknowledged);
                                    auto appended = store->append(batch);
                                    return Outcome{std::move(appended), store->figures()};
                                  });
  writing_since_.reset();
  if (ran) store_figures_ = ran->figures;
  if (!ran || !ran->result) {
    take_failure(ran ? ran->result.error() : ran.error());
    retry_alarm_.set(clock_.mono_now() + kBetweenTries);
    on_ready_();
    co_return;
  }
  for (Entry& entry : tail_) {
    if (entry.is_written || entry.record.position > up_to) continue;
    entry.is_written = true;
    unwritten_bytes_ -= entry.record.payload.size();
  }
  disk_last_ = up_to;
  bound_tail();
  if (std::exchange(has_trouble_, false)) log_.info("the outbox writes again", {});
  if (needs_sync() && !sync_alarm_.is_set()) sync_alarm_.set(clock_.mono_now() + kBetweenSyncs);
  on_ready_();
}

Task<void> FileOutbox::sync_store() {
  if (!needs_sync()) co_return;
  const wire::Position up_to = disk_last_;
  const auto synced = co_await io::offload(loop_, *queue_, [store = store_] { return store->sync(); });
  if (synced) {
    synced_ = up_to;
  } else {
    take_failure(synced.error());
  }
}

Task<void> FileOutbox::keep_acknowledged() {
  const auto kept = co_await io::offload(loop_, *queue_, [store = store_, acknowledged = acknowledged_] {
    store->acknowledge(acknowledged);
    return store->keep_acknowledged();
  });
  if (!kept) take_failure(kept.error());
}

void FileOutbox::take_failure(const Error& error) {
  ++write_failures_;
  if (!std::exchange(has_trouble_, true))
    log_.error("the outbox cannot be written, the newest records are kept in memory", {{"error", error}});
}

Task<Result<>> FileOutbox::sync_now() {
  const wire::Position target = tail_.empty() ? disk_last_ : tail_.back().record.position;
  is_sync_due_ = true;
  ignore(co_await wait_until_idle(kPatienceAtStop), "what counts is whether it was synced");
  if (std::max(synced_, acknowledged_) >= target) co_return Result<>{};
  co_return fail(ErrorCode::unavailable, "outbox_not_durable", "the data folder takes nothing at present");
}

// ---- what is read

wire::Position FileOutbox::ready_up_to() const {
  if (has_trouble_ && !tail_.empty()) return std::max(disk_last_, tail_.back().record.position);
  return disk_last_;
}

bool FileOutbox::has_beyond(wire::Position after) const {
  return ready_up_to() > after;
}

std::vector<OutboxRecord> FileOutbox::from_tail(wire::Position after, std::size_t most) const {
  std::vector<OutboxRecord> records;
  const wire::Position up_to = ready_up_to();
  for (const Entry& entry : tail_) {
    const wire::Position position = entry.record.position;
    if (position <= after) continue;
    if (position > up_to || records.size() >= most) break;
    records.push_back(entry.record);
  }
  return records;
}

Task<Result<std::vector<OutboxRecord>>> FileOutbox::next(wire::Position after, std::size_t most) {
  if (after < not_in_tail_) {
    auto read = co_await io::offload(
        loop_, *queue_, [store = store_, after, most] { return store->read_after(after, most); });
    if (!read && ++read_failures_ < kReadsBeforeSkipping) co_return read;
    if (read && !read->empty()) {
      read_failures_ = 0;
      co_return read;
    }
    // Nothing more can be read: acknowledged long ago, or broken. What the tail has is next.
    read_failures_ = 0;
    not_in_tail_ = std::min(not_in_tail_, after);
    if (tail_.empty()) disk_last_ = std::min(disk_last_, after);
  }
  co_return from_tail(after, most);
}

void FileOutbox::acknowledge(wire::Position position) {
  if (position <= acknowledged_) return;
  acknowledged_ = position;
  bound_tail();
}

OutboxFigures FileOutbox::figures() const {
  OutboxFigures figures;
  figures.unwritten = unwritten_records();
  // The store counted at the last write; what was acknowledged since is known here.
  const bool has_all = disk_last_ <= acknowledged_;
  figures.waiting = (has_all ? 0 : store_figures_.waiting) + figures.unwritten;
  figures.lost = store_figures_.lost + lost_from_memory_;
  figures.bytes = store_figures_.bytes;
  figures.write_failures = write_failures_;
  return figures;
}

}  // namespace fettle::agent
