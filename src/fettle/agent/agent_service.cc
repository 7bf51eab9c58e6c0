#include "fettle/agent/agent_service.h"

#include "fettle/agent/act/command_plan.h"
#include "fettle/agent/beat_rules.h"

namespace fettle::agent {

AgentService::AgentService(const AgentWorld& world, io::Log log, Identity identity, std::string agent_version,
                           std::unique_ptr<Sensor> sensor, std::unique_ptr<Outbox> outbox, Policy policy,
                           AgentWork work)
    : world_(world),
      log_(std::move(log)),
      policy_(std::move(policy)),
      phase_(decide_phase(identity.host_id)),
      sensor_(std::move(sensor)),
      outbox_(std::move(outbox)),
      desk_(work.book
                ? std::make_unique<RunDesk>(world.loop, world.clock, log_.with("work"), std::move(work.book))
                : nullptr),
      link_({world.loop, world.clock, world.random, world.dialer, world.decoder, *outbox_, log_, desk_.get()},
            {.inventory = [this] { return sensor_->inventory(); },
             .on_interval = [this](Millis interval) { set_interval(interval); },
             .keep_identity =
                 [this](const Identity& identity) {
                   if (keep_identity_) keep_identity_(identity);
                 },
             .on_new_key = [this](const Key256& seed) { on_new_key_(seed); },
             .agent_version = std::move(agent_version),
             .started_at_ms = unix_ms(world.clock.wall_now())},
            std::move(identity)),
      interval_(decide_allowed_interval(policy_.heartbeat, kFirstInterval)),
      alarm_(world_.clock, tasks_, [this] { beat(); }),
      tasks_(world_.loop, log_) {
  if (desk_) add_plans(work);
  if (desk_ && work.exec_spool)
    exec_ = std::make_unique<ExecDesk>(world_.loop, world_.clock, log_.with("exec"), desk_->book(),
                                       std::move(work.exec_spool));
}

void AgentService::add_plans(AgentWork& work) {
  if (work.runner != nullptr) {
    desk_->add_plan(make_command_plan({*work.runner, policy_.work}));
    desk_->offer_commands(command_names());
  }
  desk_->add_plan(make_host_check({.clock_ahead = [this] { return link_.figures().clock_ahead; },
                                   .disk = std::move(work.look_at_disk),
                                   .units = [this] { return sensor_->inventory().units; },
                                   .outbox =
                                       [this] {
                                         const OutboxFigures figures = outbox_->figures();
                                         return std::pair(figures.waiting, figures.lost);
                                       },
                                   .commands = [this] { return policy_.work.commands.size(); }}));
}

Task<Result<>> AgentService::start() {
  // The number of this start is durable before anything is sent.
  if (auto opened = co_await outbox_->start(); !opened) co_return opened;
  if (desk_) co_await desk_->start();
  if (exec_) co_await exec_->start(desk_->take_unfinished());
  outbox_->on_ready([this] { link_.wake(); });
  sensor_->on_news([this] {
    // Not before the first heartbeat, which is due at once anyway.
    if (is_running_ && beats_ > 0) alarm_.set(world_.clock.mono_now());
  });
  sensor_->start();
  told_ = sensor_->inventory();
  is_running_ = true;
  alarm_.set(world_.clock.mono_now() + kFirstBeat);
  link_.start();
  co_return Result<>{};
}

Task<void> AgentService::stop(MonoTime deadline) {
  is_running_ = false;
  alarm_.clear();
  sensor_->on_news([] {});
  co_await tasks_.stop();
  co_await sensor_->stop();
  // The link is still there: the server hears what became of them.
  if (exec_) co_await exec_->stop();
  if (desk_) co_await desk_->stop(world_.clock.mono_now() + kProgramsAtStop);
  co_await link_.stop(deadline);
  outbox_->on_ready([] {});
  co_await outbox_->stop();
}

void AgentService::beat() {
  if (!is_running_) return;
  wire::Heartbeat heartbeat;
  heartbeat.sampled_at_ms = unix_ms(world_.clock.wall_now());
  heartbeat.monotonic_ms = std::chrono::floor<Millis>(world_.clock.mono_now().time_since_epoch()).count();
  const LinkFigures link = link_.figures();
  const OutboxFigures outbox = outbox_->figures();
  sensor_->tell({.sent_bytes = link.sessions.sent_bytes,
                 .outbox_records = outbox.waiting,
                 .outbox_bytes = outbox.bytes,
                 .outbox_dropped = outbox.lost,
                 .interval = interval_});
  sensor_->read(reading_);
  heartbeat.values = reading_.values;
  if (sensor_->inventory() != told_) heartbeat.inventory = told_ = sensor_->inventory();
  outbox_->append(std::move(heartbeat), reading_.set);
  ++beats_;
  schedule_beat();
}

void AgentService::schedule_beat() {
  alarm_.set(world_.clock.mono_now() + decide_next_beat(world_.clock.wall_now(), interval_, phase_));
}

std::vector<std::string> AgentService::command_names() const {
  std::vector<std::string> names;
  for (const auto& [name, command] : policy_.work.commands) names.push_back(name);
  return names;
}

void AgentService::set_policy(Policy policy) {
  policy_ = std::move(policy);  // in its place: the plans look there
  if (desk_) desk_->offer_commands(command_names());
  set_interval(asked_interval_);
}

void AgentService::set_interval(Millis asked) {
  asked_interval_ = asked;
  const Millis interval = decide_allowed_interval(policy_.heartbeat, asked);
  if (interval == interval_) return;
  log_.info("heartbeat interval", {{"interval_ms", interval.count()}, {"asked_ms", asked.count()}});
  interval_ = interval;
  // The first one is due at once anyway.
  if (is_running_ && beats_ > 0) schedule_beat();
}

AgentFigures AgentService::figures() const {
  return {.link = link_.figures(),
          .work = desk_ ? desk_->figures() : RunDeskFigures{},
          .exec = exec_ ? exec_->figures() : ExecDeskFigures{},
          .outbox = outbox_->figures(),
          .interval = interval_,
          .beats = beats_,
          .series = reading_.set ? reading_.set->series.size() : 0};
}

}  // namespace fettle::agent
