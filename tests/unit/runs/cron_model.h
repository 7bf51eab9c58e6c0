// What cron lines mean, told the slow way: every minute is looked at. For comparison with fire_rules.
#pragma once
#include <algorithm>
#include <set>
#include <vector>

#include "fettle/base/zone.h"

namespace fettle::test {

/// A line of plain values; an empty set stands for a star.
struct ModelLine {
  const char* text;
  bool is_wildcard;
  std::set<int> minutes, hours, days, months, weekdays;
  bool day_star = true, weekday_star = true;

  [[nodiscard]] bool fits_day(std::chrono::year_month_day date) const {
    const auto in = [](const std::set<int>& set, int value) { return set.empty() || set.contains(value); };
    if (!in(months, static_cast<int>(static_cast<unsigned>(date.month())))) return false;
    const bool by_day = in(days, static_cast<int>(static_cast<unsigned>(date.day())));
    const bool by_weekday =
        in(weekdays, static_cast<int>(std::chrono::weekday(std::chrono::sys_days(date)).c_encoding()));
    return day_star || weekday_star ? by_day && by_weekday : by_day || by_weekday;
  }
  [[nodiscard]] bool fits(LocalTime local) const {
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const auto minute = (local - day).count() / 60;
    if ((local - day).count() % 60 != 0) return false;
    if (!minutes.empty() && !minutes.contains(static_cast<int>(minute % 60))) return false;
    if (!hours.empty() && !hours.contains(static_cast<int>(minute / 60))) return false;
    return fits_day(std::chrono::year_month_day(day));
  }
};

inline std::set<int> every(int step, int most) {
  std::set<int> out;
  for (int value = 0; value <= most; value += step) out.insert(value);
  return out;
}

inline const std::vector<ModelLine>& model_lines() {
  static const std::vector<ModelLine> kLines{
      {"30 2 * * *", false, {30}, {2}, {}, {}, {}},
      {"0,15,30,45 0-3 * * *", false, {0, 15, 30, 45}, {0, 1, 2, 3}, {}, {}, {}},
      {"*/15 * * * *", true, every(15, 59), {}, {}, {}, {}},
      {"30 * * * *", true, {30}, {}, {}, {}, {}},
      {"0 */2 * * *", true, {0}, every(2, 23), {}, {}, {}},
      {"10 0 1,8,15-31 * SUN,sat",
       false,
       {10},
       {0},
       {1, 8, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31},
       {},
       {0, 6},
       false,
       false},
      {"59 23 */2 3-4,9-11 *",
       false,
       {59},
       {23},
       {1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31},
       {3, 4, 9, 10, 11},
       {}},
      {"0-59 1-2 * * 0", false, every(1, 59), {1, 2}, {}, {}, {0}, true, false},
  };
  return kLines;
}

/// Every due time in (after, until]; both on whole minutes of UTC, in a zone with offsets of whole minutes.
inline std::vector<Instant> model_fires(const ModelLine& line, const Zone& zone, Instant after,
                                        Instant until) {
  std::vector<Instant> out;
  constexpr Seconds kMinute{60};
  // What clocks have shown already when it begins.
  LocalTime shown = zone.local(after);
  for (Instant at = after - std::chrono::days(2); at <= after; at += kMinute)
    shown = std::max(shown, zone.local(at));
  for (Instant at = after + kMinute; at <= until; at += kMinute) {
    const LocalTime local = zone.local(at);
    bool is_due = false;
    if (line.is_wildcard) {
      is_due = line.fits(local);
    } else {
      // Every minute that clocks reach or pass for the first time.
      for (; shown < local; shown += kMinute) is_due = line.fits(shown + kMinute) || is_due;
    }
    if (is_due) out.push_back(at);
  }
  return out;
}

}  // namespace fettle::test
