#include "tests/sim/sim_agent.h"

#include "fettle/agent/outbox/file_outbox.h"

namespace fettle::sim {
namespace {

/// The real outbox, with an ear at the two calls that make and keep promises.
class HeardOutbox final : public agent::Outbox {
 public:
  HeardOutbox(std::unique_ptr<agent::Outbox> inner, Promises& promises)
      : inner_(std::move(inner)), promises_(promises) {}
  Task<Result<>> start() override { return inner_->start(); }
  Task<void> stop() override { return inner_->stop(); }
  [[nodiscard]] std::uint64_t boot() const override { return inner_->boot(); }
  [[nodiscard]] wire::Position last() const override { return inner_->last(); }
  Task<Result<>> raise_boot(std::uint64_t boot) override { return inner_->raise_boot(boot); }
  wire::Position append(wire::Heartbeat heartbeat,
                        const std::shared_ptr<const wire::SeriesSet>& set) override {
    const std::int64_t at = heartbeat.sampled_at_ms;
    const wire::Position position = inner_->append(std::move(heartbeat), set);
    promises_.appended[position] = at;
    return position;
  }
  void on_ready(std::function<void()> call) override { inner_->on_ready(std::move(call)); }
  [[nodiscard]] bool has_beyond(wire::Position after) const override { return inner_->has_beyond(after); }
  Task<Result<std::vector<agent::OutboxRecord>>> next(wire::Position after, std::size_t most) override {
    return inner_->next(after, most);
  }
  void acknowledge(wire::Position position) override {
    promises_.acknowledged = std::max(promises_.acknowledged, position);
    std::uint64_t& sequence = promises_.acknowledged_in[position.boot];
    sequence = std::max(sequence, position.sequence);
    inner_->acknowledge(position);
  }
  Task<Result<>> sync_now() override { return inner_->sync_now(); }
  [[nodiscard]] agent::OutboxFigures figures() const override { return inner_->figures(); }

 private:
  std::unique_ptr<agent::Outbox> inner_;
  Promises& promises_;
};

}  // namespace

SimAgent::SimAgent(io::SimLoop& loop, io::SimRandom random, net::Dialer& dialer, const io::Log& log,
                   agent::Identity who, std::uint64_t seed)
    : clock(loop),
      disk(random.stream(1)),
      identity(std::move(who)),
      loop_(loop),
      random_(random.stream(2)),
      dialer_(dialer),
      log_(log) {
  shape_.seed = seed;
  shape_.name = identity.name;
  shape_.cores = 2;
}

Task<void> SimAgent::start() {
  files_ = std::make_unique<io::SimFiles>(disk);
  auto sensor = std::make_unique<agent::SimSensor>(clock, shape_);
  for (std::uint64_t i = 0; i < reboots_; ++i) sensor->reboot();
  auto outbox = std::make_unique<HeardOutbox>(
      std::make_unique<agent::FileOutbox>(loop_, clock, log_.with("outbox"), *files_, "agent/outbox"),
      promises);
  const agent::AgentWorld world{loop_, clock, random_, dialer_, decoder_};
  agent::AgentWork work;
  if (add_plans) {
    work.book = std::make_unique<agent::RunBook>(loop_, clock, log_.with("runs"), *files_, "agent/runs",
                                                 std::to_string(random_.u64()));
    work.exec_spool = spool.folder();
  }
  service_ =
      std::make_unique<agent::AgentService>(world, log_.with("agent"), identity, "sim", std::move(sensor),
                                            std::move(outbox), agent::Policy{}, std::move(work));
  if (add_plans) add_plans(*service_->desk());
  service_->on_new_key([this](const Key256& seed) {
    if (loses_commits) return;
    identity.seed = seed;
    next_key.reset();
  });
  if (next_key) service_->change_key(*next_key);
  if (!co_await service_->start()) co_await end(clock.mono_now());  // as the program does: its disk fails
}

void SimAgent::change_key(Key256 fresh) {
  next_key = fresh;
  if (service_) service_->change_key(std::move(fresh));
}

Task<void> SimAgent::end(MonoTime deadline) {
  co_await service_->stop(deadline);
  service_.reset();
}

Task<void> SimAgent::stop() {
  return end(clock.mono_now() + Seconds(5));
}

Task<void> SimAgent::crash() {
  disk.crash();  // from here on nothing that it does leaves a trace
  spool.end_life();
  if (random_.chance(50)) spool.lose_power(random_);  // else whoever runs commands lives on
  co_await end(clock.mono_now());
}

Task<void> SimAgent::reboot() {
  co_await crash();
  ++reboots_;
}

}  // namespace fettle::sim
