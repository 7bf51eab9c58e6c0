// The sending side of F1 and F2: many agents in one process that do nothing but the protocol. Each connection
// sends heartbeats of 40 series; in a closed loop (as many on the way as the window allows) or at a fixed
// rate over all. Prints one JSON line: heartbeats, CPU seconds of the server, and how long
// acknowledgements took.
//
//   bench_ingest URL TOKEN_FILE SERVER_PID CONNECTIONS SECONDS RATE [WINDOW]      RATE 0: closed loop
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>

#include "fettle/app/simulated_enrolment.h"
#include "fettle/base/crypto.h"
#include "fettle/io/asio_loop.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/system_random.h"
#include "fettle/io/task_scope.h"
#include "fettle/net/ws_dialer.h"
#include "fettle/wire/messages.h"

namespace fettle::bench {
namespace {

constexpr std::size_t kSeries = 40;
constexpr std::uint32_t kGreetAtOnce = 200;
constexpr Seconds kWarmUp{2};

struct Order {
  std::string url, token;
  int server_pid = 0;
  std::uint32_t connections = 0;
  Seconds duration{0};
  std::uint64_t rate = 0;  // heartbeats a second over all connections; 0: closed loop
  std::size_t window =
      1;  // in a closed loop: heartbeats of one connection that wait for their acknowledgement
};

struct Bench {
  Order order;
  io::AsioLoop loop;
  io::SystemClock clock{loop};
  io::SystemRandom random;
  io::Log log{std::make_shared<io::StderrSink>(io::LogFormat::text, io::LogLevel::error), "bench"};
  net::WsDialer dialer{loop, clock, random, log};
  wire::Decoder decoder;
  wire::SeriesSet set;
  bool is_measuring = false;
  bool is_over = false;
  std::uint64_t acknowledged = 0;
  std::uint32_t greeting = 0;  // connections between dial and welcome
  std::uint32_t ready = 0;
  std::vector<float> ack_ms;
  io::TaskScope tasks{loop, log};
};

/// Of all threads that live, in nanoseconds of the scheduler (proc(5), schedstat): the ticks of
/// /proc/PID/stat miss what sleeps before each tick.
double cpu_seconds(int pid) {
  double nanoseconds = 0;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::ifstream file(thread.path() / "schedstat");
    double running = 0;
    file >> running;
    nanoseconds += running;
  }
  return nanoseconds / 1e9;
}

wire::SeriesSet make_set() {
  wire::SeriesSet set;
  set.boot_id = "bench";
  for (std::size_t i = 0; i < kSeries; ++i) {
    const bool is_counter = i % 2 == 0;
    set.series.push_back({is_counter ? "net.rx_bytes" : "mount.used", "x" + std::to_string(i),
                          is_counter ? wire::SeriesKind::counter : wire::SeriesKind::gauge});
  }
  set.id = wire::series_set_id(set);
  return set;
}

struct Connection {
  std::unique_ptr<net::MessageChannel> channel;
  std::string buffer;
  wire::Message message;
  std::uint64_t sequence = 0;
  std::deque<MonoTime> sent;  // not acknowledged, oldest first
  std::vector<std::int64_t> values;
};

bool send_heartbeat(Bench& bench, Connection& one) {
  const WallTime now = bench.clock.wall_now();
  wire::Heartbeat heartbeat;
  heartbeat.after = {one.sequence == 0 ? 0U : 1U, one.sequence};
  heartbeat.position = {1, ++one.sequence};
  heartbeat.sampled_at_ms = unix_ms(now);
  heartbeat.monotonic_ms =
      std::chrono::duration_cast<Millis>(bench.clock.mono_now().time_since_epoch()).count();
  heartbeat.series_set = bench.set.id;
  for (std::size_t i = 0; i < kSeries; ++i)
    one.values[i] += static_cast<std::int64_t>(i * 131 + one.sequence % 7);
  heartbeat.values = one.values;
  one.sent.push_back(bench.clock.mono_now());
  return one.channel->try_send(wire::encode(wire::Message(std::move(heartbeat))));
}

Task<bool> greet(Bench& bench, Connection& one, const agent::Identity& identity) {
  auto dialled = co_await bench.dialer.dial({identity.link_url(), "fettle.agent.v1", identity.pins});
  if (!dialled) co_return false;
  one.channel = std::move(*dialled);
  auto challenge = co_await one.channel->receive({});
  if (!challenge || !bench.decoder.decode(*challenge, one.message)) co_return false;
  wire::Hello hello;
  hello.version = wire::kVersion;
  hello.host_id = identity.host_id;
  hello.signature = agent::sign_hello(identity, std::get<wire::Challenge>(one.message),
                                      one.channel->channel_binding().value_or(""));
  hello.agent_version = "bench";
  hello.boot = 1;
  hello.now_ms = unix_ms(bench.clock.wall_now());
  hello.inventory.boot_id = "bench";
  if (!one.channel->try_send(wire::encode(wire::Message(hello)))) co_return false;
  auto welcome = co_await one.channel->receive({});
  if (!welcome) co_return false;
  co_return one.channel->try_send(wire::encode(wire::Message(bench.set)));
}

void take_ack(Bench& bench, Connection& one) {
  const auto* ack = std::get_if<wire::Ack>(&one.message);
  if (ack == nullptr) return;
  const MonoTime now = bench.clock.mono_now();
  const std::uint64_t first = one.sequence - one.sent.size() + 1;
  for (std::uint64_t i = first; i <= ack->position.sequence && !one.sent.empty(); ++i) {
    if (bench.is_measuring) {
      ++bench.acknowledged;
      bench.ack_ms.push_back(std::chrono::duration<float, std::milli>(now - one.sent.front()).count());
    }
    one.sent.pop_front();
  }
}

/// Sends until as many are on the way as may be.
void fill_window(Bench& bench, Connection& one) {
  while (one.sent.size() < bench.order.window && !bench.is_over) {
    if (!send_heartbeat(bench, one)) return;  // the receive hears of it
  }
}

Task<void> send_paced(Bench& bench, std::shared_ptr<Connection> one, Nanos phase) {
  const Nanos period = std::chrono::nanoseconds(Seconds(bench.order.connections)) / bench.order.rate;
  MonoTime due = bench.clock.mono_now() + phase;
  while (!bench.is_over) {
    co_await bench.clock.sleep_until(due);
    if (!send_heartbeat(bench, *one)) co_return;
    due += period;
  }
}

Task<void> serve(Bench& bench, agent::Identity identity, std::uint32_t index) {
  auto one = std::make_shared<Connection>();  // shared with the task that sends
  one->values.assign(kSeries, 1'000'000);
  // Ten thousand at once would outlast the time that a server gives a greeting.
  while (bench.greeting >= kGreetAtOnce) co_await bench.clock.sleep_for(Millis(5));
  ++bench.greeting;
  const bool is_greeted = co_await greet(bench, *one, identity);
  --bench.greeting;
  if (!is_greeted) {
    std::fprintf(stderr, "bench_ingest: a connection failed\n");
    std::_Exit(1);
  }
  ++bench.ready;
  const bool is_closed_loop = bench.order.rate == 0;
  if (is_closed_loop) {
    fill_window(bench, *one);
  } else {
    const Nanos period = std::chrono::nanoseconds(Seconds(bench.order.connections)) / bench.order.rate;
    bench.tasks.spawn("bench.send", send_paced(bench, one, period * index / bench.order.connections));
  }
  for (;;) {
    auto received = co_await one->channel->receive(std::move(one->buffer));
    if (!received) co_return;
    one->buffer = std::move(*received);
    if (!bench.decoder.decode(one->buffer, one->message)) co_return;
    take_ack(bench, *one);
    if (is_closed_loop) fill_window(bench, *one);
  }
}

float percentile(std::vector<float>& values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + at);
  return values[static_cast<std::size_t>(at)];
}

Task<void> run(Bench& bench) {
  cli::SimulateOptions options;
  options.url = bench.order.url;
  options.hosts = bench.order.connections;
  options.bearer = Secret<std::string>(bench.order.token);
  options.keep_hosts = true;
  auto enrolled =
      co_await app::enrol_simulated_hosts({bench.loop, bench.clock, bench.random, bench.tasks}, options);
  if (enrolled.fault) {
    std::fprintf(stderr, "bench_ingest: %s\n", enrolled.fault->detail.c_str());
    std::_Exit(1);
  }
  std::uint32_t index = 0;
  for (agent::Identity& identity : enrolled.identities)
    bench.tasks.spawn("bench.serve", serve(bench, identity, index++));
  while (bench.ready < bench.order.connections) co_await bench.clock.sleep_for(Millis(20));
  co_await bench.clock.sleep_for(kWarmUp);
  const double cpu_before = cpu_seconds(bench.order.server_pid);
  const MonoTime began = bench.clock.mono_now();
  bench.is_measuring = true;
  co_await bench.clock.sleep_for(bench.order.duration);
  bench.is_measuring = false;
  const double cpu = cpu_seconds(bench.order.server_pid) - cpu_before;
  const double wall = std::chrono::duration<double>(bench.clock.mono_now() - began).count();
  const auto count = static_cast<double>(bench.acknowledged);
  std::printf(
      "{\"connections\":%u,\"rate\":%llu,\"window\":%zu,\"heartbeats\":%llu,\"wall_s\":%.2f,\"per_second\":%."
      "0f,\"server_"
      "cpu_s\":%.2f,"
      "\"server_cpu_us_each\":%.2f,\"server_core_percent\":%.1f,\"ack_p50_ms\":%.2f,\"ack_p99_ms\":%.2f}\n",
      bench.order.connections, static_cast<unsigned long long>(bench.order.rate), bench.order.window,
      static_cast<unsigned long long>(bench.acknowledged), wall, count / wall, cpu,
      cpu * 1e6 / std::max(count, 1.0), 100 * cpu / wall, static_cast<double>(percentile(bench.ack_ms, 0.5)),
      static_cast<double>(percentile(bench.ack_ms, 0.99)));
  std::fflush(stdout);
  std::_Exit(0);  // a thousand connections need no goodbye here
}

}  // namespace
}  // namespace fettle::bench

int main(int argc, char** argv) {
  if (argc != 7 && argc != 8) {
    std::fprintf(stderr, "usage: bench_ingest URL TOKEN_FILE SERVER_PID CONNECTIONS SECONDS RATE [WINDOW]\n");
    return 2;
  }
  fettle::crypto_start();
  fettle::bench::Bench bench;
  std::ifstream token(argv[2]);
  token >> bench.order.token;
  bench.order.url = argv[1];
  bench.order.server_pid = std::atoi(argv[3]);
  bench.order.connections = static_cast<std::uint32_t>(std::atoi(argv[4]));
  bench.order.duration = fettle::Seconds(std::atoi(argv[5]));
  bench.order.rate = static_cast<std::uint64_t>(std::atoll(argv[6]));
  if (argc == 8) bench.order.window = static_cast<std::size_t>(std::clamp(std::atoi(argv[7]), 1, 64));
  bench.set = fettle::bench::make_set();
  bench.tasks.spawn("bench", fettle::bench::run(bench));
  bench.loop.run();
  return 0;
}
