// A real server on a free port with its loop on a thread of its own, a clock that only the test moves, and a
// blocking client that sends bytes as they are.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <list>
#include <thread>

#include "fettle/io/asio_loop.h"
#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/system_random.h"
#include "fettle/io/task_scope.h"
#include "fettle/io/work_queue.h"
#include "fettle/net/http_server.h"
#include "fettle/net/router.h"

namespace fettle::net::test {

/// Stands still until advance(). Loop thread only, but for construction.
class ManualClock final : public io::Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override { return wall_; }
  [[nodiscard]] MonoTime mono_now() const override { return mono_; }
  Task<void> sleep_until(MonoTime due) override;
  void advance(Millis by);

 private:
  struct Sleeper {
    MonoTime due;
    Callback resume;
  };
  WallTime wall_ = wall_from_unix_ms(1'795'338'604'123);  // 2026-11-22
  MonoTime mono_{Seconds(1000)};
  std::list<Sleeper> sleepers_;
};

/// Who a request is, from an `X-Test-User` header: nothing, "viewer", "operator", "admin", "bad", "cross".
class HeaderAuthenticator final : public Authenticator {
 public:
  Task<Result<Principal>> authenticate(const Request& request) override;
  static EnvironmentId environment(std::uint8_t number);
};

struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class TestClient {
 public:
  explicit TestClient(std::uint16_t port);
  ~TestClient();
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  void send(std::string_view bytes);
  /// False when the peer has reset the connection.
  bool try_send(std::string_view bytes);
  /// One answer by its Content-Length; status 0 when the connection ended first.
  Answer read_answer(bool is_head = false);
  /// At least so many bytes, or all until the end.
  std::string read(std::size_t at_least);
  /// True when the server has closed: waits for it.
  bool is_closed();
  Answer ask(std::string_view request) {
    send(request);
    return read_answer();
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  bool fill();
  int fd_;
  std::string buffer_;
};

class ServerFixture : public ::testing::Test {
 protected:
  ServerFixture();
  ~ServerFixture() override;
  /// Seals the router and starts the server; the loop runs from here on.
  void start(HttpOptions options = {});
  void stop();
  /// Runs on the loop and waits for it.
  void on_loop(std::function<void()> work);
  void advance(Millis by) {
    on_loop([this, by] { clock.advance(by); });
  }
  HttpFigures figures();
  /// Waits (by turns of the loop, not by time) until the condition holds.
  void until(const std::function<bool()>& condition);
  [[nodiscard]] std::uint16_t port() const { return port_; }

  io::AsioLoop loop;
  ManualClock clock;
  io::SystemRandom random;
  std::shared_ptr<io::MemorySink> sink = std::make_shared<io::MemorySink>();
  io::Log log{sink, "test"};
  HeaderAuthenticator authenticator;
  Router router{authenticator, log};
  std::optional<HttpServer> server;
  std::optional<io::TaskScope> tasks;

 private:
  std::uint16_t port_ = 0;
  std::thread thread_;
  bool is_running_ = false;
};

}  // namespace fettle::net::test
