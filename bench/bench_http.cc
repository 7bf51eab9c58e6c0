// Measures the server of `net` by itself on loopback: HTTP requests (F10), WebSocket messages (part of F1),
// memory of an SSE subscriber (part of F5). The server runs on a thread of its own, whose CPU time alone is
// counted.
//   bench_http [connections] [seconds]
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <thread>

#include "fettle/base/check.h"
#include "fettle/io/asio_loop.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/system_random.h"
#include "fettle/io/task_scope.h"
#include "fettle/net/byte_stream.h"
#include "fettle/net/http_server.h"
#include "fettle/net/message_channel.h"
#include "fettle/net/router.h"
#include "fettle/net/ws_frame.h"

namespace {

using namespace fettle;
using namespace fettle::net;

constexpr std::size_t kBodyBytes = 73;      // as in reference/stack-facts.md section 3
constexpr std::size_t kMessageBytes = 577;  // as in section 4
constexpr std::size_t kAckBytes = 16;
constexpr std::size_t kSubscribers = 5000;

class NoAuthenticator final : public Authenticator {
 public:
  Task<Result<Principal>> authenticate(const Request& /*request*/) override { co_return Principal{}; }
};

std::vector<std::shared_ptr<ByteStream>> streams;

Task<Result<Response>> small(RequestContext& /*context*/, None /*query*/) {
  Response response;
  response.headers.add("Content-Type", "application/json");
  response.body.assign(kBodyBytes, 'x');
  co_return response;
}

Task<void> acknowledge(std::unique_ptr<MessageChannel> channel) {
  std::string buffer;
  for (;;) {
    auto message = co_await channel->receive(std::move(buffer));
    if (!message || !channel->try_send(std::string(kAckBytes, 'a'))) break;
    buffer = std::move(*message);
  }
}

Task<Result<Response>> link(RequestContext& /*context*/, None /*query*/) {
  Response response;
  response.websocket = acknowledge;
  co_return response;
}

Task<Result<Response>> stream(RequestContext& /*context*/, None /*query*/) {
  Response response;
  response.headers.add("Content-Type", "text/event-stream");
  response.stream = [](std::shared_ptr<ByteStream> opened) { streams.push_back(std::move(opened)); };
  co_return response;
}

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  FETTLE_CHECK(::connect(fd, reinterpret_cast<::sockaddr*>(&address), sizeof address) == 0, "cannot connect");
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

void send_all(int fd, std::string_view text) {
  FETTLE_CHECK(::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<::ssize_t>(text.size()));
}

std::string receive_head(int fd) {
  std::string head;
  std::array<char, 4096> piece;
  while (head.find("\r\n\r\n") == std::string::npos) {
    const ::ssize_t count = ::recv(fd, piece.data(), piece.size(), 0);
    FETTLE_CHECK(count > 0, "the server closed");
    head.append(piece.data(), static_cast<std::size_t>(count));
  }
  return head;
}

/// Closed loop: each connection sends again when the whole answer has come. Returns the answers received.
std::uint64_t drive(const std::vector<int>& fds, std::string_view question, std::size_t answer_bytes,
                    double seconds) {
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::size_t> received(fds.size());
  for (std::size_t i = 0; i < fds.size(); ++i) {
    ::epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, fds[i], &event);
    send_all(fds[i], question);
  }
  std::uint64_t answers = 0;
  std::array<::epoll_event, 256> events;
  std::array<char, 65536> piece;
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end) {
    const int count = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 100);
    for (int e = 0; e < count; ++e) {
      const std::size_t i = events[static_cast<std::size_t>(e)].data.u64;
      const ::ssize_t bytes = ::recv(fds[i], piece.data(), piece.size(), 0);
      FETTLE_CHECK(bytes > 0, "the server closed");
      received[i] += static_cast<std::size_t>(bytes);
      if (received[i] < answer_bytes) continue;
      received[i] -= answer_bytes;
      ++answers;
      send_all(fds[i], question);
    }
  }
  ::close(poll);
  return answers;
}

double resident_kib() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmRSS:")) return std::strtod(line.c_str() + 6, nullptr);
  }
  return 0;
}

class Bench {
 public:
  Bench() {
    router_.add_raw<None>(spec("/small", "small"), small);
    router_.add_raw<None>(spec("/link", "link"), link);
    router_.add_raw<None>(spec("/stream", "stream"), stream);
    router_.seal();
    HttpOptions options;
    options.limits.connections_per_address = 100'000;
    options.limits.connections = 100'000;
    server_.emplace(loop_, clock_, random_, log_, router_, std::move(options));
    FETTLE_CHECK(server_->start());
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Bench() {
    io::TaskScope scope(loop_, log_);
    std::promise<void> stopped;
    loop_.post([&] {
      streams.clear();
      scope.spawn("stop", stop(stopped));
    });
    stopped.get_future().wait();
    while (on_loop([&] { return scope.size(); }) > 0) {
    }
    loop_.stop();
    thread_.join();
  }

  template <class F>
  std::invoke_result_t<F> on_loop(F work) {
    std::promise<std::invoke_result_t<F>> result;
    loop_.post([&] { result.set_value(work()); });
    return result.get_future().get();
  }
  double server_cpu_s() {
    return on_loop([] {
      ::timespec time{};
      ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    });
  }
  std::uint16_t port() { return server_->port(); }
  std::size_t streams_open() {
    return on_loop([this] { return server_->figures().streams_open; });
  }

  void report(const char* what, const std::vector<int>& fds, std::string_view question,
              std::size_t answer_bytes, double seconds) {
    drive(fds, question, answer_bytes, 0.2);
    std::array<char, 65536> rest;
    for (const int fd : fds) {  // what was under way when the warm-up ended
      for (std::size_t got = 0; got < answer_bytes;) {
        const ::ssize_t count = ::recv(fd, rest.data(), rest.size(), 0);
        FETTLE_CHECK(count > 0, "the server closed");
        got += static_cast<std::size_t>(count);
      }
    }
    const double before = server_cpu_s();
    const std::uint64_t answers = drive(fds, question, answer_bytes, seconds);
    const double cpu = server_cpu_s() - before;
    std::printf("%-22s %9.0f /s   %6.2f us of server CPU each   %8.0f per CPU second\n", what,
                static_cast<double>(answers) / seconds, cpu * 1e6 / static_cast<double>(answers),
                static_cast<double>(answers) / cpu);
    for (const int fd : fds) ::close(fd);
  }

 private:
  static RouteSpec spec(std::string path, std::string operation) {
    RouteSpec out;
    out.path = std::move(path);
    out.operation = std::move(operation);
    out.summary = "For the benchmark.";
    out.permission = Permission::public_access;
    return out;
  }
  Task<void> stop(std::promise<void>& stopped) {
    co_await server_->stop(clock_.mono_now());
    stopped.set_value();
  }

  io::AsioLoop loop_;
  io::SystemClock clock_{loop_};
  io::SystemRandom random_;
  io::Log log_{std::make_shared<io::StderrSink>(io::LogFormat::text), "bench"};
  NoAuthenticator authenticator_;
  Router router_{authenticator_, log_};
  std::optional<HttpServer> server_;
  std::thread thread_;
};

}  // namespace

int main(int count, char** arguments) {
  const std::size_t connections = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 64;
  const double seconds = count > 2 ? std::strtod(arguments[2], nullptr) : 4;
  ::rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  Bench bench;
  const auto connect_all = [&](std::size_t number) {
    std::vector<int> fds;
    for (std::size_t i = 0; i < number; ++i) fds.push_back(connect_to(bench.port()));
    return fds;
  };

  const std::string request =
      "GET /small HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n";
  std::vector<int> fds = connect_all(connections);
  send_all(fds.front(), request);
  const std::size_t answer_bytes = receive_head(fds.front()).size();
  bench.report("HTTP GET, 73 bytes", fds, request, answer_bytes, seconds);

  fds = connect_all(connections);
  for (const int fd : fds) {
    send_all(fd,
             "GET /link HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    receive_head(fd);
  }
  const WsMask mask{1, 2, 3, 4};
  std::string payload(kMessageBytes, 'm');
  apply_mask(payload, mask, 0);
  const std::string message =
      std::string(make_frame_head(WsOpcode::binary, kMessageBytes, &mask).view()) + payload;
  bench.report("WebSocket, 577 bytes", fds, message, kAckBytes + 2, seconds);

  // Each one opens its stream before the next connects, as pages do.
  const double before = resident_kib();
  fds.clear();
  for (std::size_t i = 0; i < std::min<std::size_t>(kSubscribers, files.rlim_cur / 2 - 100); ++i) {
    fds.push_back(connect_to(bench.port()));
    send_all(fds.back(), "GET /stream HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
    receive_head(fds.back());
  }
  while (bench.streams_open() < fds.size()) {
  }
  std::printf("%-22s %9zu      %6.2f KiB resident each\n", "SSE subscribers", fds.size(),
              (resident_kib() - before) / static_cast<double>(fds.size()));
  for (const int fd : fds) ::close(fd);
  return 0;
}
