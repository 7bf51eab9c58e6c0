// The hub: numbers each message, encodes it once, keeps it for resume, and hands it to everyone who looks at
// its (environment, topic). Publish only what is committed. Loop thread; `app` starts and stops it.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/base/principal.h"
#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/loop.h"
#include "fettle/io/random.h"
#include "fettle/net/byte_stream.h"
#include "fettle/stream/messages.h"
#include "fettle/stream/topics.h"

namespace fettle::stream {

enum class Keep : std::uint8_t {
  kept,    // in the resume window; never dropped for a slow reader while it is within its bound
  sample,  // superseded by the next one of the same key: a slow reader and a resuming one get the newest.
           // A FleetStatus has one key a row: they get the newest row of each host, whatever frame it was in
};

struct HubSettings {
  Millis tick{20};  // frames are coalesced for this long; the first one after a pause goes at once
  Millis fleet_frame{
      500};  // what hello says: a frame of the fleet comes no more often (presence.h keeps to it)
  Seconds keep_alive{15};
  Seconds stalled{60};  // a connection that takes nothing for this long is closed
  Seconds window_age{300};
  std::size_t window_bytes = 16U << 20U;
  std::size_t reader_bytes = 1U << 20U;  // kept messages that a slow reader may be behind by
  std::size_t max_connections = 20'000;
  std::size_t max_connections_of_one = 20;  // of one principal
  Seconds interest_grace{5};                // a topic nobody looks at any more, until it is said
};

struct HubFigures {
  std::uint64_t connections = 0, published = 0, delivered = 0, delivered_bytes = 0, coalesced = 0,
                resyncs = 0, closed_slow = 0, window_bytes = 0, window_messages = 0;
};

/// What a stream request asks for, already authenticated.
struct Subscription {
  Principal principal;
  std::vector<std::string> topics;          // names without environment
  std::vector<EnvironmentId> environments;  // those that the principal may view, at this moment
  std::string last_event_id;                // empty: from now on
  std::optional<std::uint64_t> pass;        // what `admit` gave
};

class Hub {
 public:
  Hub(io::Loop& loop, io::Clock& clock, io::Random& random, io::Log log, HubSettings settings,
      std::string version);
  ~Hub();

  /// Encodes now, delivers with the next tick. `key` (for Keep::sample): a newer message of the same topic,
  /// type and key replaces this one where it was not delivered yet. Not for StreamHello and Resync, which are
  /// the hub's own.
  void publish(const Topic& topic, const Message& message, Keep keep, std::string_view key = {});
  /// False when no connection looks at the topic nor did within the resume window: samples of it need not be
  /// encoded.
  [[nodiscard]] bool is_watched(const Topic& topic) const;

  /// To be asked before the head of the answer is written. Errors: `rate_limited` when this principal has its
  /// fill of connections, `unavailable` when there are too many in all or the hub stops. The pass goes into
  /// the subscription: attach refuses it when somebody was rescoped in between.
  [[nodiscard]] Result<std::uint64_t> admit(const Principal& principal) const;
  /// Takes over a connection whose head has been written; closes it on an error (those of `admit`, `closed`
  /// for a pass that is no longer good, `unprocessable` for topics that parse_topics refuses).
  Result<> attach(std::shared_ptr<net::ByteStream> connection, Subscription subscription);
  /// `not_found` unless this connection exists and belongs to the same principal; `unprocessable` as above.
  Result<> set_topics(std::string_view connection, const Principal& principal,
                      std::vector<std::string> topics);
  /// Called by `access` (through app) when a session ended or grants changed. The connections of that
  /// principal (of one session only, when `session_id` is not empty) are closed (nullptr, or nothing left to
  /// view) or see other environments from this moment on; those are told to fetch afresh.
  void rescope(std::string_view principal_id, std::string_view session_id, const Principal* now);

  /// Called when a topic gets its first watcher (true), and interest_grace after it lost its last one
  /// (false); strictly in turns for each topic. A client's topic counts in every environment that it may
  /// view, so `host:<id>` is also reported for environments which that host is not in. Set before the first
  /// attach.
  void on_interest(std::function<void(const Topic&, bool watched)> listener);

  /// Whose connections are open: principal and session (empty for tokens), each pair once.
  [[nodiscard]] std::set<std::pair<std::string, std::string>> audience() const;
  [[nodiscard]] HubFigures figures() const;
  void start();
  /// Delivers what is queued, ends every stream, waits for its own tasks.
  Task<void> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fettle::stream
