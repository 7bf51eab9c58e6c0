// The text of a schedule's timing: refused with a place within it, or due again and again, each time later,
// and as often as is counted.
#include "fettle/base/check.h"
#include "fettle/base/text.h"
#include "fettle/base/zone.h"
#include "fettle/runs/cron_rules.h"
#include "fettle/runs/fire_rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fettle;
  using namespace fettle::runs;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto timing = parse_timing(text, size);
  if (!timing) {
    FETTLE_CHECK(timing.error().column >= 1 && timing.error().column <= size + 1 + kLongestTiming);
    FETTLE_CHECK(!timing.error().detail.empty() && !has_control(timing.error().detail));
    return 0;
  }
  FETTLE_CHECK(!timing_sentence(*timing, "Europe/Berlin").empty());
  const Zone zone;
  const Instant from{Seconds(1'800'000'000)};
  Instant at = from;
  std::int64_t count = 0;
  for (; count < 20; ++count) {
    const auto fire = next_fire(*timing, zone, at);
    FETTLE_CHECK(fire && fire->at > at, "what was accepted is due again");
    at = fire->at;
  }
  // A few lines are due so rarely that counting would walk through centuries.
  if (at - from < std::chrono::days(4'000)) {
    FETTLE_CHECK(count_fires(*timing, zone, from, at) == count);
    FETTLE_CHECK(last_fires(*timing, zone, from, at, 3).back().at == at);
  }
  return 0;
}
