#include "fettle/base/zone.h"

#include <algorithm>

#include "fettle/base/check.h"

namespace fettle {
namespace {

using std::chrono::days;

// Offsets lie within a day and an hour of UTC, and one change moves clocks by at most a day.
constexpr Seconds kReach{2 * 86'400};

constexpr bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '+';
}

}  // namespace

bool is_zone_name(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  if (name.empty() || name.size() > kLongest) return false;
  // All zones once more, those of right/ with leap seconds, which clocks do not count.
  if (name.starts_with("posix/") || name.starts_with("right/")) return false;
  char before = '/';
  for (const char c : name) {
    if (c == '/' ? before == '/' : !is_name_char(c)) return false;
    before = c;
  }
  return before != '/';
}

Zone::Zone() = default;

Instant Zone::rule_instant(const RuleDay& day, int year, Seconds utc_offset) {
  using namespace std::chrono;
  const std::chrono::year y(year);
  sys_days date = sys_days(y / January / 1);
  switch (day.kind) {
    case RuleDay::Kind::julian: {  // 1 to 365; the 29th of February is never counted
      constexpr int kLastOfFebruary = 59;
      date += days(day.day - 1 + (y.is_leap() && day.day > kLastOfFebruary ? 1 : 0));
      break;
    }
    case RuleDay::Kind::day_of_year:
      date += days(day.day);
      break;
    case RuleDay::Kind::weekday_of_month: {
      const auto month = y / std::chrono::month(static_cast<unsigned>(day.month));
      const weekday wanted(static_cast<unsigned>(day.day));
      constexpr int kLastWeek = 5;
      date = day.week == kLastWeek ? sys_days(month / wanted[last])
                                   : sys_days(month / wanted[static_cast<unsigned>(day.week)]);
      break;
    }
  }
  return date + day.time - utc_offset;
}

std::vector<Zone::Transition> Zone::rule_transitions(Instant around) const {
  std::vector<Transition> out;
  if (!rule_ || !rule_->has_summer) return out;
  const Seconds standard = offsets_[rule_->standard].utc_offset;
  const Seconds summer = offsets_[rule_->summer].utc_offset;
  const int year(std::chrono::year_month_day(std::chrono::floor<days>(around)).year());
  constexpr int kYearsAhead = 2;
  for (int y = year - 2; y <= year + kYearsAhead; ++y) {
    out.push_back({rule_instant(rule_->start, y, standard), rule_->summer});
    out.push_back({rule_instant(rule_->end, y, summer), rule_->standard});
  }
  // Where summer ends as the next one begins (a zone that has it all year), the beginning counts.
  std::ranges::sort(out, [this](const Transition& a, const Transition& b) {
    if (a.at != b.at) return a.at < b.at;
    return a.offset == rule_->standard && b.offset != rule_->standard;
  });
  if (!transitions_.empty())
    std::erase_if(out, [&](const Transition& one) { return one.at <= transitions_.back().at; });
  return out;
}

std::size_t Zone::offset_index(Instant instant) const {
  if (rule_ && (transitions_.empty() || instant >= transitions_.back().at)) {
    std::size_t found = transitions_.empty() ? rule_->standard : transitions_.back().offset;
    if (!rule_->has_summer) return transitions_.empty() ? rule_->standard : found;
    for (const Transition& one : rule_transitions(instant)) {
      if (one.at > instant) break;
      found = one.offset;
    }
    return found;
  }
  const auto after = std::ranges::upper_bound(transitions_, instant, {}, &Transition::at);
  return after == transitions_.begin() ? first_offset_ : std::prev(after)->offset;
}

const ZoneOffset& Zone::at(Instant instant) const {
  return offsets_[offset_index(instant)];
}

LocalTime Zone::local(Instant instant) const {
  return LocalTime((instant + at(instant).utc_offset).time_since_epoch());
}

std::vector<ZoneChange> Zone::changes(Instant from, Instant to) const {
  std::vector<ZoneChange> out;
  Seconds offset = at(from - Seconds(1)).utc_offset;
  const auto add = [&](const Transition& one) {
    const Seconds after = offsets_[one.offset].utc_offset;
    if (after != offset) out.push_back({one.at, offset, after});
    offset = after;
  };
  auto next = std::ranges::lower_bound(transitions_, from, {}, &Transition::at);
  for (; next != transitions_.end() && next->at <= to; ++next) add(*next);
  if (next != transitions_.end() || !rule_) return out;
  for (const Transition& one : rule_transitions(from)) {
    if (one.at > to) break;
    if (one.at >= from) add(one);
  }
  return out;
}

std::optional<ZoneChange> Zone::next_change(Instant instant) const {
  // Those of the list have no limit; those of the rule come every year.
  Seconds offset = at(instant).utc_offset;
  auto next = std::ranges::upper_bound(transitions_, instant, {}, &Transition::at);
  for (; next != transitions_.end(); ++next) {
    const Seconds after = offsets_[next->offset].utc_offset;
    if (after != offset) return ZoneChange{next->at, offset, after};
  }
  for (const Transition& one :
       rule_transitions(transitions_.empty() ? instant : std::max(instant, transitions_.back().at))) {
    if (one.at <= instant) continue;
    const Seconds after = offsets_[one.offset].utc_offset;
    if (after != offset) return ZoneChange{one.at, offset, after};
  }
  return std::nullopt;
}

std::optional<ZoneChange> Zone::recent_change(Instant instant) const {
  const auto found = changes(instant - days(3), instant);
  return found.empty() ? std::nullopt : std::optional(found.back());
}

LocalInstants Zone::instants(LocalTime local) const {
  const Instant middle(local.time_since_epoch());
  const auto around = changes(middle - kReach, middle + kReach);
  std::optional<Instant> first, last;
  const auto try_offset = [&](Seconds offset, std::optional<Instant> from, std::optional<Instant> until) {
    const Instant instant = middle - offset;
    if ((from && instant < *from) || (until && instant >= *until)) return;
    if (!first) first = instant;
    last = instant;
  };
  if (around.empty()) {
    try_offset(at(middle).utc_offset, {}, {});
  } else {
    try_offset(around.front().before, {}, around.front().at);
    for (std::size_t i = 0; i < around.size(); ++i)
      try_offset(around[i].after, around[i].at,
                 i + 1 < around.size() ? std::optional(around[i + 1].at) : std::nullopt);
  }
  if (first)
    return {*first == *last ? LocalInstants::Kind::once : LocalInstants::Kind::repeat, *first, *last};
  for (const ZoneChange& one : around)
    if (middle < one.at + one.after && middle >= one.at + one.before)
      return {LocalInstants::Kind::gap, one.at, one.at};
  FETTLE_CHECK(false, "a local time is either shown or skipped");
}

Instant Zone::first_at_or_after(LocalTime local) const {
  const LocalInstants shown = instants(local);
  if (shown.kind == LocalInstants::Kind::gap) return shown.first;
  // Two changes within a day can skip a time and show it later all the same.
  const Instant middle(local.time_since_epoch());
  for (const ZoneChange& one : changes(middle - kReach, shown.first))
    if (middle < one.at + one.after && middle >= one.at + one.before) return one.at;
  return shown.first;
}

}  // namespace fettle
