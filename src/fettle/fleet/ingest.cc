#include "fettle/fleet/ingest.h"

#include <cmath>

namespace fettle::fleet {

stream::Topic host_topic(const Host& host) {
  return {host.environment, "host:" + host.id.text()};
}

Ingest::Ingest(Roster& roster, metrics::Journal& journal, metrics::History& history, stream::Hub& hub,
               io::Clock& clock)
    : roster_(roster), journal_(journal), history_(history), hub_(hub), clock_(clock) {
  journal_.on_committed([this](std::span<metrics::Sample> group) { committed(group); });
  journal_.on_refused([this](std::span<metrics::Sample> group) { refused(group); });
}

Result<> Ingest::accept(LiveHost& host, const metrics::SeriesSetPtr& set, wire::Heartbeat& heartbeat) {
  if (heartbeat.position <= host.received) {
    ++figures_.duplicates;
    if (heartbeat.position <= host.committed) acknowledge(host);
    return {};
  }
  if (heartbeat.after != host.received) {
    return fail(ErrorCode::corrupt, "gap",
                "a heartbeat is missing before this one; connect again to resend it");
  }
  if (set == nullptr || heartbeat.values.size() != set->series.size()) {
    return fail(ErrorCode::corrupt, "series_set",
                "the heartbeat does not fit a series set that was sent before it");
  }
  const MonoTime arrival = clock_.mono_now();
  host.last_contact = arrival;  // whoever is refused below was heard all the same
  if (host.uncommitted >= kMostUncommitted) {
    return fail(ErrorCode::rate_limited, "too_fast",
                "this agent does not wait for acknowledgements; what has none comes again");
  }
  if (is_full_ && is_full_()) {
    ++figures_.refused;
    return fail(ErrorCode::unavailable, "disk_full",
                "the server's disk is full; samples are kept on the host");
  }
  const WallTime now = clock_.wall_now();
  metrics::Sample sample{host.row.number,
                         heartbeat.position,
                         unix_ms(now),
                         heartbeat.sampled_at_ms,
                         heartbeat.monotonic_ms,
                         set,
                         std::move(heartbeat.values)};
  const std::size_t values = sample.values.size();
  if (auto queued = journal_.append(std::move(sample)); !queued) {
    ++figures_.refused;
    return queued;
  }
  host.received = heartbeat.position;
  ++host.uncommitted;
  // A heartbeat that comes at the pace at which it was taken is live; a replayed one says nothing of the
  // clock now.
  const bool is_kept = host.backlog > 0;
  if (is_kept) --host.backlog;
  if (!is_kept && host.last_heartbeat &&
      decide_is_live(std::chrono::floor<Millis>(arrival - *host.last_heartbeat),
                     Millis(heartbeat.monotonic_ms - host.last_monotonic_ms))) {
    host.clock_skew = Millis(heartbeat.sampled_at_ms - unix_ms(now));
  }
  host.last_monotonic_ms = heartbeat.monotonic_ms;
  host.last_heartbeat = arrival;
  host.last_heartbeat_at = now;
  host.said_goodbye = false;
  host.expected = host.interval;
  ++figures_.heartbeats;
  figures_.samples += values;
  return {};
}

void Ingest::committed(std::span<metrics::Sample> group) {
  touched_.clear();
  for (const metrics::Sample& sample : group) {
    LiveHost* host = roster_.find(sample.host);
    if (host == nullptr) continue;  // removed while its last samples were on their way
    if (host->uncommitted > 0) --host->uncommitted;
    if (host->committed < sample.position) host->committed = sample.position;
    const metrics::Latest& latest = history_.add(sample);
    if (latest.position == sample.position) publish(*host, latest);  // a late one is not what is shown
    if (touched_.empty() || touched_.back() != sample.host) touched_.push_back(sample.host);
  }
  for (const HostNumber number : touched_) {
    LiveHost* host = roster_.find(number);
    if (host == nullptr) continue;
    acknowledge(*host);
    if (on_sample_) on_sample_(*host);
  }
  group_ended_.set();
}

void Ingest::refused(std::span<metrics::Sample> group) {
  touched_.clear();
  for (const metrics::Sample& sample : group) {
    LiveHost* host = roster_.find(sample.host);
    if (host == nullptr) continue;
    if (host->uncommitted > 0) --host->uncommitted;
    host->received = host->committed;
    ++figures_.refused;
    if (touched_.empty() || touched_.back() != sample.host) touched_.push_back(sample.host);
  }
  for (const HostNumber number : touched_) {
    LiveHost* host = roster_.find(number);
    if (host != nullptr && on_refused_) on_refused_(*host);
  }
  group_ended_.set();
}

void Ingest::publish(LiveHost& host, const metrics::Latest& latest) {
  if (latest.layout == nullptr) return;
  if (latest.layout->id != host.layout_id) {
    host.layout_id = latest.layout->id;
    if (on_layout_) on_layout_(host);
  }
  const stream::Topic topic = host_topic(host.row);
  if (!hub_.is_watched(topic)) return;
  stream::MetricUpdate update{host.row.id.text(), latest.at_ms, latest.layout->id, host.interval.count(),
                              latest.values};
  hub_.publish(topic, stream::Message(std::move(update)), stream::Keep::sample, host.row.id.text());
}

void Ingest::acknowledge(LiveHost& host) {
  if (host.link == nullptr || host.committed == wire::Position{}) return;
  if (host.is_writing_inventory || host.next_inventory) return;
  // A full queue means that the agent does not read: it will hear of its position at the next Welcome.
  ignore(host.link->try_send(wire::encode(wire::Message(wire::Ack{host.committed}))),
         "told again at the next Welcome");
}

Task<void> Ingest::drained(HostNumber number) {
  for (;;) {
    const LiveHost* host = roster_.find(number);
    if (host == nullptr || host->uncommitted == 0) co_return;
    group_ended_.reset();
    co_await group_ended_.wait();
  }
}

}  // namespace fettle::fleet
