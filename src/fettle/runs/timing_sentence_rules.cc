// The sentence for people of a timing.
#include <fmt/format.h>

#include <vector>

#include "fettle/base/zone.h"
#include "fettle/runs/cron_rules.h"

namespace fettle::runs {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 6> kNth{"", "first", "second", "third", "fourth", "fifth"};
constexpr std::uint64_t kAllMinutes = (std::uint64_t{1} << 60) - 1;
constexpr std::uint32_t kAllHours = (1U << 24) - 1;
constexpr std::uint32_t kAllDays = 0xFFFFFFFEU;
constexpr std::uint32_t kAllMonths = 0x1FFEU;
constexpr std::uint8_t kAllWeekdays = 0x7F;

std::vector<int> values_of(std::uint64_t mask) {
  std::vector<int> out;
  for (; mask != 0; mask &= mask - 1) out.push_back(std::countr_zero(mask));
  return out;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += i + 1 == parts.size() ? " and " : ", ";
    out += parts[i];
  }
  return out;
}

/// "1 to 5, 10 and 20": runs of three and more are drawn together.
template <class Name>
std::string listed(const std::vector<int>& values, Name name) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i;
    while (end + 1 < values.size() && values[end + 1] == values[end] + 1) ++end;
    if (end - i >= 2) {
      parts.push_back(fmt::format("{} to {}", name(values[i]), name(values[end])));
      i = end + 1;
    } else {
      parts.push_back(fmt::format("{}", name(values[i])));
      ++i;
    }
  }
  return joined(parts);
}

std::string number_of(int value) {
  return std::to_string(value);
}

/// The step when the values are first, first + step ... over the whole of `size`, and `size` is a multiple.
std::optional<int> even_step(const std::vector<int>& values, int size) {
  if (values.size() < 2) return std::nullopt;
  const int step = values[1] - values[0];
  if (step < 2 || size % step != 0 || values.front() >= step ||
      values.size() != static_cast<std::size_t>(size / step))
    return std::nullopt;
  for (std::size_t i = 1; i < values.size(); ++i)
    if (values[i] - values[i - 1] != step) return std::nullopt;
  return step;
}

std::string minutes_text(const std::vector<int>& minutes) {
  if (const auto step = even_step(minutes, 60)) {
    return minutes.front() == 0 ? fmt::format("every {} minutes", *step)
                                : fmt::format("every {} minutes, from minute {} on", *step, minutes.front());
  }
  if (minutes.size() == 1 && minutes.front() == 0) return "on the hour";
  return fmt::format("at minute{} {}", minutes.size() == 1 ? "" : "s", listed(minutes, number_of));
}

std::string time_text(const CronFields& fields) {
  const auto minutes = values_of(fields.minutes);
  const auto hours = values_of(fields.hours);
  const bool is_every_hour = fields.hours == kAllHours;
  constexpr std::size_t kMostTimes = 8;
  if (fields.minutes == kAllMinutes && is_every_hour) return "every minute";
  if (is_every_hour) {
    if (even_step(minutes, 60)) return minutes_text(minutes);
    return minutes.size() == 1 && minutes.front() == 0 ? "every hour, on the hour"
                                                       : "every hour, " + minutes_text(minutes);
  }
  if (minutes.size() * hours.size() <= kMostTimes && fields.minutes != kAllMinutes) {
    std::vector<std::string> times;
    for (const int hour : hours)
      for (const int minute : minutes) times.push_back(fmt::format("{:02}:{:02}", hour, minute));
    return "at " + joined(times);
  }
  std::string out = fields.minutes == kAllMinutes ? "every minute" : minutes_text(minutes);
  if (const auto step = even_step(hours, 24))
    return out + fmt::format(" of every {} hours, from {:02}:00 on", *step, hours.front());
  return out + " of the hour" + (hours.size() == 1 ? " " : "s ") + listed(hours, number_of);
}

std::string days_of_month_text(const CronFields& fields) {
  std::vector<std::string> parts;
  const auto days = values_of(fields.days);
  if (!days.empty())
    parts.push_back(fmt::format("day{} {}", days.size() == 1 ? "" : "s", listed(days, number_of)));
  for (const int before : values_of(fields.days_from_end))
    parts.push_back(before == 0 ? "the last day" : fmt::format("the day {} before the last", before));
  for (const int day : values_of(fields.nearest_workday))
    parts.push_back(fmt::format("the working day nearest to day {}", day));
  if (fields.is_last_workday) parts.emplace_back("the last working day");
  return joined(parts) + " of the month";
}

std::string weekdays_text(const CronFields& fields) {
  std::vector<std::string> parts;
  const auto plain = values_of(fields.weekdays);
  const auto name = [](int day) { return std::string(kWeekdays[static_cast<std::size_t>(day)]); };
  if (fields.weekdays == 0x3E) {
    parts.emplace_back("working days (Monday to Friday)");
  } else if (!plain.empty()) {
    std::vector<std::string> days;
    for (const int day : plain) days.push_back(name(day) + "s");
    parts.push_back(joined(days));
  }
  for (std::size_t nth = 1; nth < fields.nth_weekdays.size(); ++nth)
    for (const int day : values_of(fields.nth_weekdays[nth]))
      parts.push_back(fmt::format("the {} {} of the month", kNth[nth], name(day)));
  for (const int day : values_of(fields.last_weekdays))
    parts.push_back(fmt::format("the last {} of the month", name(day)));
  return joined(parts);
}

std::string day_text(const CronFields& fields) {
  const bool is_every_day = fields.days == kAllDays;
  const bool is_every_weekday = fields.weekdays == kAllWeekdays;
  if (is_every_day && is_every_weekday) return " every day";
  if (is_every_weekday && fields.weekday_begins_with_star) return " on " + days_of_month_text(fields);
  if (is_every_day && fields.day_begins_with_star) return " on " + weekdays_text(fields);
  const bool are_united = !fields.day_begins_with_star && !fields.weekday_begins_with_star;
  return " on " + days_of_month_text(fields) + (are_united ? " and also on " : ", when that is on ") +
         weekdays_text(fields);
}

std::string cron_sentence(const CronFields& fields) {
  std::string out = time_text(fields);
  std::string days = day_text(fields);
  // "every 15 minutes every day" says no more than "every 15 minutes".
  if (days == " every day" && out.starts_with("every")) days.clear();
  out += days;
  if (fields.months != kAllMonths) {
    out += " in " + listed(values_of(fields.months), [](int month) {
             return std::string(kMonths[static_cast<std::size_t>(month - 1)]);
           });
  }
  return out;
}

std::string length_text(Seconds length) {
  struct Unit {
    std::int64_t seconds;
    std::string_view one, many;
  };
  constexpr std::array<Unit, 4> kUnits{{{86'400, "day", "days"},
                                        {3'600, "hour", "hours"},
                                        {60, "minute", "minutes"},
                                        {1, "second", "seconds"}}};
  std::vector<std::string> parts;
  std::int64_t left = length.count();
  for (const Unit& unit : kUnits) {
    const std::int64_t count = left / unit.seconds;
    left %= unit.seconds;
    if (count > 0) parts.push_back(fmt::format("{} {}", count, count == 1 ? unit.one : unit.many));
  }
  return joined(parts);
}

std::string zone_text(std::string_view zone) {
  if (zone == "UTC" || zone == "Etc/UTC") return "UTC";
  const std::size_t slash = zone.rfind('/');
  std::string city(slash == std::string_view::npos || zone.starts_with("Etc/") ? zone
                                                                               : zone.substr(slash + 1));
  for (char& c : city)
    if (c == '_') c = ' ';
  return city + " time";
}

}  // namespace

std::string timing_sentence(const Timing& timing, std::string_view zone) {
  if (const auto* interval = std::get_if<Interval>(&timing.when)) {
    std::string out = "every ";
    const std::string length = length_text(interval->period);
    out += length.starts_with("1 ") && !length.contains(" and ") && !length.contains(',') ? length.substr(2)
                                                                                          : length;
    if (interval->offset.count() > 0) out += ", " + length_text(interval->offset) + " after the even ones";
    return out + ", whatever the clocks do";
  }
  const auto& fields = std::get<CronFields>(timing.when);
  return cron_sentence(fields) + ", " + zone_text(timing.zone ? std::string_view(*timing.zone) : zone);
}

}  // namespace fettle::runs
