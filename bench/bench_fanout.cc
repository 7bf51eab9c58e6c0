// Fan-out of one topic (F3): the real server, route and hub over loopback sockets in this process, the
// readers in a child. Messages of 200 bytes are published on a schedule that does not wait; the rate grows
// until p99 passes 250 ms or something is lost, then the best one is repeated.
//   bench_fanout [subscribers [seconds a step [rate]]]      one line of key=value a step
// With a rate only that one is run.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "bench/fanout_client.h"
#include "fettle/io/asio_loop.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/system_random.h"
#include "fettle/io/task_scope.h"
#include "fettle/net/http_server.h"
#include "fettle/net/router.h"
#include "fettle/stream/hub.h"
#include "fettle/stream/stream_api.h"

namespace fettle::bench {
namespace {

constexpr std::size_t kBodyBytes = 200;
constexpr double kMostP99Ms = 250;
constexpr int kRepeats = 3;
constexpr double kGrowth = 1.5;
constexpr double kFirstRate = 400;

EnvironmentId environment() {
  Uuid uuid{};
  uuid[15] = 1;
  return EnvironmentId(uuid);
}

class OneViewer final : public net::Authenticator {
 public:
  Task<Result<Principal>> authenticate(const net::Request& /*request*/) override {
    Principal viewer;
    viewer.kind = PrincipalKind::person;
    viewer.id = "person_bench";
    viewer.grants[environment()] = {environment(), "default", "viewer", {Permission::view}};
    co_return viewer;
  }
};

stream::HubSettings hub_settings() {
  stream::HubSettings settings;
  settings.max_connections_of_one = settings.max_connections;
  return settings;
}

net::HttpOptions http_options() {
  net::HttpOptions options;
  options.limits.connections_per_address = options.limits.connections;
  return options;
}

double cpu_seconds() {
  ::rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const ::timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

std::string make_body(std::uint64_t number, std::int64_t scheduled_ns) {
  std::string body = fmt::format(R"({{"n":{},"t":{},"fill":")", number, scheduled_ns);
  body.append(kBodyBytes - 2 - body.size(), 'x');
  return body + "\"}";
}

struct Parts {
  io::AsioLoop loop;
  io::SystemClock clock{loop};
  io::SystemRandom random;
  io::Log log{std::make_shared<io::StderrSink>(io::LogFormat::text, io::LogLevel::warn), "bench"};
  OneViewer viewer;
  net::Router router{viewer, log};
  stream::Hub hub{loop, clock, random, log, hub_settings(), "bench"};
  net::HttpServer http{loop, clock, random, log, router, http_options()};
  io::TaskScope tasks{loop, log};
};

class Bench {
 public:
  Bench(Parts& parts, int client, std::uint32_t subscribers, double seconds)
      : parts_(parts), client_(client), subscribers_(subscribers), seconds_(seconds) {}

  Task<void> run(double only_rate) {
    co_await connect();
    if (only_rate > 0) {
      co_await step(only_rate);
    } else {
      co_await climb();
    }
    order({FanoutOrder::What::quit, 0, 0});
    co_await parts_.hub.stop();
    co_await parts_.http.stop(parts_.clock.mono_now() + Seconds(1));
    parts_.loop.stop();
  }

 private:
  Task<void> connect() {
    const std::uint64_t before = resident_bytes();
    order({FanoutOrder::What::connect, subscribers_, parts_.http.port()});
    co_await take_report();
    const std::uint64_t after = resident_bytes();
    fmt::print("fanout_memory subscribers={} resident_bytes={} bytes_a_subscriber={}\n",
               parts_.hub.figures().connections, after, (after - before) / subscribers_);
  }

  Task<void> climb() {
    co_await step(20);  // as at a small site: one write a message and reader
    double best = 0;
    for (double rate = kFirstRate;; rate *= kGrowth) {
      if (!co_await step(rate)) break;
      best = rate;
    }
    double highest = 0;
    for (int i = 0; i < kRepeats && best > 0; ++i) {
      if (co_await step(best)) highest = std::max(highest, deliveries_a_cpu_second_);
    }
    fmt::print("fanout_best subscribers={} rate={:.0f} deliveries_per_cpu_second={:.0f}\n", subscribers_,
               best, highest);
  }

  Task<bool> step(double rate) {
    order({FanoutOrder::What::begin, 0, 0});
    co_await take_report();
    const double cpu_before = cpu_seconds();
    const std::uint64_t resyncs_before = parts_.hub.figures().resyncs;
    const std::int64_t began = bench_now_ns();
    const auto count = static_cast<std::uint64_t>(rate * seconds_);
    std::uint64_t published = 0;
    const auto pause = std::max<Nanos>(Millis(1), Nanos(static_cast<std::int64_t>(0.5e9 / rate)));
    while (published < count) {
      const auto due = static_cast<std::uint64_t>(static_cast<double>(bench_now_ns() - began) / 1e9 * rate);
      while (published < std::min(due, count)) {
        const auto scheduled = began + static_cast<std::int64_t>(static_cast<double>(published) / rate * 1e9);
        ++published;
        parts_.hub.publish({environment(), "events"}, stream::EventMessage{make_body(published, scheduled)},
                           stream::Keep::kept);
      }
      co_await parts_.clock.sleep_for(pause);
    }
    order({FanoutOrder::What::end, 0, 0});
    const FanoutReport report = co_await take_report();
    const double cpu = cpu_seconds() - cpu_before;
    const double wall = static_cast<double>(bench_now_ns() - began) / 1e9;
    const std::uint64_t resyncs = parts_.hub.figures().resyncs - resyncs_before;
    const bool is_whole =
        report.gaps == 0 && report.unequal == 0 && resyncs == 0 && report.last_number == count;
    deliveries_a_cpu_second_ = static_cast<double>(report.deliveries) / cpu;
    fmt::print(
        "fanout subscribers={} rate={:.0f} seconds={:.1f} deliveries={} deliveries_per_cpu_second={:.0f} "
        "us_per_delivery={:.3f} cpu_share={:.2f} p50_ms={:.1f} p99_ms={:.1f} gaps={} unequal={} resyncs={} "
        "ok={}\n",
        subscribers_, rate, seconds_, report.deliveries, deliveries_a_cpu_second_,
        cpu * 1e6 / static_cast<double>(std::max<std::uint64_t>(1, report.deliveries)), cpu / wall,
        report.p50_ms, report.p99_ms, report.gaps, report.unequal, resyncs,
        is_whole && report.p99_ms <= kMostP99Ms ? 1 : 0);
    static_cast<void>(std::fflush(stdout));
    co_return is_whole&& report.p99_ms <= kMostP99Ms;
  }

  void order(const FanoutOrder& what) const {
    if (::write(client_, &what, sizeof what) != sizeof what) std::_Exit(1);
  }

  Task<FanoutReport> take_report() {
    FanoutReport report;
    for (;;) {
      const ::ssize_t count = ::recv(client_, &report, sizeof report, MSG_DONTWAIT);
      if (count == sizeof report) co_return report;
      if (count == 0) std::_Exit(1);  // the client has given up and said why
      co_await parts_.clock.sleep_for(Millis(2));
    }
  }

  Parts& parts_;
  int client_;
  std::uint32_t subscribers_;
  double seconds_;
  double deliveries_a_cpu_second_ = 0;
};

int run_server(int client, std::uint32_t subscribers, double seconds, double rate) {
  Parts parts;
  stream::add_stream_routes(parts.router, parts.hub);
  parts.router.seal();
  parts.hub.start();
  if (const Result<> started = parts.http.start(); !started) {
    fmt::print(stderr, "{}\n", started.error().detail);
    return 1;
  }
  Bench bench(parts, client, subscribers, seconds);
  parts.tasks.spawn("bench", bench.run(rate));
  parts.loop.run();
  return 0;
}

}  // namespace
}  // namespace fettle::bench

int main(int argc, char** argv) {
  const auto subscribers = static_cast<std::uint32_t>(argc > 1 ? std::stoul(argv[1]) : 1000);
  const double seconds = argc > 2 ? std::stod(argv[2]) : 2;
  const double rate = argc > 3 ? std::stod(argv[3]) : 0;
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) return 1;
  const ::pid_t child = ::fork();
  if (child == 0) {
    ::close(pair[0]);
    fettle::bench::run_fanout_client(pair[1]);
    return 0;
  }
  ::close(pair[1]);
  const int outcome = fettle::bench::run_server(pair[0], subscribers, seconds, rate);
  ::waitpid(child, nullptr, 0);
  return outcome;
}
