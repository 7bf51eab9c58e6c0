// Small records for the tests of outboxes, and what must hold of what is read back.
#pragma once
#include <string>

#include "fettle/agent/outbox/outbox.h"

namespace fettle::agent {

inline std::shared_ptr<const wire::SeriesSet> make_set(const std::string& label = "eth0") {
  auto set = std::make_shared<wire::SeriesSet>();
  set->boot_id = "kernel";
  set->series.push_back({"net.rx_bytes", label, wire::SeriesKind::counter});
  set->id = wire::series_set_id(*set);
  return set;
}

/// A heartbeat that says when it was measured, also in its value.
inline wire::Heartbeat make_heartbeat(std::int64_t at_ms) {
  wire::Heartbeat heartbeat;
  heartbeat.sampled_at_ms = heartbeat.monotonic_ms = at_ms;
  heartbeat.values = {at_ms};
  return heartbeat;
}

inline OutboxRecord make_test_record(wire::Position position, std::int64_t at_ms,
                                     const std::shared_ptr<const wire::SeriesSet>& set) {
  wire::Heartbeat heartbeat = make_heartbeat(at_ms);
  heartbeat.position = position;
  heartbeat.series_set = set->id;
  return make_record(wire::Message(heartbeat), std::make_shared<const std::string>(wire::encode(*set)));
}

/// The record decodes to what make_heartbeat gave, with a set that decodes too.
inline bool is_intact(const OutboxRecord& record) {
  wire::Decoder decoder;
  wire::Message message, set;
  if (!decoder.decode(record.payload, message) || !decoder.decode(*record.set_payload, set)) return false;
  const auto* heartbeat = std::get_if<wire::Heartbeat>(&message);
  const auto* names = std::get_if<wire::SeriesSet>(&set);
  return heartbeat != nullptr && names != nullptr && heartbeat->sampled_at_ms == record.sampled_at_ms &&
         heartbeat->values.size() == 1 && heartbeat->values[0] == record.sampled_at_ms &&
         heartbeat->series_set == names->id && names->id == record.set_id;
}

}  // namespace fettle::agent
