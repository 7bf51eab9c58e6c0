// The outbox of a host: segments on disk behind a work queue with one thread. Records are written before they
// may be sent, and synced at most every kBetweenSyncs, and only when something waits that the server has not
// committed. While the disk takes nothing the newest records live in memory, a bounded number, and are sent
// from there.
#pragma once
#include <deque>

#include "fettle/agent/alarm.h"
#include "fettle/agent/outbox/segment_store.h"
#include "fettle/io/async_event.h"
#include "fettle/io/log.h"
#include "fettle/io/loop.h"
#include "fettle/io/work_queue.h"

namespace fettle::agent {

class FileOutbox final : public Outbox {
 public:
  FileOutbox(io::Loop& loop, io::Clock& clock, io::Log log, io::Files& files, std::string folder,
             OutboxLimits limits = {});

  Task<Result<>> start() override;
  Task<void> stop() override;
  [[nodiscard]] std::uint64_t boot() const override { return boot_; }
  [[nodiscard]] wire::Position last() const override { return {boot_, sequence_}; }
  Task<Result<>> raise_boot(std::uint64_t boot) override;
  wire::Position append(wire::Heartbeat heartbeat,
                        const std::shared_ptr<const wire::SeriesSet>& set) override;
  void on_ready(std::function<void()> call) override { on_ready_ = std::move(call); }
  [[nodiscard]] bool has_beyond(wire::Position after) const override;
  Task<Result<std::vector<OutboxRecord>>> next(wire::Position after, std::size_t most) override;
  void acknowledge(wire::Position position) override;
  Task<Result<>> sync_now() override;
  [[nodiscard]] OutboxFigures figures() const override;

  static constexpr Nanos kBetweenSyncs = Seconds(30);
  static constexpr Nanos kBetweenTries = Seconds(10);  // of a disk that takes nothing
  static constexpr Nanos kDiskIsStuck = Seconds(10);
  static constexpr Nanos kPatienceAtStop = Seconds(5);
  static constexpr unsigned kReadsBeforeSkipping = 5;
  static constexpr std::size_t kMostInTail = 64;
  static constexpr std::size_t kMostUnwritten = 512;
  static constexpr std::size_t kMostUnwrittenBytes = 1024UL * 1024;

 private:
  struct Entry {
    OutboxRecord record;
    bool is_written = false;
  };
  /// What a job found, for the figures.
  struct Outcome {
    Result<> result;
    StoreFigures figures;
  };

  Task<void> pump();
  Task<void> write_tail();
  Task<void> sync_store();
  Task<void> keep_acknowledged();
  Task<bool> wait_until_idle(Nanos patience);
  void wake() { wake_.set(); }
  void bound_tail();
  void renumber(std::uint64_t boot);
  void take_failure(const Error& error);
  [[nodiscard]] bool needs_sync() const { return disk_last_ > std::max(acknowledged_, synced_); }
  [[nodiscard]] wire::Position ready_up_to() const;
  [[nodiscard]] std::vector<OutboxRecord> from_tail(wire::Position after, std::size_t most) const;
  [[nodiscard]] std::size_t unwritten_records() const;

  io::Loop& loop_;
  io::Clock& clock_;
  io::Log log_;
  std::shared_ptr<SegmentStore> store_;  // shared with jobs, whose waiting task may be cancelled
  std::unique_ptr<io::WorkQueue> queue_;

  std::uint64_t boot_ = 0;
  std::uint64_t sequence_ = 0;
  std::deque<Entry> tail_;  // the newest records; the written ones come first
  std::size_t unwritten_bytes_ = 0;
  wire::Position disk_last_;     // the highest that can be read from disk
  wire::Position not_in_tail_;   // the highest record that is on disk and not in the tail
  wire::Position acknowledged_;  // the store hears of it with the next write
  wire::Position synced_;
  StoreFigures store_figures_;
  std::uint64_t lost_from_memory_ = 0;
  std::uint64_t write_failures_ = 0;
  unsigned read_failures_ = 0;  // in a row

  std::shared_ptr<const std::string> set_payload_;  // of set_id_; shared by the records that refer to it
  std::uint64_t set_id_ = 0;
  std::optional<MonoTime> writing_since_;
  bool has_trouble_ = false;  // the last write failed, or is stuck
  bool is_sync_due_ = false;
  bool is_last_word_due_ = false;  // it stops: what is acknowledged is written down
  std::function<void()> on_ready_ = [] {};
  io::AsyncEvent wake_;
  io::AsyncEvent idle_;  // the pump has nothing to do
  Alarm sync_alarm_;
  Alarm retry_alarm_;
  io::TaskScope tasks_;
};

}  // namespace fettle::agent
