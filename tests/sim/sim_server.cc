#include "tests/sim/sim_server.h"

#include "fettle/app/migrations.h"
#include "fettle/runs/host_plans.h"

namespace fettle::sim {
namespace {

metrics::JournalSettings journal_settings(const SimServerShape& shape) {
  metrics::JournalSettings out;
  out.folder = kJournalFolder;
  out.segment_age = Seconds(40);  // so that a short run has several
  out.segment_bytes = shape.segment_bytes;
  out.queue_records = shape.journal_queue;
  return out;
}

metrics::TierSettings tier_settings() {
  metrics::TierSettings out;
  out.folder = kHistoryFolder;
  out.journal_folder = kJournalFolder;
  out.between_rounds = Seconds(20);  // so that a short run has several
  out.settle = Seconds(30);
  return out;
}

}  // namespace

SimServer::SimServer(io::SimLoop& loop, io::SimClock& clock, io::SimDisk& disk, io::SimRandom seed,
                     const io::Log& log, const SimServerShape& shape)
    : files(disk),
      random(seed),
      vfs(disk),
      store(loop, clock, files, log.with("store"), store_options(shape)),
      hub(loop, clock, random, log.with("stream"), {}, "sim"),
      events(store, hub),
      conditions({loop, clock, random, log.with("conditions"), store, events, hub}),
      journal(loop, clock, files, log.with("journal"), journal_settings(shape)),
      tiers(loop, clock, files, log.with("history"), tier_settings()),
      fleet({loop, clock, random, log.with("fleet"), store, hub, events, journal, history, tiers,
             "server_sim", conditions, "0.1.0"},
            {}),
      runs({loop, clock, random, log.with("runs"), store, hub, events, conditions, "server_sim"}),
      host_runs({loop, clock, random, log.with("runs"), store, hub, events, conditions, "server_sim"}, fleet,
                runs),
      add_plans_(shape.add_plans),
      clock_(clock),
      links_(loop, const_cast<io::Log&>(log)) {
  journal.on_fatal([this](const Error&) { has_failed_ = true; });
  tiers.on_fatal([this](const Error&) { has_failed_ = true; });
}

store::SqliteStoreOptions SimServer::store_options(const SimServerShape& shape) {
  store::SqliteStoreOptions out;
  out.path = "data/fettle.db";
  out.vfs = vfs.name();
  out.migrations = app::all_migrations();
  out.reserve_bytes = 64 * 1024;
  out.queue_capacity = shape.store_queue;
  out.on_fatal = [this](const Error&) { has_failed_ = true; };
  return out;
}

Task<bool> SimServer::start() {
  if (!files.make_folders("data")) co_return false;
  if (!store.open()) co_return false;
  if (!co_await events.load(clock_.wall_now())) co_return false;
  if (!co_await conditions.load()) co_return false;
  if (!co_await fleet.load()) co_return false;
  host_runs.connect();
  runs::add_host_plans(runs, fleet.roster());
  if (add_plans_) add_plans_(runs);
  if (!co_await runs.load()) co_return false;
  if (!co_await host_runs.load()) co_return false;
  hub.on_interest([this](const stream::Topic& topic, bool watched) { fleet.on_interest(topic, watched); });
  hub.start();
  conditions.start();
  if (!co_await fleet.recall()) co_return false;
  fleet.start();
  runs.start();
  host_runs.start();
  co_return true;
}

Task<void> SimServer::stop() {
  co_await host_runs.stop();
  co_await runs.stop();
  co_await fleet.stop();
  co_await conditions.stop();
  co_await hub.stop();
  co_await links_.stop();
  co_await tiers.stop();
  co_await journal.stop();
  co_await store.stop();
}

void SimServer::accept(std::unique_ptr<net::MessageChannel> channel) {
  links_.spawn("sim.agent", fleet.serve(std::move(channel)));
}

}  // namespace fettle::sim
