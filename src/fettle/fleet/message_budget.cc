#include "fettle/fleet/message_budget.h"

#include <algorithm>
#include <utility>

namespace fettle::fleet {
namespace {

constexpr Nanos time_for(std::size_t bytes, std::size_t per_second = kBudgetBytesPerSecond) {
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  return Nanos(static_cast<std::int64_t>(bytes) * kNanosPerSecond / static_cast<std::int64_t>(per_second));
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

Nanos WorkBudget::spend(std::size_t bytes, MonoTime now) {
  const MonoTime full_at = std::max(full_at_.value_or(now), now) + time_for(bytes, kWorkBytesPerSecond);
  full_at_ = full_at;
  return std::max(full_at - now - time_for(kWorkBytes, kWorkBytesPerSecond), Nanos(0));
}

}  // namespace fettle::fleet
