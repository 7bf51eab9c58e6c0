#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "bench/fanout_client.h"
#include "bench/fanout_source.h"
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

struct Parts {
  io::AsioLoop loop;
  io::SystemClock clock{loop};
  io::SystemRandom random;
  io::Log log{std::make_shared<io::StderrSink>(io::LogFormat::text, io::LogLevel::warn), "bench"};
  OneViewer viewer;
  net::Router router{viewer, log};
  stream::Hub hub{loop, clock, random, log, hub_settings(), "bench"};
  net::HttpServer http{loop, clock, random, log, router, {}};
  io::TaskScope tasks{loop, log};
};

/// The answer to each order: readers that were told to fetch afresh meanwhile. Those to whom that happens
/// later show by what they get.
using Answer = std::uint64_t;

Task<void> publish_all(Parts& parts, FanoutSchedule schedule, int orders) {
  const std::uint64_t resyncs_before = parts.hub.figures().resyncs;
  const auto pause = Nanos(schedule.pause_ns());
  for (std::uint64_t published = 0; published < schedule.count;) {
    const std::uint64_t due = schedule.due_count(bench_now_ns());
    while (published < due) {
      ++published;
      parts.hub.publish({environment(), "events"},
                        stream::EventMessage{make_fanout_body(published, schedule.due_ns(published))},
                        stream::Keep::kept);
    }
    co_await parts.clock.sleep_for(pause);
  }
  const Answer answer = parts.hub.figures().resyncs - resyncs_before;
  if (::write(orders, &answer, sizeof answer) != sizeof answer) std::_Exit(1);
}

[[noreturn]] void run_server(int orders) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  Parts parts;
  stream::add_stream_routes(parts.router, parts.hub);
  parts.router.seal();
  parts.hub.start();
  if (const Result<> started = parts.http.start(); !started) std::_Exit(1);
  const std::uint16_t port = parts.http.port();
  if (::write(orders, &port, sizeof port) != sizeof port) std::_Exit(1);
  // Waits beside the loop, so that an idle server is idle.
  std::thread([&parts, orders] {
    FanoutSchedule schedule;
    while (::read(orders, &schedule, sizeof schedule) == sizeof schedule) {
      parts.loop.post(
          [&parts, orders, schedule] { parts.tasks.spawn("publish", publish_all(parts, schedule, orders)); });
    }
    std::_Exit(0);
  }).detach();
  parts.loop.run();
  std::_Exit(0);
}

class OwnServer final : public FanoutSource {
 public:
  OwnServer() {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) std::exit(1);
    process_ = ::fork();
    if (process_ == 0) {
      ::close(pair[0]);
      run_server(pair[1]);
    }
    ::close(pair[1]);
    orders_ = pair[0];
    if (::read(orders_, &port_, sizeof port_) != sizeof port_) std::exit(1);
  }
  ~OwnServer() override {
    ::close(orders_);
    ::waitpid(process_, nullptr, 0);
  }
  OwnServer(const OwnServer&) = delete;
  OwnServer& operator=(const OwnServer&) = delete;

  bool publish(const FanoutSchedule& schedule) override {
    Answer resyncs = 0;
    if (::write(orders_, &schedule, sizeof schedule) != sizeof schedule) std::exit(1);
    if (::read(orders_, &resyncs, sizeof resyncs) != sizeof resyncs) std::exit(1);
    return resyncs == 0;
  }
  [[nodiscard]] std::uint16_t port() const override { return port_; }
  [[nodiscard]] std::string target() const override { return "/api/v1/stream?topics=events"; }
  [[nodiscard]] std::vector<::pid_t> processes() const override { return {process_}; }

 private:
  ::pid_t process_ = 0;
  int orders_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace

std::unique_ptr<FanoutSource> start_own_server() {
  return std::make_unique<OwnServer>();
}

}  // namespace fettle::bench
