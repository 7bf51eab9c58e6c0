// The outbox of a simulated host: bounded, in memory, gone with the process. What is too much is thinned and
// then dropped, as on disk.
#pragma once
#include <deque>

#include "fettle/agent/outbox/outbox.h"

namespace fettle::agent {

class MemoryOutbox final : public Outbox {
 public:
  /// `boot` is higher than at any start of this host before: the time in milliseconds serves.
  explicit MemoryOutbox(std::uint64_t boot, OutboxLimits limits = {.bytes = 64UL * 1024});

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

 private:
  void make_room();
  const OutboxLimits limits_;
  std::uint64_t boot_;
  std::uint64_t sequence_ = 0;
  std::deque<OutboxRecord> records_;
  std::size_t bytes_ = 0;
  std::uint64_t lost_ = 0;
  std::shared_ptr<const std::string> set_payload_;  // of set_id_; shared by the records that refer to it
  std::uint64_t set_id_ = 0;
  std::function<void()> on_ready_ = [] {};
};

}  // namespace fettle::agent
