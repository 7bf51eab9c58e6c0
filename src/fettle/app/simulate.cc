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
constexpr Seconds kPatience{60};             // of enrolling and of removing,
constexpr Millis kPatiencePerHost{50};       // which take some milliseconds a host
constexpr Nanos kBetweenWords = Seconds(1);  // of the progress
constexpr Millis kBetweenLooks{100};
constexpr std::size_t kStartsPerTurn = 20;  // so that a thousand agents do not knock in one millisecond

struct ReportLine {
  std::string host_id;
  std::uint64_t boot = 0, acknowledged = 0;
};
BOOST_DESCRIBE_STRUCT(ReportLine, (), (host_id, boot, acknowledged))

using Phase = cli::SimulateProgress::Phase;

struct Simulation {
  Simulation(const cli::SimulateOptions& chosen, std::function<void(const cli::SimulateProgress&)> teller)
      : options(chosen),
        on_progress(std::move(teller)),
        log(std::make_shared<io::StderrSink>(io::LogFormat::text, io::LogLevel::error), "simulate"),
        dialer(loop, clock, random, log),
        tasks(loop, log) {}

  cli::SimulateOptions options;
  std::function<void(const cli::SimulateProgress&)> on_progress;
  io::Log log;
  io::AsioLoop loop;
  io::SystemClock clock{loop};
  io::SystemRandom random;
  io::SystemFiles files;
  wire::Decoder decoder;
  net::WsDialer dialer;
  SimulationTally tally;
  std::vector<SimulatedHost> hosts;
  std::vector<std::string> enrolled;  // host ids
  RemovedHosts removed;
  std::optional<Error> fault;
  unsigned times_asked_to_end = 0;
  MonoTime told_at;  // of the progress
  io::TaskScope tasks;
};

/// The first and the last word of a phase, and one a second between them.
void tell(Simulation& simulation, const cli::SimulateProgress& progress, bool is_due) {
  const MonoTime now = simulation.clock.mono_now();
  if (!is_due && now - simulation.told_at < kBetweenWords) return;
  simulation.told_at = now;
  simulation.on_progress(progress);
}

/// A phase in which something is asked of the server for each host. It is over when the person says so for
/// the `enough`th time, and in any case after a while.
EnrolmentGround ground_for(Simulation& simulation, Phase phase, std::size_t hosts, unsigned enough) {
  const MonoTime latest = simulation.clock.mono_now() + kPatience + kPatiencePerHost * hosts;
  tell(simulation, {.phase = phase, .hosts = hosts}, true);
  return {simulation.loop,
          simulation.clock,
          simulation.random,
          simulation.tasks,
          [&simulation, enough, latest] {
            return simulation.times_asked_to_end >= enough || simulation.clock.mono_now() >= latest;
          },
          [&simulation, phase, hosts](std::size_t done) {
            tell(simulation, {.phase = phase, .done = done, .hosts = hosts}, done == hosts);
          }};
}

/// All of them, or a fault. What came in before a fault is known, so that it can be removed.
Task<std::vector<agent::Identity>> bring_in(Simulation& simulation) {
  auto ground = ground_for(simulation, Phase::enrolling, simulation.options.hosts, 1);
  auto all = co_await enrol_simulated_hosts(std::move(ground), simulation.options);
  for (const agent::Identity& identity : all.identities) simulation.enrolled.push_back(identity.host_id);
  simulation.fault = std::move(all.fault);
  const bool is_late = !simulation.fault && simulation.times_asked_to_end == 0 &&
                       all.identities.size() < simulation.options.hosts;
  if (is_late)
    simulation.fault = Error{ErrorCode::timeout,
                             "enrolment_too_slow",
                             "the server enrols hosts too slowly: " + std::to_string(all.identities.size()) +
                                 " of " + std::to_string(simulation.options.hosts) + " came in",
                             {},
                             0};
  co_return std::move(all.identities);
}

/// What was enrolled with the person's own token.
Task<void> take_out(Simulation& simulation) {
  const bool are_ours = simulation.options.enrolment_tokens.empty() && !simulation.options.keep_hosts;
  if (!are_ours || simulation.enrolled.empty()) co_return;
  const unsigned enough = std::max(simulation.times_asked_to_end, 1U) + 1;
  auto ground = ground_for(simulation, Phase::removing, simulation.enrolled.size(), enough);
  simulation.removed =
      co_await remove_simulated_hosts(std::move(ground), simulation.options, simulation.enrolled);
}

Task<void> start_hosts(Simulation& simulation, std::vector<agent::Identity> identities) {
  const agent::AgentWorld world{simulation.loop, simulation.clock, simulation.random, simulation.dialer,
                                simulation.decoder};
  std::size_t started = 0;
  for (agent::Identity& identity : identities) {
    const SimulatedPast past{.seed = simulation.options.seed * 1'000'003 + started,
                             .history = simulation.options.history};
    simulation.hosts.push_back(
        make_simulated_host(world, simulation.log, simulation.tally, std::move(identity), past));
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
  bool is_first = true;
  while (simulation.times_asked_to_end == 0 && simulation.clock.mono_now() < end) {
    tell(simulation,
         {.phase = Phase::playing,
          .done = simulation.tally.acknowledged,
          .hosts = simulation.hosts.size(),
          .left = std::chrono::ceil<Seconds>(end - simulation.clock.mono_now())},
         std::exchange(is_first, false));
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

/// What earlier plays left, and nothing else.
Task<void> clean(Simulation& simulation) {
  auto ground = ground_for(simulation, Phase::removing, 0, 1);
  auto found = co_await find_simulated_hosts(std::move(ground), simulation.options);
  if (found) {
    simulation.enrolled = std::move(*found);
    co_await take_out(simulation);
  } else {
    simulation.fault = std::move(found).error();
  }
  stop_after_this_task(simulation.loop);
}

Task<void> play(Simulation& simulation) {
  auto identities = co_await bring_in(simulation);
  if (!simulation.fault && simulation.times_asked_to_end == 0) {
    co_await start_hosts(simulation, std::move(identities));
    co_await let_play(simulation);
    co_await stop_hosts(simulation);
    if (auto written = write_report(simulation); !written) simulation.fault = std::move(written).error();
  }
  co_await take_out(simulation);
  stop_after_this_task(simulation.loop);
}

double percentile(std::vector<float>& values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(at));
  return values[at];
}

/// Empty when no host is in the fleet that should not be.
std::string find_why_hosts_stay(const Simulation& simulation) {
  const std::size_t left = simulation.enrolled.size() - simulation.removed.count;
  const bool should_go = simulation.options.enrolment_tokens.empty() && !simulation.options.keep_hosts;
  if (!should_go || left == 0) return "";
  return std::to_string(left) + " of the hosts could not be removed and stay in the fleet" +
         (simulation.removed.fault ? ": " + simulation.removed.fault->detail : ": there was no time for it");
}

}  // namespace

Result<cli::SimulateDone> simulate(const cli::SimulateOptions& options,
                                   std::function<void(const cli::SimulateProgress&)> on_progress) {
  Simulation simulation(options, std::move(on_progress));
  const io::Signals signals(simulation.loop, [&simulation](int) { ++simulation.times_asked_to_end; });
  simulation.tasks.spawn("simulate", options.is_clean ? clean(simulation) : play(simulation));
  simulation.loop.run();
  const std::string why_hosts_stay = find_why_hosts_stay(simulation);
  if (simulation.fault) {
    if (!why_hosts_stay.empty()) simulation.fault->detail += "; " + why_hosts_stay;
    return std::unexpected(*simulation.fault);
  }
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
  done.hosts_removed = simulation.removed.count;
  done.why_hosts_stay = why_hosts_stay;
  return done;
}

}  // namespace fettle::app
