#include "fettle/agent/beat_rules.h"

#include "fettle/base/crypto.h"

namespace fettle::agent {

double decide_phase(std::string_view host_id) {
  const Hash256 hash = sha256(host_id);
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < sizeof(bits); ++i) bits = bits << 8 | hash[i];
  return static_cast<double>(bits) / 4294967296.0;
}

Nanos decide_next_beat(WallTime now, Millis interval, double phase) {
  const std::int64_t period_us = Micros(interval).count();
  const auto offset_us = static_cast<std::int64_t>(phase * static_cast<double>(period_us));
  const std::int64_t earliest_us = now.time_since_epoch().count() + period_us / 4;
  // The first t >= earliest with t = offset (mod period), for times before the epoch too.
  std::int64_t behind_us = (earliest_us - offset_us) % period_us;
  if (behind_us < 0) behind_us += period_us;
  const std::int64_t wait_us = period_us / 4 + (behind_us == 0 ? 0 : period_us - behind_us);
  return Micros(wait_us);
}

}  // namespace fettle::agent
