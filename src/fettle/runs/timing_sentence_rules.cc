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

/// "1st", "2nd", "13th"; of a day of the month.
std::string ordinal_of(int value) {
  constexpr int kTeens = 10;
  const bool is_teen = value / kTeens == 1;
  const int last = is_teen ? 0 : value % kTeens;
  return std::to_string(value) + (last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th");
}

std::string month_name(int month) {
  return std::string(kMonths[static_cast<std::size_t>(month - 1)]);
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
  if (!days.empty()) parts.push_back("the " + listed(days, ordinal_of));
  for (const int before : values_of(fields.days_from_end))
    parts.push_back(before == 0 ? "the last day" : fmt::format("the day {} before the last", before));
  for (const int day : values_of(fields.nearest_workday))
    parts.push_back("the working day nearest to the " + ordinal_of(day));
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

/// "1 January", "1 and 15 January", "1 January and 1 July"; nothing where that is not all there is to say.
std::string dates_text(const CronFields& fields) {
  constexpr std::size_t kMostDates = 6;
  const bool is_every_weekday = fields.weekdays == kAllWeekdays && fields.weekday_begins_with_star;
  const bool are_plain = fields.days_from_end == 0 && fields.nearest_workday == 0 && !fields.is_last_workday;
  if (!is_every_weekday || !are_plain || fields.days == kAllDays || fields.months == kAllMonths) return {};
  const auto days = values_of(fields.days);
  const auto months = values_of(fields.months);
  if (months.size() == 1) return listed(days, number_of) + " " + month_name(months.front());
  if (days.size() != 1 || months.size() > kMostDates) return {};
  std::vector<std::string> dates;
  for (const int month : months) dates.push_back(fmt::format("{} {}", days.front(), month_name(month)));
  return joined(dates);
}

/// " in January and July", " from June to August".
std::string months_text(const std::vector<int>& months) {
  const bool is_run = months.size() > 2 && months.back() - months.front() + 1 == std::ssize(months);
  return (is_run ? " from " : " in ") + listed(months, month_name);
}

std::string cron_sentence(const CronFields& fields) {
  std::string out = time_text(fields);
  if (const std::string dates = dates_text(fields); !dates.empty()) return out + " on " + dates;
  std::string days = day_text(fields);
  // "every 15 minutes every day" says no more than "every 15 minutes".
  if (days == " every day" && out.starts_with("every")) days.clear();
  out += days;
  if (fields.months != kAllMonths) out += months_text(values_of(fields.months));
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
  // "90 minutes" reads better than "1 hour and 30 minutes".
  constexpr Seconds kShort{3 * 3'600};
  if (length < kShort && length > Seconds(3'600) && length.count() % 60 == 0 && length.count() % 3'600 != 0)
    return fmt::format("{} minutes", length.count() / 60);
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
    if (interval->offset.count() > 0) out += ", offset by " + length_text(interval->offset);
    return out + ", regardless of clock changes";
  }
  const auto& fields = std::get<CronFields>(timing.when);
  return cron_sentence(fields) + ", " + zone_text(timing.zone ? std::string_view(*timing.zone) : zone);
}

}  // namespace fettle::runs
