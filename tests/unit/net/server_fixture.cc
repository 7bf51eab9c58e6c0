#include "tests/unit/net/server_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "fettle/base/text.h"

namespace fettle::net::test {

Task<void> ManualClock::sleep_until(MonoTime due) {
  if (due <= mono_) co_return;
  co_await io::suspend_until_called(
      [this, due](Callback resume) { sleepers_.push_back({due, std::move(resume)}); });
}

void ManualClock::advance(Millis by) {
  mono_ += by;
  wall_ += by;
  std::list<Sleeper> due;
  for (auto at = sleepers_.begin(); at != sleepers_.end();) {
    const auto next = std::next(at);
    if (at->due <= mono_) due.splice(due.end(), sleepers_, at);
    at = next;
  }
  for (Sleeper& sleeper : due) sleeper.resume();
}

EnvironmentId HeaderAuthenticator::environment(std::uint8_t number) {
  Uuid uuid{};
  uuid[15] = number;
  return EnvironmentId(uuid);
}

Task<Result<Principal>> HeaderAuthenticator::authenticate(const Request& request) {
  const std::string user(request.headers.get("X-Test-User"));
  Principal principal;
  if (user.empty()) co_return principal;
  if (user == "bad") co_return fail(ErrorCode::unauthenticated, "token_unknown", "This token is not known.");
  if (user == "cross") co_return fail(ErrorCode::forbidden, "cross_site", "This came from another site.");
  principal.kind = PrincipalKind::person;
  principal.id = "person_" + user;
  principal.name = user;
  Grant grant;
  grant.environment = environment(1);
  grant.role = user;
  grant.permissions = {Permission::view};
  if (user != "viewer") grant.permissions.insert(Permission::operate);
  if (user == "admin") principal.server_administrator = true;
  principal.grants[grant.environment] = grant;
  co_return principal;
}

TestClient::TestClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const ::timeval patience{20, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
}

TestClient::~TestClient() {
  ::close(fd_);
}

bool TestClient::try_send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ::ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void TestClient::send(std::string_view bytes) {
  ASSERT_TRUE(try_send(bytes));
}

bool TestClient::fill() {
  std::array<char, 65536> piece;
  const ::ssize_t count = ::recv(fd_, piece.data(), piece.size(), 0);
  if (count <= 0) return false;
  buffer_.append(piece.data(), static_cast<std::size_t>(count));
  return true;
}

Answer TestClient::read_answer(bool is_head) {
  Answer answer;
  std::size_t end = std::string::npos;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return answer;
  }
  const std::string head = buffer_.substr(0, end);
  buffer_.erase(0, end + 4);
  answer.status = std::stoi(head.substr(9, 3));
  for (const std::string_view line : split(head, '\n')) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    answer.headers[to_lower_ascii(line.substr(0, colon))] = std::string(trim(line.substr(colon + 1)));
  }
  const auto length = answer.headers.find("content-length");
  if (is_head || length == answer.headers.end()) return answer;
  const std::size_t size = std::stoul(length->second);
  while (buffer_.size() < size) {
    if (!fill()) return Answer{};
  }
  answer.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return answer;
}

std::string TestClient::read(std::size_t at_least) {
  while (buffer_.size() < at_least && fill()) {
  }
  return std::exchange(buffer_, {});
}

bool TestClient::is_closed() {
  std::array<char, 4096> piece;
  for (;;) {
    const ::ssize_t count = ::recv(fd_, piece.data(), piece.size(), 0);
    if (count == 0) return true;
    if (count < 0) return errno == ECONNRESET;
  }
}

ServerFixture::ServerFixture() = default;

void ServerFixture::start(HttpOptions options) {
  router.seal();
  server.emplace(loop, clock, random, log, router, std::move(options));
  tasks.emplace(loop, log);
  const auto started = server->start();
  ASSERT_TRUE(started) << started.error().detail;
  port_ = server->port();
  thread_ = std::thread([this] { loop.run(); });
  is_running_ = true;
}

namespace {

Task<void> stop_all(HttpServer& server, io::TaskScope& tasks, MonoTime deadline,
                    std::promise<void>& stopped) {
  co_await server.stop(deadline);
  tasks.cancel();
  stopped.set_value();
}

}  // namespace

void ServerFixture::stop() {
  if (!is_running_) return;
  is_running_ = false;
  io::TaskScope stopping(loop, log);
  std::promise<void> stopped;
  on_loop([&] { stopping.spawn("stop", stop_all(*server, *tasks, clock.mono_now(), stopped)); });
  stopped.get_future().wait();
  until([&] { return tasks->size() == 0 && stopping.size() == 0; });
  loop.stop();
  thread_.join();
}

ServerFixture::~ServerFixture() {
  stop();
}

void ServerFixture::on_loop(std::function<void()> work) {
  std::promise<void> done;
  loop.post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

HttpFigures ServerFixture::figures() {
  HttpFigures figures;
  on_loop([&] { figures = server->figures(); });
  return figures;
}

void ServerFixture::until(const std::function<bool()>& condition) {
  bool holds = false;
  while (!holds) on_loop([&] { holds = condition(); });
}

}  // namespace fettle::net::test
