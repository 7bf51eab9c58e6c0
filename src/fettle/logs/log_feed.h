// The server's log as it is written: onto the topic `logs` of the environment `system`, and to those who
// follow it at a terminal (follow=true). Loop thread; `app` starts and stops it. What it causes to be logged
// itself is kept in the ring and not sent on.
#pragma once
#include <list>
#include <memory>
#include <set>
#include <string>

#include "fettle/base/principal.h"
#include "fettle/io/async_event.h"
#include "fettle/io/clock.h"
#include "fettle/io/log_ring.h"
#include "fettle/io/loop.h"
#include "fettle/io/task_scope.h"
#include "fettle/logs/log_filter.h"
#include "fettle/net/byte_stream.h"
#include "fettle/stream/hub.h"

namespace fettle::logs {

struct LogFeedSettings {
  Millis pause{100};  // between two sendings; the first line after it goes at once
  Seconds keep_alive{15};
  Seconds stalled{60};                     // a reader that takes nothing for this long is closed
  std::size_t follower_bytes = 4U << 20U;  // that may wait for one reader; beyond, it is closed
  std::size_t max_followers = 50;
  std::size_t lines_a_pause = 200;  // published on the topic; what is more is told as a number
};

class LogFeed {
 public:
  LogFeed(io::Loop& loop, io::Clock& clock, io::Log log, std::shared_ptr<io::LogRing> ring, stream::Hub& hub,
          EnvironmentId system, LogFeedSettings settings = {});
  ~LogFeed();

  void start();
  Task<void> stop();

  [[nodiscard]] io::LogRing& ring() { return *ring_; }

  /// `rate_limited` when there are too many followers, `unavailable` while it stops.
  /// The pass goes to `follow`, which refuses it when somebody was rescoped in between.
  [[nodiscard]] Result<std::uint64_t> admit() const;
  /// Takes over a stream whose head has been written: `first`, then every line that the filter wants.
  struct Following {
    std::uint64_t pass = 0;
    const Principal& principal;
    LogFilter filter;
    std::vector<io::LogRecord> first;
  };
  void follow(std::shared_ptr<net::ByteStream> stream, Following what);
  /// A session ended or roles changed: whoever is no server administrator any more is cut off.
  void rescope(std::string_view principal_id, std::string_view session_id, const Principal* now);
  [[nodiscard]] std::set<std::pair<std::string, std::string>> audience() const;

 private:
  struct Follower;
  Task<void> run();
  Task<void> keep_alive();
  void send_changes();
  void publish(const io::LogRing::Changes& changes);
  void give(Follower& follower, const io::LogRecord& record);
  void push(const std::shared_ptr<Follower>& follower);
  void drop_closed();

  io::Loop& loop_;
  io::Clock& clock_;
  io::Log log_;
  const std::shared_ptr<io::LogRing> ring_;  // shared with the sink that fills it, on any thread
  stream::Hub& hub_;
  const EnvironmentId system_;
  const LogFeedSettings settings_;
  io::AsyncEvent changed_;
  std::list<std::shared_ptr<Follower>> followers_;  // shared with the callbacks of their sockets
  std::uint64_t rescopes_ = 0;
  bool is_stopping_ = false;
  io::TaskScope tasks_;
};

/// One frame of text/event-stream; its id is the line's.
std::string log_frame(const io::LogRecord& record);

}  // namespace fettle::logs
