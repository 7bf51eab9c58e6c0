// Any bytes as a Last-Event-ID: no crash; what is read is spelled as we spell it; and whatever comes, the
// plan stays between the floor and what has been delivered, with a reason when it is not the client's own
// place.
#include "fettle/base/check.h"
#include "fettle/stream/resume_rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fettle::stream;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto id = parse_stream_id(text);
  if (id) FETTLE_CHECK(format_stream_id(*id) == text && text.size() <= kLongestId);
  constexpr StreamPosition kHere{"Abc12xyZ", 100, 500};
  const ResumePlan plan = decide_resume(text, kHere);
  FETTLE_CHECK(plan.after >= kHere.floor && plan.after <= kHere.delivered);
  const bool is_own = id && id->epoch == kHere.epoch && id->sequence == plan.after;
  FETTLE_CHECK(text.empty() || is_own || !plan.resync_reason.empty());
  return 0;
}
