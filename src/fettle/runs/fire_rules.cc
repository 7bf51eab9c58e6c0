#include "fettle/runs/fire_rules.h"

#include <algorithm>
#include <bit>

namespace fettle::runs {
namespace {

using std::chrono::days;
using LocalDay = std::chrono::local_days;

constexpr int kLastYear = 9'998;
constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 3'600;

unsigned month_length(int year, unsigned month) {
  using namespace std::chrono;
  return static_cast<unsigned>((std::chrono::year(year) / std::chrono::month(month) / last).day());
}

/// 0 is Sunday.
unsigned weekday_of(int year, unsigned month, unsigned day) {
  using namespace std::chrono;
  return weekday(sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)))
      .c_encoding();
}

/// Monday to Friday nearest to `day` within its month.
unsigned nearest_workday(unsigned day, unsigned length, unsigned weekday) {
  if (weekday == 6) return day > 1 ? day - 1 : day + 2;
  if (weekday == 0) return day < length ? day + 1 : day - 2;
  return day;
}

struct Month {
  int year = 0;
  unsigned month = 0;
  void advance() {
    if (++month > 12) {
      month = 1;
      ++year;
    }
  }
};

/// Seconds of the day at or after `from` that fit; none when there is none left.
std::optional<std::int64_t> next_in_day(const CronFields& fields, std::int64_t from) {
  std::int64_t minute = (from + kMinute - 1) / kMinute;
  if (minute >= 24 * 60) return std::nullopt;
  const auto hour = static_cast<unsigned>(minute / 60);
  const std::uint64_t in_hour = fields.minutes >> (minute % 60) << (minute % 60);
  if ((fields.hours >> hour & 1U) != 0 && in_hour != 0)
    return hour * kHour + std::countr_zero(in_hour) * kMinute;
  const std::uint32_t later = hour >= 23 ? 0 : fields.hours >> (hour + 1) << (hour + 1);
  if (later == 0 || fields.minutes == 0) return std::nullopt;
  return std::countr_zero(later) * kHour + std::countr_zero(fields.minutes) * kMinute;
}

/// How many of a day's times lie in [from, to), in seconds of the day.
std::int64_t count_in_day(const CronFields& fields, std::int64_t from, std::int64_t to) {
  const auto below = [&](std::int64_t second) {
    const std::int64_t minute = std::clamp<std::int64_t>((second + kMinute - 1) / kMinute, 0, 24 * 60);
    const auto hour = static_cast<unsigned>(minute / 60);
    const std::uint32_t full = hour >= 24 ? fields.hours : fields.hours & ((1U << hour) - 1);
    std::int64_t count = static_cast<std::int64_t>(std::popcount(full)) * std::popcount(fields.minutes);
    if (hour < 24 && (fields.hours >> hour & 1U) != 0)
      count += std::popcount(fields.minutes & ((std::uint64_t{1} << (minute % 60)) - 1));
    return count;
  };
  return std::max<std::int64_t>(0, below(to) - below(from));
}

/// The first local time at or after `from` that fits.
std::optional<LocalTime> next_local(const CronFields& fields, LocalTime from) {
  const auto from_day = std::chrono::floor<days>(from);
  const std::chrono::year_month_day date(from_day);
  Month at{static_cast<int>(date.year()), static_cast<unsigned>(date.month())};
  unsigned first_day = static_cast<unsigned>(date.day());
  for (; at.year <= kLastYear; at.advance(), first_day = 1) {
    std::uint32_t fitting = days_in_month(fields, at.year, at.month) >> first_day << first_day;
    for (; fitting != 0; fitting &= fitting - 1) {
      const auto day_number = static_cast<unsigned>(std::countr_zero(fitting));
      const LocalDay day(std::chrono::year(at.year) / std::chrono::month(at.month) /
                         std::chrono::day(day_number));
      const std::int64_t begin = day == from_day ? (from - from_day).count() : 0;
      if (const auto second = next_in_day(fields, begin)) return LocalTime(day) + Seconds(*second);
    }
  }
  return std::nullopt;
}

/// How many local times in [from, to) fit.
std::int64_t count_local(const CronFields& fields, LocalTime from, LocalTime to) {
  if (to <= from) return 0;
  const auto first = std::chrono::floor<days>(from);
  const auto last = std::chrono::floor<days>(to);
  const std::chrono::year_month_day first_date(first), last_date(last);
  Month at{static_cast<int>(first_date.year()), static_cast<unsigned>(first_date.month())};
  const Month end{static_cast<int>(last_date.year()), static_cast<unsigned>(last_date.month())};
  std::int64_t full_days = 0;
  std::int64_t count = 0;
  constexpr std::int64_t kDaySeconds = 86'400;
  for (;; at.advance()) {
    std::uint32_t fitting = days_in_month(fields, at.year, at.month);
    const auto take = [&](LocalDay day, std::int64_t begin, std::int64_t until) {
      const std::chrono::year_month_day date(day);
      if (static_cast<int>(date.year()) != at.year || static_cast<unsigned>(date.month()) != at.month) return;
      const std::uint32_t bit = 1U << static_cast<unsigned>(date.day());
      if ((fitting & bit) != 0) count += count_in_day(fields, begin, until);
      fitting &= ~bit;
    };
    // The days at both ends are counted by their hours, those outside not at all.
    if (first == last) {
      take(first, (from - first).count(), (to - last).count());
      return count;
    }
    take(first, (from - first).count(), kDaySeconds);
    take(last, 0, (to - last).count());
    if (at.year == static_cast<int>(first_date.year()) &&
        at.month == static_cast<unsigned>(first_date.month())) {
      const auto shift = static_cast<unsigned>(first_date.day());
      fitting = fitting >> shift << shift;
    }
    const bool is_last = at.year == end.year && at.month == end.month;
    if (is_last) fitting &= (1U << static_cast<unsigned>(last_date.day())) - 1;
    full_days += std::popcount(fitting);
    if (is_last) break;
  }
  return count + full_days * fields.per_day();
}

/// Beyond everything that clocks have shown up to `instant`: the first local time that they have not.
LocalTime unseen_local(const Zone& zone, Instant instant) {
  LocalTime out = zone.local(instant) + Seconds(1);
  if (const auto change = zone.recent_change(instant)) {
    const LocalTime before_change((change->at + change->before).time_since_epoch());
    out = std::max(out, before_change);
  }
  return out;
}

Fire described(const Zone& zone, Instant at, LocalTime meant) {
  const LocalInstants shown = zone.instants(meant);
  if (zone.local(at) != meant) return {at, 0, FireNote::gap};
  if (shown.kind != LocalInstants::Kind::repeat) return {at, 0, FireNote::none};
  return {at, at == shown.first ? 0 : 1, FireNote::repeated};
}

std::optional<Fire> next_fixed(const CronFields& fields, const Zone& zone, Instant after) {
  const auto local = next_local(fields, unseen_local(zone, after));
  if (!local) return std::nullopt;
  return described(zone, zone.first_at_or_after(*local), *local);
}

std::optional<Fire> next_wildcard(const CronFields& fields, const Zone& zone, Instant after) {
  Instant from = after + Seconds(1);
  while (true) {
    const Seconds offset = zone.at(from).utc_offset;
    const auto local = next_local(fields, LocalTime((from + offset).time_since_epoch()));
    if (!local) return std::nullopt;
    const Instant at(local->time_since_epoch() - offset);
    const auto change = zone.next_change(from);
    if (!change || at < change->at) return described(zone, at, *local);
    from = change->at;
  }
}

std::int64_t count_fixed(const CronFields& fields, const Zone& zone, Instant after, Instant until) {
  std::int64_t count = count_local(fields, unseen_local(zone, after), unseen_local(zone, until));
  // All that a gap skips is due at one instant, and so is what is due right after it.
  for (auto change = zone.next_change(after); change && change->at <= until;
       change = zone.next_change(change->at)) {
    if (change->after <= change->before) continue;
    const LocalTime begin((change->at + change->before).time_since_epoch());
    const LocalTime end((change->at + change->after).time_since_epoch());
    const std::int64_t merged = count_local(fields, begin, end + Seconds(1));
    if (merged > 1) count -= merged - 1;
  }
  return count;
}

std::int64_t count_wildcard(const CronFields& fields, const Zone& zone, Instant after, Instant until) {
  std::int64_t count = 0;
  Instant from = after + Seconds(1);
  const Instant end = until + Seconds(1);
  while (from < end) {
    const Seconds offset = zone.at(from).utc_offset;
    const auto change = zone.next_change(from);
    const Instant stop = change ? std::min(end, change->at) : end;
    count += count_local(fields, LocalTime((from + offset).time_since_epoch()),
                         LocalTime((stop + offset).time_since_epoch()));
    from = stop;
  }
  return count;
}

/// The number of the last one at or before `instant`.
std::int64_t interval_number(const Interval& interval, Instant instant) {
  const std::int64_t seconds = (instant.time_since_epoch() - interval.offset).count();
  const std::int64_t period = interval.period.count();
  return seconds >= 0 ? seconds / period : -((-seconds + period - 1) / period);
}

}  // namespace

std::uint32_t days_in_month(const CronFields& fields, int year, unsigned month) {
  if ((fields.months >> month & 1U) == 0) return 0;
  const unsigned length = month_length(year, month);
  const std::uint32_t valid = static_cast<std::uint32_t>((std::uint64_t{1} << (length + 1)) - 2);
  const unsigned first_weekday = weekday_of(year, month, 1);
  std::uint32_t by_day = fields.days;
  for (std::uint32_t rest = fields.days_from_end; rest != 0; rest &= rest - 1) {
    const auto before = static_cast<unsigned>(std::countr_zero(rest));
    if (before < length) by_day |= 1U << (length - before);
  }
  const auto weekday_at = [&](unsigned day) { return (first_weekday + day - 1) % 7; };
  for (std::uint32_t rest = fields.nearest_workday; rest != 0; rest &= rest - 1) {
    const auto day = static_cast<unsigned>(std::countr_zero(rest));
    if (day <= length) by_day |= 1U << nearest_workday(day, length, weekday_at(day));
  }
  if (fields.is_last_workday) by_day |= 1U << nearest_workday(length, length, weekday_at(length));
  std::uint32_t by_weekday = 0;
  for (unsigned day = 1; day <= length; ++day) {
    const unsigned weekday = weekday_at(day);
    const auto has = [weekday](std::uint8_t mask) { return (mask >> weekday & 1U) != 0; };
    if (has(fields.weekdays) || has(fields.nth_weekdays[(day - 1) / 7 + 1]) ||
        (day + 7 > length && has(fields.last_weekdays)))
      by_weekday |= 1U << day;
  }
  const bool is_either = !fields.day_begins_with_star && !fields.weekday_begins_with_star;
  return (is_either ? by_day | by_weekday : by_day & by_weekday) & valid;
}

std::optional<Fire> next_fire(const Timing& timing, const Zone& zone, Instant after) {
  if (const auto* interval = std::get_if<Interval>(&timing.when)) {
    const std::int64_t next = interval_number(*interval, after) + 1;
    return Fire{Instant(Seconds(next * interval->period.count()) + interval->offset), 0, FireNote::none};
  }
  const auto& fields = std::get<CronFields>(timing.when);
  return fields.is_wildcard ? next_wildcard(fields, zone, after) : next_fixed(fields, zone, after);
}

std::int64_t count_fires(const Timing& timing, const Zone& zone, Instant after, Instant until) {
  if (until <= after) return 0;
  if (const auto* interval = std::get_if<Interval>(&timing.when))
    return interval_number(*interval, until) - interval_number(*interval, after);
  const auto& fields = std::get<CronFields>(timing.when);
  return fields.is_wildcard ? count_wildcard(fields, zone, after, until)
                            : count_fixed(fields, zone, after, until);
}

std::vector<Fire> last_fires(const Timing& timing, const Zone& zone, Instant after, Instant until,
                             std::size_t most) {
  // Back from the end in windows that double, until one holds enough; then forward through that one.
  Instant from = until;
  Seconds window{kHour};
  std::int64_t count = 0;
  while (from > after) {
    from = until - after <= window ? after : until - window;
    count = count_fires(timing, zone, from, until);
    if (count >= static_cast<std::int64_t>(most)) break;
    window *= 2;
  }
  // A window may hold up to twice as many, and more where times come in bursts: halve it back.
  Instant enough = from;
  Instant too_few = until;
  while (count > 2 * static_cast<std::int64_t>(most) && too_few - enough > Seconds(1)) {
    const Instant middle = enough + (too_few - enough) / 2;
    const std::int64_t at_middle = count_fires(timing, zone, middle, until);
    if (at_middle >= static_cast<std::int64_t>(most)) {
      enough = middle;
      count = at_middle;
    } else {
      too_few = middle;
    }
  }
  std::vector<Fire> out;
  for (auto fire = next_fire(timing, zone, enough); fire && fire->at <= until;
       fire = next_fire(timing, zone, fire->at))
    out.push_back(*fire);
  if (out.size() > most) out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(most));
  return out;
}

}  // namespace fettle::runs
