#include "fettle/fleet/message_budget.h"

#include <algorithm>

namespace fettle::fleet {
namespace {

constexpr Nanos time_for(std::size_t bytes) {
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  return Nanos(static_cast<std::int64_t>(bytes) * kNanosPerSecond /
               static_cast<std::int64_t>(kBudgetBytesPerSecond));
}

constexpr Nanos kWhole = time_for(kBudgetBytes);

}  // namespace

Nanos MessageBudget::missing(MonoTime now) const {
  return full_at_ && *full_at_ > now ? *full_at_ - now : Nanos(0);
}

bool MessageBudget::spend(std::size_t bytes, MonoTime now) {
  const Nanos before = missing(now);
  if (before <= kWhole / 2) is_told_ = false;
  const Nanos after = before + time_for(std::max(bytes, kLeastCost));
  if (after > kWhole) return false;
  full_at_ = now + after;
  return true;
}

bool MessageBudget::is_news() {
  return !std::exchange(is_told_, true);
}

}  // namespace fettle::fleet
