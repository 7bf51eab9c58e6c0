#include "fettle/metrics/tier.h"

#include <fmt/format.h>

#include <chrono>

namespace fettle::metrics {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

std::int64_t floor_to(std::int64_t at_ms, std::int64_t step_ms) {
  const std::int64_t rest = at_ms % step_ms;
  return at_ms - (rest < 0 ? rest + step_ms : rest);
}

year_month_day date_of(std::int64_t at_ms) {
  return sys_days(days(floor_to(at_ms, kDayMs) / kDayMs));
}
std::int64_t ms_of(year_month_day date) {
  return sys_days(date).time_since_epoch().count() * kDayMs;
}

/// `count` digits at the beginning of `text`, which loses them.
std::optional<unsigned> take_number(std::string_view& text, std::size_t count) {
  if (text.size() < count || count == 0) return std::nullopt;
  unsigned value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

}  // namespace

std::string_view tier_name(Tier tier) {
  switch (tier) {
    case Tier::raw:
      return "raw";
    case Tier::minute:
      return "minute";
    case Tier::hour:
      return "hour";
  }
  return "";
}

std::int64_t tier_step_ms(Tier tier) {
  switch (tier) {
    case Tier::raw:
      return 0;
    case Tier::minute:
      return kMinuteMs;
    case Tier::hour:
      return kHourMs;
  }
  return 0;
}

std::int64_t period_of(Tier tier, std::int64_t at_ms) {
  switch (tier) {
    case Tier::raw:
      return floor_to(at_ms, kHourMs);
    case Tier::minute:
      return floor_to(at_ms, kDayMs);
    case Tier::hour: {
      const year_month_day date = date_of(at_ms);
      return ms_of(date.year() / date.month() / 1);
    }
  }
  return at_ms;
}

std::int64_t period_end(Tier tier, std::int64_t period_ms) {
  switch (tier) {
    case Tier::raw:
      return period_ms + kHourMs;
    case Tier::minute:
      return period_ms + kDayMs;
    case Tier::hour:
      return ms_of(date_of(period_ms) + std::chrono::months(1));
  }
  return period_ms;
}

std::string pack_name(const PackId& id) {
  const year_month_day date = date_of(id.period_ms);
  std::string name =
      fmt::format("{:04}{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()));
  if (id.tier != Tier::hour) name += fmt::format("{:02}", static_cast<unsigned>(date.day()));
  if (id.tier == Tier::raw)
    name += fmt::format("T{:02}", (id.period_ms - floor_to(id.period_ms, kDayMs)) / kHourMs);
  return name + fmt::format("-{}.pack", id.generation);
}

std::optional<PackId> parse_pack_name(Tier tier, std::string_view name) {
  std::string_view rest = name;
  const auto year = take_number(rest, 4);
  const auto month = take_number(rest, 2);
  if (!year || !month) return std::nullopt;
  unsigned day = 1;
  unsigned hour = 0;
  if (tier != Tier::hour) {
    const auto number = take_number(rest, 2);
    if (!number) return std::nullopt;
    day = *number;
  }
  if (tier == Tier::raw) {
    if (!rest.starts_with('T')) return std::nullopt;
    rest.remove_prefix(1);
    const auto number = take_number(rest, 2);
    if (!number || *number > 23) return std::nullopt;
    hour = *number;
  }
  if (!rest.starts_with('-')) return std::nullopt;
  rest.remove_prefix(1);
  constexpr std::size_t kMostDigits = 9;
  const std::size_t digits = rest.find('.');
  if (digits == std::string_view::npos || digits > kMostDigits) return std::nullopt;
  const auto generation = take_number(rest, digits);
  const year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                            std::chrono::day(day)};
  if (!generation || rest != ".pack" || !date.ok()) return std::nullopt;
  const PackId id{.tier = tier, .period_ms = ms_of(date) + hour * kHourMs, .generation = *generation};
  if (pack_name(id) != name) return std::nullopt;
  return id;
}

std::string pack_path(const std::string& folder, const PackId& id) {
  return folder + "/" + std::string(tier_name(id.tier)) + "/" + pack_name(id);
}

bool is_too_old(Tier tier, std::int64_t period_ms, std::int64_t now_ms, const TierKeep& keep) {
  const std::int64_t keep_ms = keep[index_of(tier)];
  return keep_ms > 0 && period_end(tier, period_ms) < now_ms - keep_ms;
}

}  // namespace fettle::metrics
