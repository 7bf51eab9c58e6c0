#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "bench/fanout_client.h"
#include "bench/fanout_source.h"

namespace fettle::bench {
namespace {

constexpr std::int64_t kPatienceNs = 20'000'000'000;

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(1);
}

/// Messages go as pipelined requests over one connection: they keep their order, and a slow answer holds up
/// none of them.
class PostedServer final : public FanoutSource {
 public:
  PostedServer(std::uint16_t port, std::vector<::pid_t> processes)
      : port_(port), processes_(std::move(processes)) {}
  ~PostedServer() override {
    if (socket_ >= 0) ::close(socket_);
  }
  PostedServer(const PostedServer&) = delete;
  PostedServer& operator=(const PostedServer&) = delete;

  bool publish(const FanoutSchedule& schedule) override {
    connect();
    answers_ = accepted_ = 0;
    std::uint64_t posted = 0;
    const std::int64_t give_up_at = schedule.due_ns(schedule.count) + kPatienceNs;
    while (answers_ < schedule.count) {
      const std::int64_t now = bench_now_ns();
      if (now > give_up_at) return false;
      for (const std::uint64_t due = schedule.due_count(now); posted < due;) {
        ++posted;
        add_request(make_fanout_body(posted, schedule.due_ns(posted)));
      }
      exchange(schedule.pause_ns());
    }
    ::close(std::exchange(socket_, -1));
    return accepted_ == schedule.count;
  }
  [[nodiscard]] std::uint16_t port() const override { return port_; }
  [[nodiscard]] std::string target() const override { return "/sub"; }
  [[nodiscard]] std::vector<::pid_t> processes() const override { return processes_; }

 private:
  void connect() {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) != 0)
      give_up("connect");
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    unsent_.clear();
    received_.clear();
  }

  void add_request(const std::string& body) {
    unsent_ += "POST /pub HTTP/1.1\r\nHost: bench\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body;
  }

  /// Sends and receives what is possible, or waits until the time is over.
  void exchange(std::int64_t pause_ns) {
    if (!unsent_.empty()) {
      const ::ssize_t sent = ::send(socket_, unsent_.data(), unsent_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent > 0) unsent_.erase(0, static_cast<std::size_t>(sent));
    }
    ::pollfd entry{socket_, POLLIN, 0};
    const ::timespec pause{0, static_cast<long>(std::min<std::int64_t>(pause_ns, 999'999'999))};
    if (::ppoll(&entry, 1, &pause, nullptr) <= 0) return;
    std::array<char, 65536> buffer;
    const ::ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count <= 0) give_up("the peer closed the publisher's connection");
    received_.append(buffer.data(), static_cast<std::size_t>(count));
    take_answers();
  }

  void take_answers() {
    std::size_t begin = 0;
    // Answers without body (204), or with one that holds no status line.
    for (std::size_t end = received_.find("\r\n\r\n"); end != std::string::npos;
         end = received_.find("\r\n\r\n", begin)) {
      const std::string_view head = std::string_view(received_).substr(begin, end - begin);
      if (const std::size_t at = head.find("HTTP/1.1 "); at != std::string_view::npos) {
        ++answers_;
        accepted_ += head.substr(at + 9).starts_with('2') ? 1 : 0;
      }
      begin = end + 4;
    }
    received_.erase(0, begin);
  }

  const std::uint16_t port_;
  const std::vector<::pid_t> processes_;
  int socket_ = -1;
  std::string unsent_, received_;
  std::uint64_t answers_ = 0, accepted_ = 0;
};

}  // namespace

std::unique_ptr<FanoutSource> use_posted_server(std::uint16_t port, std::vector<::pid_t> processes) {
  return std::make_unique<PostedServer>(port, std::move(processes));
}

}  // namespace fettle::bench
