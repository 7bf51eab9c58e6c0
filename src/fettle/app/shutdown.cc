// The order of stopping, on one screen. What takes work in goes first, what makes it durable goes last.
#include <cstdlib>

#include "fettle/app/loop_end.h"
#include "fettle/app/server_parts.h"

namespace fettle::app {
namespace {

/// R5: the whole of it within 20 s; this is the part that open requests may take.
constexpr Seconds kRequestGrace{5};

Task<void> stop_server(ServerParts& parts) {
  parts.log.info("stopping");
  parts.health.is_stopping = true;  // /readyz says no, a balancer looks elsewhere
  co_await parts.starting.stop();
  co_await parts.watch.stop();
  co_await parts.schedules.stop();  // nothing more becomes due
  co_await parts.expectations.stop();
  co_await parts.host_runs.stop();  // those of hosts go on there
  co_await parts.runs.stop();       // the server's own runs are cancelled, within 2 s
  co_await parts.upkeep.stop();
  co_await parts.believed.stop();
  co_await parts.fleet.stop();  // agents are told to come back, with jitter
  co_await parts.program.stop();
  co_await parts.backup_door.stop();
  co_await parts.logs.stop();
  co_await parts.conditions.stop();
  co_await parts.hub.stop();  // pages get what is committed, then the end
  co_await parts.http.stop(parts.clock.mono_now() + kRequestGrace);  // requests finish, connections close
  co_await parts.access.stop();
  co_await parts.tiers.stop();
  co_await parts.journal.stop();  // the last samples become durable
  co_await parts.store.stop();    // the last group, then a checkpoint
  parts.log.info("stopped");
  stop_after_this_task(parts.loop);
}

}  // namespace

void begin_stop(ServerParts& parts) {
  if (std::exchange(parts.is_stopping, true)) return;
  parts.service.stopping();
  parts.tasks.spawn("server.stop", stop_server(parts));
}

void end_at_once(const io::Log& log, const Error& error) {
  log.error("the disk failed; the process ends so that nothing more is acknowledged",
            {{"reason", error.reason}, {"detail", error.detail}});
  std::_Exit(1);
}

}  // namespace fettle::app
