#include "fettle/runs/occurrence_rules.h"

#include <algorithm>
#include <array>

#include "fettle/base/crypto.h"
#include "fettle/wire/opened_id.h"

namespace fettle::runs {
RunId occurrence_run_id(const Occurrence& occurrence) {
  const auto seconds = std::chrono::floor<Seconds>(occurrence.nominal).time_since_epoch().count();
  const Hash256 hash = sha256(occurrence.schedule.text() + ' ' + std::to_string(seconds) + ' ' +
                              std::to_string(occurrence.fold));
  std::array<std::uint8_t, 10> rest{};
  std::copy_n(hash.begin(), rest.size(), rest.begin());
  Uuid uuid = make_uuid7(seconds * 1000, rest);
  std::uint8_t& version = uuid[wire::kUuidVersionByte];
  version = static_cast<std::uint8_t>(wire::kDueTimeVersion | (version & ~wire::kUuidVersionMask));
  return RunId(uuid);
}

}  // namespace fettle::runs
