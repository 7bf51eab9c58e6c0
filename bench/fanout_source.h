// Where the messages of a fan-out measurement come from: our own server as a process of its own, or a peer
// that messages are posted to.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace fettle::bench {

inline constexpr std::size_t kFanoutBodyBytes = 200;

/// One message: its number from 1, and when it was due (CLOCK_MONOTONIC).
std::string make_fanout_body(std::uint64_t number, std::int64_t due_ns);

/// Messages `number` from 1 to `count` are due `number - 1` periods after `began_ns`, whatever became of
/// those before.
struct FanoutSchedule {
  double rate = 0;  // a second
  std::uint64_t count = 0;
  std::int64_t began_ns = 0;
  [[nodiscard]] std::int64_t due_ns(std::uint64_t number) const;
  /// How many are due by now.
  [[nodiscard]] std::uint64_t due_count(std::int64_t now_ns) const;
  /// How long to sleep between looks.
  [[nodiscard]] std::int64_t pause_ns() const;
};

class FanoutSource {
 public:
  virtual ~FanoutSource() = default;
  /// Returns when all are published; false when the server refused some.
  virtual bool publish(const FanoutSchedule& schedule) = 0;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual std::string target() const = 0;  // of the readers' GET
  [[nodiscard]] virtual std::vector<::pid_t> processes() const = 0;
};

/// Forks a server with the HTTP server, router, stream route and hub of the product; it publishes by itself,
/// because no route of the product lets a client publish at will. Ended by its destructor.
std::unique_ptr<FanoutSource> start_own_server();

/// A server that takes POST /pub and streams GET /sub; `processes` are those that its work is done in.
std::unique_ptr<FanoutSource> use_posted_server(std::uint16_t port, std::vector<::pid_t> processes);

}  // namespace fettle::bench
