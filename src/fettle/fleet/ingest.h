// From a heartbeat to the journal, and from the journal's commit to the ring, the stream and the
// acknowledgement. Nothing is shown or acknowledged before it is durable. Loop thread.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/fleet/roster.h"
#include "fettle/io/async_event.h"
#include "fettle/io/clock.h"
#include "fettle/metrics/history.h"
#include "fettle/metrics/journal.h"
#include "fettle/stream/hub.h"

namespace fettle::fleet {

struct IngestFigures {
  std::uint64_t heartbeats = 0, duplicates = 0, refused = 0, samples = 0;
};

class Ingest {
 public:
  Ingest(Roster& roster, metrics::Journal& journal, metrics::History& history, stream::Hub& hub,
         io::Clock& clock);

  /// Queues a heartbeat. A repeated one is acknowledged again where it is durable and has no other effect.
  /// Errors: `corrupt` (a gap in the order, or values that do not fit the set), `rate_limited` (more of one
  /// host wait for the disk than may), `unavailable` (journal full or disk full).
  Result<> accept(LiveHost& host, const metrics::SeriesSetPtr& set, wire::Heartbeat& heartbeat);

  /// Returns when nothing of this host is on its way to the journal, or the host is gone.
  Task<void> drained(HostNumber number);

  /// Acknowledges what is committed, unless a write of this host is still open.
  void acknowledge(LiveHost& host);

  /// While this says so heartbeats are refused: on a full disk what is left belongs to the store (R2), and
  /// samples wait on their hosts.
  void refuse_while(std::function<bool()> is_full) { is_full_ = std::move(is_full); }

  /// Called for each host whose newest sample changed, after the commit.
  void on_sample(std::function<void(LiveHost&)> listener) { on_sample_ = std::move(listener); }
  /// Called when a host's newest sample has another layout than the one before.
  void on_layout(std::function<void(LiveHost&)> listener) { on_layout_ = std::move(listener); }
  /// Called for each host whose samples a full disk refused: its link has to begin again.
  void on_refused(std::function<void(LiveHost&)> listener) { on_refused_ = std::move(listener); }

  [[nodiscard]] const IngestFigures& figures() const { return figures_; }

 private:
  void committed(std::span<metrics::Sample> group);
  void refused(std::span<metrics::Sample> group);
  void publish(LiveHost& host, const metrics::Latest& latest);

  Roster& roster_;
  metrics::Journal& journal_;
  metrics::History& history_;
  stream::Hub& hub_;
  io::Clock& clock_;
  std::function<bool()> is_full_;
  std::function<void(LiveHost&)> on_sample_;
  std::function<void(LiveHost&)> on_layout_;
  std::function<void(LiveHost&)> on_refused_;
  std::vector<HostNumber> touched_;  // by the group at hand; kept for its capacity
  io::AsyncEvent group_ended_;
  IngestFigures figures_;
};

/// "host:<id>", the topic of one host's samples.
stream::Topic host_topic(const Host& host);

}  // namespace fettle::fleet
