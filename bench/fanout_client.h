// The reading side of bench_fanout: a process of its own with one thread and epoll. A few connections are
// read byte by byte (gaps, latency), the others only counted: all must get exactly as much as those.
#pragma once
#include <array>
#include <cstdint>

namespace fettle::bench {

struct FanoutOrder {
  enum class What : std::uint32_t { connect, begin, end, quit };
  What what = What::quit;
  std::uint32_t connections = 0;
  std::uint16_t port = 0;
  std::array<char, 64> target{};  // of the GET, ended by NUL
};

struct FanoutReport {
  std::uint64_t deliveries = 0;  // messages that the parsed connections got, times all connections
  std::uint64_t parsed = 0;
  std::uint64_t gaps = 0;         // of the message numbers, on parsed connections
  std::uint64_t unequal = 0;      // connections that got another number of bytes than the parsed ones
  std::uint64_t last_number = 0;  // the lowest of the parsed connections
  double p50_ms = 0, p99_ms = 0;
};

/// Answers each order with a report over the same socket, until told to quit. `end` is answered when nothing
/// has come for 300 ms.
void run_fanout_client(int orders);

/// CLOCK_MONOTONIC, the same in all processes.
std::int64_t bench_now_ns();

}  // namespace fettle::bench
