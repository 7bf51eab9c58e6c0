// A time zone file of anybody: refused, or a zone whose local times lead to instants and back.
#include "fettle/base/check.h"
#include "fettle/base/zone.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fettle;
  const auto zone = Zone::parse("fuzzed", {data, size});
  if (!zone) return 0;
  constexpr std::int64_t kYears1900To2200[] = {-2'208'988'800, 7'258'118'400};
  Instant at{Seconds(kYears1900To2200[0])};
  LocalTime meant(at.time_since_epoch());
  Instant before = zone->first_at_or_after(meant);
  for (int i = 0; i < 200; ++i) {
    const LocalInstants back = zone->instants(zone->local(at));
    FETTLE_CHECK(back.first <= at && at <= back.last, "an instant is found by what it shows");
    const auto change = zone->next_change(at);
    FETTLE_CHECK(!change || change->at > at, "changes lie ahead");
    meant += std::chrono::hours(13'000);
    const Instant due = zone->first_at_or_after(meant);
    FETTLE_CHECK(due >= before, "later times of day are due later");
    before = due;
    if (!change || change->at.time_since_epoch().count() > kYears1900To2200[1]) break;
    at = change->at + Seconds(i % 2);
  }
  return 0;
}
