#include "fettle/app/simulate.h"

#include <algorithm>
#include <boost/describe.hpp>

#include "fettle/app/loop_end.h"
#include "fettle/app/simulated_enrolment.h"
#include "fettle/app/simulated_host.h"
#include "fettle/base/json_codec.h"
#include "fettle/io/asio_loop.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/signals.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/system_files.h"
#include "fettle/io/system_random.h"
#include "fettle/net/ws_dialer.h"

namespace fettle::app {
namespace {

constexpr Seconds kStopGrace{10};
constexpr Millis kBetweenLooks{100};
constexpr std::size_t kStartsPerTurn = 20;  // so that a thousand agents do not knock in one millisecond

struct ReportLine {
  std::string host_id;
  std::uint64_t boot = 0, acknowledged = 0;
};
BOOST_DESCRIBE_STRUCT(ReportLine, (), (host_id, boot, acknowledged))

struct Simulation {
  explicit Simulation(const cli::SimulateOptions& chosen)
      : options(chosen),
        log(std::make_shared<io::StderrSink>(io::LogFormat::text, io::LogLevel::error), "simulate"),
        dialer(loop, clock, random, log),
        tasks(loop, log) {}

  cli::SimulateOptions options;
  io::Log log;
  io::AsioLoop loop;
  io::SystemClock clock{loop};
  io::SystemRandom random;
  io::SystemFiles files;
  wire::Decoder decoder;
  net::WsDialer dialer;
  SimulationTally tally;
  std::vector<SimulatedHost> hosts;
  std::optional<Error> fault;
  bool is_asked_to_end = false;
  io::TaskScope tasks;
};

Task<void> start_hosts(Simulation& simulation, std::vector<agent::Identity> identities) {
  const agent::AgentWorld world{simulation.loop, simulation.clock, simulation.random, simulation.dialer,
                                simulation.decoder};
  std::size_t started = 0;
  for (agent::Identity& identity : identities) {
    const std::uint64_t seed = simulation.options.seed * 1'000'003 + started;
    simulation.hosts.push_back(
        make_simulated_host(world, simulation.log, simulation.tally, std::move(identity), seed));
    ignore(co_await simulation.hosts.back().service->start(), "an outbox in memory has nothing to refuse");
    if (++started % kStartsPerTurn == 0) co_await simulation.clock.sleep_for(Millis(10));
  }
}

Task<void> stop_hosts(Simulation& simulation) {
  const MonoTime deadline = simulation.clock.mono_now() + kStopGrace;
  for (SimulatedHost& host : simulation.hosts) co_await host.service->stop(deadline);
  co_await simulation.dialer.stop();
}

/// For as long as was ordered, or until somebody asks for the end: then the agents still say goodbye.
Task<void> let_play(Simulation& simulation) {
  const MonoTime end = simulation.clock.mono_now() + simulation.options.duration;
  while (!simulation.is_asked_to_end && simulation.clock.mono_now() < end) {
    co_await simulation.clock.sleep_for(kBetweenLooks);
  }
}

Result<> write_report(Simulation& simulation) {
  if (!simulation.options.report_file) return {};
  std::string report;
  for (const SimulatedHost& host : simulation.hosts) {
    const wire::Position last = host.outbox->acknowledged();
    append_json(report, ReportLine{host.host_id, last.boot, last.sequence});
    report += '\n';
  }
  return simulation.files.write_atomically(*simulation.options.report_file, report);
}

Task<void> play(Simulation& simulation) {
  auto identities = co_await enrol_simulated_hosts(simulation.loop, simulation.clock, simulation.random,
                                                   simulation.options);
  if (!identities) {
    simulation.fault = std::move(identities).error();
  } else {
    co_await start_hosts(simulation, std::move(*identities));
    co_await let_play(simulation);
    co_await stop_hosts(simulation);
    if (auto written = write_report(simulation); !written) simulation.fault = std::move(written).error();
  }
  stop_after_this_task(simulation.loop);
}

double percentile(std::vector<float>& values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(at));
  return values[at];
}

}  // namespace

Result<cli::SimulateDone> simulate(const cli::SimulateOptions& options) {
  Simulation simulation(options);
  const io::Signals signals(simulation.loop, [&simulation](int) { simulation.is_asked_to_end = true; });
  simulation.tasks.spawn("simulate", play(simulation));
  simulation.loop.run();
  if (simulation.fault) return std::unexpected(*simulation.fault);
  cli::SimulateDone done;
  done.hosts = simulation.hosts.size();
  done.heartbeats_sent = simulation.tally.sent;
  done.heartbeats_acknowledged = simulation.tally.acknowledged;
  for (const SimulatedHost& host : simulation.hosts) {
    const auto welcomes = host.service->figures().link.welcomes;
    done.reconnects += welcomes > 0 ? welcomes - 1 : 0;
  }
  constexpr double kMedian = 0.5;
  constexpr double kWorstOfHundred = 0.99;
  done.ack_p50_ms = percentile(simulation.tally.ack_ms, kMedian);
  done.ack_p99_ms = percentile(simulation.tally.ack_ms, kWorstOfHundred);
  return done;
}

}  // namespace fettle::app
