// Fan-out of one topic (F3) over loopback: a server, readers in a process of their own, and this one, which
// says when. Messages of 200 bytes are published on a schedule that does not wait; the rate grows until p99
// passes 250 ms or something is lost, then the best one is repeated.
//   bench_fanout SUBSCRIBERS SECONDS FIRST_RATE [PORT PID...]      one JSON line a step, and one at the end
// Without a port our own server is measured, else the one there, whose work is done by these processes.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "bench/fanout_client.h"
#include "bench/fanout_source.h"

namespace fettle::bench {
namespace {

constexpr double kMostP99Ms = 250;
constexpr int kRepeats = 3;
// A busy moment of the machine must not end the climb: tries of a rate, and rates in a row that fail.
constexpr int kTries = 2;
constexpr int kMisses = 2;
constexpr double kGrowth = 1.5;
constexpr double kLowestRate = 2;
constexpr double kSmallSite = 20;  // messages a second: one write a message and reader

struct Plan {
  std::uint32_t subscribers = 1000;
  double seconds = 2;
  double first_rate = 400;
};

struct Step {
  bool is_good = false;
  double deliveries_a_cpu_second = 0;
};

double cpu_seconds(std::span<const ::pid_t> processes) {
  double sum = 0;
  for (const ::pid_t process : processes) {
    ::clockid_t clock{};
    ::timespec used{};
    if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &used) != 0) {
      std::fprintf(stderr, "bench_fanout: the server is gone\n");
      std::exit(1);
    }
    sum += static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
  }
  return sum;
}

double load_average() {
  double load = 0;
  ::getloadavg(&load, 1);
  return load;
}

class Bench {
 public:
  Bench(FanoutSource& source, int client, const Plan& plan) : source_(source), client_(client), plan_(plan) {}

  void run() {
    FanoutOrder connect{FanoutOrder::What::connect, plan_.subscribers, source_.port(), {}};
    source_.target().copy(connect.target.data(), connect.target.size() - 1);
    ask(connect);
    step(kSmallSite, 2 * plan_.seconds, "small_site");
    double best = plan_.first_rate;
    while (!climbs_to(best) && best > kLowestRate) best /= kGrowth * kGrowth;
    int missed = 0;
    for (double rate = best * kGrowth; missed < kMisses; rate *= kGrowth) {
      if (climbs_to(rate)) {
        best = rate;
        missed = 0;
      } else {
        ++missed;
      }
    }
    std::vector<double> good = repeat(best);
    while (good.empty() && best > kLowestRate) good = repeat(best /= kGrowth);
    fmt::print(R"({{"step":"best","subscribers":{},"rate":{:.0f},"good_repeats":{},)"
               R"("deliveries_per_cpu_second":{:.0f}}})"
               "\n",
               plan_.subscribers, best, good.size(), good.empty() ? 0 : good[good.size() / 2]);
    tell({FanoutOrder::What::quit, 0, 0, {}});
  }

 private:
  /// Deliveries a CPU second of those that passed, sorted.
  std::vector<double> repeat(double rate) {
    std::vector<double> good;
    for (int i = 0; i < kRepeats; ++i) {
      const Step one = step(rate, plan_.seconds, "repeat");
      if (one.is_good) good.push_back(one.deliveries_a_cpu_second);
    }
    std::ranges::sort(good);
    return good;
  }

  bool climbs_to(double rate) {
    for (int i = 0; i < kTries; ++i) {
      if (step(rate, plan_.seconds, "climb").is_good) return true;
    }
    return false;
  }

  Step step(double rate, double seconds, const char* name) {
    ask({FanoutOrder::What::begin, 0, 0, {}});
    const auto processes = source_.processes();
    const double cpu_before = cpu_seconds(processes);
    const auto count = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(rate * seconds));
    const FanoutSchedule schedule{rate, count, bench_now_ns()};
    const bool is_accepted = source_.publish(schedule);
    const FanoutReport report = ask({FanoutOrder::What::end, 0, 0, {}});
    const double cpu = cpu_seconds(processes) - cpu_before;
    const double wall = static_cast<double>(bench_now_ns() - schedule.began_ns) / 1e9;
    const bool is_whole =
        is_accepted && report.gaps == 0 && report.unequal == 0 && report.last_number == schedule.count;
    const bool is_good = is_whole && report.p99_ms <= kMostP99Ms;
    const auto deliveries = static_cast<double>(report.deliveries);
    fmt::print(
        R"({{"step":"{}","subscribers":{},"rate":{:.0f},"deliveries":{},"deliveries_per_cpu_second":{:.0f},)"
        R"("us_each":{:.3f},"cpu_share":{:.2f},"p50_ms":{:.1f},"p99_ms":{:.1f},"gaps":{},"unequal":{},)"
        R"("accepted":{},"ok":{},"load":{:.1f}}})"
        "\n",
        name, plan_.subscribers, rate, report.deliveries, deliveries / cpu,
        cpu * 1e6 / std::max(1.0, deliveries), cpu / wall, report.p50_ms, report.p99_ms, report.gaps,
        report.unequal, is_accepted, is_good, load_average());
    std::fflush(stdout);
    return {is_good, deliveries / cpu};
  }

  void tell(const FanoutOrder& order) const {
    if (::write(client_, &order, sizeof order) != sizeof order) std::exit(1);
  }
  FanoutReport ask(const FanoutOrder& order) const {
    tell(order);
    FanoutReport report;
    if (::read(client_, &report, sizeof report) != sizeof report) std::exit(1);  // the client has said why
    return report;
  }

  FanoutSource& source_;
  int client_;
  Plan plan_;
};

void allow_many_descriptors() {
  ::rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(std::span<char*> arguments) {
  allow_many_descriptors();
  const Plan plan{static_cast<std::uint32_t>(std::strtoul(arguments[1], nullptr, 10)),
                  std::strtod(arguments[2], nullptr), std::strtod(arguments[3], nullptr)};
  std::unique_ptr<FanoutSource> source;
  if (arguments.size() > 4) {
    std::vector<::pid_t> processes;
    for (const char* text : arguments.subspan(5)) processes.push_back(std::atoi(text));
    source = use_posted_server(static_cast<std::uint16_t>(std::atoi(arguments[4])), std::move(processes));
  } else {
    source = start_own_server();
  }
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) return 1;
  const ::pid_t client = ::fork();
  if (client == 0) {
    ::close(pair[0]);
    run_fanout_client(pair[1]);
    std::_Exit(0);
  }
  ::close(pair[1]);
  Bench(*source, pair[0], plan).run();
  ::waitpid(client, nullptr, 0);
  return 0;
}

}  // namespace
}  // namespace fettle::bench

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: bench_fanout SUBSCRIBERS SECONDS FIRST_RATE [PORT PID...]\n");
    return 2;
  }
  return fettle::bench::run({argv, static_cast<std::size_t>(argc)});
}
