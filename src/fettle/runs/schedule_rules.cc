#include "fettle/runs/schedule_rules.h"

#include <fmt/format.h>

#include "fettle/base/text.h"
#include "fettle/runs/due_rules.h"

namespace fettle::runs {

Result<> check_settings(const ScheduleSettings& settings) {
  Error error{ErrorCode::unprocessable, "invalid_field", {}, {}, 0};
  const auto refuse = [&](std::string_view field, std::string detail) {
    error.fields.push_back({"/body/" + std::string(field), std::move(detail)});
  };
  if (settings.name.empty() || count_code_points(settings.name) > kLongestScheduleName ||
      !is_plain_text(settings.name) || trim(settings.name) != settings.name)
    refuse("name",
           "must have 1 to 100 characters, without control characters and without spaces at its ends");
  if (settings.jitter < Millis(0) || settings.jitter > kMostJitter)
    refuse("jitter_ms", "must be from 0 to 86400000 (a day)");
  if (settings.misfire_limit < 1 || settings.misfire_limit > kMostMisfires)
    refuse("misfire_limit", "must be from 1 to 1000");
  if (settings.catch_up < Millis(0) || settings.catch_up > kMostCatchUp)
    refuse("catch_up_ms", "must be from 0 to 34560000000 (400 days)");
  if (settings.retry.backoff < Millis(1'000) || settings.retry.backoff > kMostBackoff)
    refuse("retry/backoff_ms", "must be from 1000 to 1800000 (half an hour)");
  if (settings.retry.attempts < 1 || settings.retry.attempts > kMostAttempts)
    refuse("retry/attempts", "must be from 1 to 1000");
  if (error.fields.empty()) return {};
  error.detail = error.fields.front().detail;
  return std::unexpected(std::move(error));
}

Millis usual_catch_up(const Timing& timing, const Zone& zone, Instant now) {
  constexpr Millis kDay{86'400'000};
  const auto first = next_fire(timing, zone, now);
  const auto second = first ? next_fire(timing, zone, first->at) : std::nullopt;
  if (!second) return kDay;
  return std::clamp(Millis(second->at - first->at), kDay, kMostCatchUp);
}

std::string local_text(const Zone& zone, Instant instant) {
  const LocalTime local = zone.local(instant);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(local - day);
  std::string out = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", static_cast<int>(date.year()),
                                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                time.hours().count(), time.minutes().count());
  if (time.seconds().count() != 0) out += fmt::format(":{:02}", time.seconds().count());
  return out + " " + zone.at(instant).abbreviation;
}

bool is_fresh_id(const ScheduleId& id, WallTime now) {
  constexpr std::size_t kTimeBytes = 6;
  std::int64_t made_ms = 0;
  for (std::size_t i = 0; i < kTimeBytes; ++i) made_ms = made_ms << 8 | id.uuid()[i];
  const Millis between(made_ms - unix_ms(now));
  return between <= std::chrono::days(1) && between >= -std::chrono::days(1);
}

}  // namespace fettle::runs
