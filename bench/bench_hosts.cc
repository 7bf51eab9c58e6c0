// Hosts that have lived for a while (F5): real agents in one process, each with 40 made-up series that have
// the grain of the real thing. Their time begins in the past and runs faster until it is now, so that the
// server sees what it would have seen: all hosts in turn, one heartbeat each, the next one 5 s of their time
// later. Prints one line when they have arrived in the present, and goes on until it is ended.
//   bench_hosts URL TOKEN_FILE HOSTS SECONDS_OF_PAST
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "fettle/agent/agent_service.h"
#include "fettle/agent/outbox/memory_outbox.h"
#include "fettle/app/simulated_enrolment.h"
#include "fettle/base/crypto.h"
#include "fettle/io/asio_loop.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/system_random.h"
#include "fettle/io/task_scope.h"
#include "fettle/net/ws_dialer.h"
#include "tests/unit/metrics/fake_host.h"

namespace fettle::bench {
namespace {

constexpr std::int64_t kPeriodMs = 5'000;
constexpr std::size_t kStartsPerTurn = 20;
constexpr std::int64_t kSpeed = 30;  // a thousand hosts send 6,000 heartbeats a second

/// The hosts' time: behind the machine's by `past` at first. Monotonic time begins well above zero, however
/// young the machine is.
class HostClock final : public io::Clock {
 public:
  HostClock(io::Clock& machine, Nanos past)
      : machine_(machine),
        since_(machine.mono_now()),
        wall_(machine.wall_now() - std::chrono::duration_cast<Micros>(past)),
        mono_(kMonoStart) {}

  [[nodiscard]] WallTime wall_now() const override {
    return wall_ + std::chrono::duration_cast<Micros>(elapsed());
  }
  [[nodiscard]] MonoTime mono_now() const override { return mono_ + elapsed(); }
  Task<void> sleep_until(MonoTime due) override {
    for (MonoTime now = mono_now(); now < due; now = mono_now())
      co_await machine_.sleep_for(std::min<Nanos>((due - now) / speed_, kLongestWait));
  }
  void run_at(std::int64_t speed) {
    const Nanos past = elapsed();
    wall_ += std::chrono::duration_cast<Micros>(past);
    mono_ += past;
    since_ = machine_.mono_now();
    speed_ = speed;
  }
  [[nodiscard]] bool is_behind() const { return wall_now() < machine_.wall_now(); }

 private:
  static constexpr MonoTime kMonoStart{Seconds(100'000)};
  static constexpr Nanos kLongestWait = Millis(500);  // so that a sleeper notices another speed
  [[nodiscard]] Nanos elapsed() const { return (machine_.mono_now() - since_) * speed_; }

  io::Clock& machine_;
  MonoTime since_;
  WallTime wall_;  // at `since_`
  MonoTime mono_;  // at `since_`
  std::int64_t speed_ = 1;
};

struct World {
  explicit World(Seconds past) : host_clock(clock, past) {}
  io::AsioLoop loop;
  io::SystemClock clock{loop};
  HostClock host_clock;
  io::SystemRandom random;
  io::Log log{std::make_shared<io::StderrSink>(io::LogFormat::text, io::LogLevel::error), "bench"};
  net::WsDialer dialer{loop, clock, random, log};
  wire::Decoder decoder;
  std::vector<std::unique_ptr<agent::AgentService>> agents;
  io::TaskScope tasks{loop, log};
};

/// A made-up host whose series belong to a boot of its own, as those of real hosts do.
class FakeSensor final : public agent::Sensor {
 public:
  FakeSensor(std::uint32_t number, std::int64_t start_ms) : host_(number, number, start_ms) {
    wire::SeriesSet set = *host_.last().set;
    set.boot_id = "boot-" + std::to_string(number);
    set.id = wire::series_set_id(set);
    set_ = std::make_shared<const wire::SeriesSet>(std::move(set));
    inventory_.hostname = "bench-" + std::to_string(number);
    inventory_.boot_id = set_->boot_id;
    inventory_.cores = 2;
  }
  void start() override {}
  Task<void> stop() override { co_return; }
  void tell(const agent::OwnFigures& /*own*/) override {}
  void on_news(std::function<void()> /*call*/) override {}
  void read(agent::Reading& into) override {
    into.set = set_;
    into.values = host_.next(kPeriodMs).values;
  }
  [[nodiscard]] const wire::Inventory& inventory() const override { return inventory_; }

 private:
  metrics::FakeHost host_;
  std::shared_ptr<const wire::SeriesSet> set_;  // as Reading wants it
  wire::Inventory inventory_;
};

std::unique_ptr<agent::AgentService> make_agent(World& world, agent::Identity identity,
                                                std::uint32_t number) {
  const agent::AgentWorld parts{world.loop, world.host_clock, world.random, world.dialer, world.decoder};
  return std::make_unique<agent::AgentService>(
      parts, world.log, std::move(identity), "bench",
      std::make_unique<FakeSensor>(number, unix_ms(world.host_clock.wall_now())),
      std::make_unique<agent::MemoryOutbox>(1));
}

/// All are connected, and at most the newest heartbeat of each is on its way.
bool is_level(const World& world) {
  return std::ranges::all_of(world.agents, [](const auto& agent) {
    const agent::AgentFigures figures = agent->figures();
    return figures.link.state == agent::LinkState::open && figures.beats > 0 && figures.outbox.waiting <= 1;
  });
}

Task<void> wait_until(World& world, bool (*condition)(const World&)) {
  while (!condition(world)) co_await world.clock.sleep_for(Millis(20));
}

Task<void> run(World& world, cli::SimulateOptions options) {
  options.keep_hosts = true;
  auto enrolled =
      co_await app::enrol_simulated_hosts({world.loop, world.clock, world.random, world.tasks}, options);
  if (enrolled.fault) {
    std::fprintf(stderr, "bench_hosts: %s\n", enrolled.fault->detail.c_str());
    std::_Exit(1);
  }
  std::uint32_t number = 0;
  for (agent::Identity& identity : enrolled.identities) {
    world.agents.push_back(make_agent(world, std::move(identity), ++number));
    ignore(co_await world.agents.back()->start(), "an outbox in memory has nothing to refuse");
    if (number % kStartsPerTurn == 0) co_await world.clock.sleep_for(Millis(10));
  }
  co_await wait_until(world, is_level);
  world.host_clock.run_at(kSpeed);
  co_await wait_until(world, [](const World& now) { return !now.host_clock.is_behind(); });
  world.host_clock.run_at(1);
  co_await wait_until(world, is_level);
  std::uint64_t sent = 0;
  std::uint64_t dials = 0;
  for (const auto& agent : world.agents) {
    const agent::AgentFigures figures = agent->figures();
    sent += figures.link.sessions.sent;
    dials += figures.link.dials;
  }
  std::printf("{\"hosts\":%u,\"heartbeats\":%llu,\"dials\":%llu}\n", number,
              static_cast<unsigned long long>(sent), static_cast<unsigned long long>(dials));
  std::fflush(stdout);
}

}  // namespace
}  // namespace fettle::bench

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: bench_hosts URL TOKEN_FILE HOSTS SECONDS_OF_PAST\n");
    return 2;
  }
  fettle::crypto_start();
  fettle::bench::World world{fettle::Seconds(std::atoi(argv[4]))};
  std::string token;
  std::ifstream(argv[2]) >> token;
  fettle::cli::SimulateOptions options;
  options.url = argv[1];
  options.bearer = fettle::Secret<std::string>(token);
  options.hosts = static_cast<std::uint32_t>(std::atoi(argv[3]));
  world.tasks.spawn("bench", fettle::bench::run(world, options));
  world.loop.run();  // until a signal
  return 0;
}
