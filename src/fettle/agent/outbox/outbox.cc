#include "fettle/agent/outbox/outbox.h"

namespace fettle::agent {

OutboxRecord make_record(const wire::Message& heartbeat, std::shared_ptr<const std::string> set_payload) {
  const auto& value = std::get<wire::Heartbeat>(heartbeat);
  return {.position = value.position,
          .sampled_at_ms = value.sampled_at_ms,
          .set_id = value.series_set,
          .payload = wire::encode(heartbeat),
          .set_payload = std::move(set_payload)};
}

}  // namespace fettle::agent
