#include "bench/fanout_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace fettle::bench {
namespace {

constexpr std::uint32_t kParsed = 40;  // connections that are read, spread over all
constexpr std::int64_t kQuietNs = 300'000'000;

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(1);
}

struct Reader {
  int fd = -1;
  bool is_parsed = false;
  std::uint64_t bytes = 0;
  std::uint64_t number = 0;
  std::string rest;
};

std::int64_t number_after(std::string_view line, std::string_view name) {
  const std::size_t at = line.find(name);
  std::int64_t value = 0;
  if (at != std::string_view::npos) {
    std::from_chars(line.data() + at + name.size(), line.data() + line.size(), value);
  }
  return value;
}

class Client {
 public:
  explicit Client(int orders) : orders_(orders), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    watch(orders_, UINT64_MAX);
  }

  void run() {
    for (;;) {
      std::array<::epoll_event, 512> ready;
      const int count = ::epoll_wait(epoll_, ready.data(), static_cast<int>(ready.size()), 20);
      for (int i = 0; i < count; ++i) {
        const std::uint64_t which = ready[static_cast<std::size_t>(i)].data.u64;
        if (which == UINT64_MAX) {
          FanoutOrder order;
          if (::read(orders_, &order, sizeof order) != sizeof order || !obey(order)) return;
        } else {
          read_some(readers_[which]);
        }
      }
      if (is_ending_ && bench_now_ns() - last_byte_ns_ > kQuietNs && is_greeted()) report();
    }
  }

 private:
  /// After `connect`: all have got their greeting.
  [[nodiscard]] bool is_greeted() const {
    return !is_connecting_ || std::ranges::all_of(readers_, [](const Reader& one) { return one.bytes > 0; });
  }

  void watch(int fd, std::uint64_t which) const {
    ::epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = which;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) give_up("epoll_ctl");
  }

  bool obey(const FanoutOrder& order) {
    switch (order.what) {
      case FanoutOrder::What::quit:
        return false;
      case FanoutOrder::What::connect:
        for (std::uint32_t i = 0; i < order.connections; ++i) connect(order, i);
        is_ending_ = is_connecting_ = true;
        last_byte_ns_ = bench_now_ns();
        return true;
      case FanoutOrder::What::begin:
        for (Reader& reader : readers_) reader.bytes = reader.number = 0;
        latencies_.clear();
        gaps_ = 0;
        send_report({});
        return true;
      case FanoutOrder::What::end:
        is_ending_ = true;
        last_byte_ns_ = bench_now_ns();
        return true;
    }
    return false;
  }

  void connect(const FanoutOrder& order, std::uint32_t number) {
    Reader reader;
    reader.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (reader.fd < 0) give_up("socket");
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(order.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(reader.fd, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) != 0) {
      give_up("connect");
    }
    const std::string request = "GET " + std::string(order.target.data()) +
                                " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
    if (::write(reader.fd, request.data(), request.size()) != static_cast<::ssize_t>(request.size())) {
      give_up("write");
    }
    reader.is_parsed = number % std::max(1U, order.connections / kParsed) == 0;
    readers_.push_back(std::move(reader));
    watch(readers_.back().fd, readers_.size() - 1);
  }

  void read_some(Reader& reader) {
    // What is only counted is not copied either: the client must not be what is measured.
    const int flags = MSG_DONTWAIT | (reader.is_parsed ? 0 : MSG_TRUNC);
    const ::ssize_t count = ::recv(reader.fd, buffer_.data(), buffer_.size(), flags);
    if (count <= 0) give_up("a stream ended");
    reader.bytes += static_cast<std::uint64_t>(count);
    last_byte_ns_ = bench_now_ns();
    if (reader.is_parsed) parse(reader, {buffer_.data(), static_cast<std::size_t>(count)});
  }

  void parse(Reader& reader, std::string_view bytes) {
    reader.rest += bytes;
    std::size_t begin = 0;
    for (std::size_t end = reader.rest.find("\n\n"); end != std::string::npos;
         end = reader.rest.find("\n\n", begin)) {
      const std::string_view block = std::string_view(reader.rest).substr(begin, end - begin);
      begin = end + 2;
      const auto number = static_cast<std::uint64_t>(number_after(block, "{\"n\":"));
      if (number == 0) continue;  // a greeting, a comment
      gaps_ += number != reader.number + 1 ? 1 : 0;
      reader.number = number;
      latencies_.push_back(static_cast<double>(last_byte_ns_ - number_after(block, "\"t\":")) / 1e6);
    }
    reader.rest.erase(0, begin);
  }

  void report() {
    is_ending_ = is_connecting_ = false;
    FanoutReport out;
    out.gaps = gaps_;
    out.parsed = latencies_.size();
    out.last_number = UINT64_MAX;
    std::uint64_t bytes = 0;
    for (const Reader& reader : readers_) {
      if (!reader.is_parsed) continue;
      out.last_number = std::min(out.last_number, reader.number);
      bytes = reader.bytes;
    }
    for (const Reader& reader : readers_) out.unequal += reader.bytes != bytes ? 1 : 0;
    out.deliveries = out.last_number * readers_.size();
    std::ranges::sort(latencies_);
    if (!latencies_.empty()) {
      out.p50_ms = latencies_[latencies_.size() / 2];
      out.p99_ms = latencies_[latencies_.size() * 99 / 100];
    }
    send_report(out);
  }

  void send_report(const FanoutReport& out) const {
    if (::write(orders_, &out, sizeof out) != sizeof out) give_up("report");
  }

  int orders_;
  int epoll_;
  std::vector<Reader> readers_;
  std::vector<char> buffer_ = std::vector<char>(1U << 20U);
  std::vector<double> latencies_;
  std::uint64_t gaps_ = 0;
  std::int64_t last_byte_ns_ = 0;
  bool is_ending_ = false;
  bool is_connecting_ = false;
};

}  // namespace

std::int64_t bench_now_ns() {
  ::timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

void run_fanout_client(int orders) {
  Client(orders).run();
}

}  // namespace fettle::bench
