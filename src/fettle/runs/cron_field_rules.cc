// One field of a cron line.
#include <algorithm>
#include <array>
#include <charconv>

#include "fettle/base/text.h"
#include "fettle/runs/cron_rules.h"

namespace fettle::runs {
namespace {

constexpr int kDay = 2;
constexpr int kMonth = 3;
constexpr int kWeekday = 4;

struct FieldKind {
  std::string_view name;
  int least, most;
  std::string_view names;  // three letters each, from `least`
};
constexpr std::array<FieldKind, 5> kFields{{{"minute", 0, 59, ""},
                                            {"hour", 0, 23, ""},
                                            {"day of month", 1, 31, ""},
                                            {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
                                            {"day of week", 0, 7, "sunmontuewedthufrisat"}}};

std::uint64_t mix(std::uint64_t value) {  // splitmix64
  value += 0x9E3779B97F4A7C15ULL;
  value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ value >> 27) * 0x94D049BB133111EBULL;
  return value ^ value >> 31;
}

using Faulty = std::expected<void, TimingFault>;

class FieldParser {
 public:
  FieldParser(CronFields& into, int field, std::string_view text, std::size_t column, std::uint64_t seed)
      : into_(into),
        field_(field),
        kind_(kFields[static_cast<std::size_t>(field)]),
        text_(text),
        column_(column),
        random_(mix(seed ^ mix(static_cast<std::uint64_t>(field) + 1))) {}

  Faulty parse() {
    const bool has_star = text_.starts_with('*') || text_.starts_with('?');
    if (field_ < kDay && has_star) into_.is_wildcard = true;
    if (field_ == kDay) into_.day_begins_with_star = has_star;
    if (field_ == kWeekday) into_.weekday_begins_with_star = has_star;
    do {
      if (auto item = parse_item(); !item) return item;
    } while (skip(','));
    if (at_ < text_.size())
      return fault("'" + rest(1) + "' does not belong here", "parts are separated by commas");
    store();
    return {};
  }

 private:
  struct Range {
    int first = 0, last = 0, step = 1;
  };

  [[nodiscard]] int most_value() const { return field_ == kWeekday ? 6 : kind_.most; }
  [[nodiscard]] std::string rest(std::size_t size) const { return escape_control(text_.substr(at_, size)); }
  [[nodiscard]] std::unexpected<TimingFault> fault(std::string detail, std::string hint = {}) const {
    return std::unexpected(
        TimingFault{std::string(kind_.name), column_ + at_, std::move(detail), std::move(hint), false});
  }
  [[nodiscard]] std::string allowed() const {
    std::string out = std::to_string(kind_.least) + " to " + std::to_string(kind_.most);
    if (field_ == kMonth) out += " or JAN to DEC";
    if (field_ == kWeekday) out += " (0 and 7 are Sunday) or SUN to SAT";
    return out;
  }
  bool skip(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool skip_letter(char upper) {
    if (at_ >= text_.size() || (text_[at_] != upper && text_[at_] != upper - 'A' + 'a')) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] bool is_digit() const { return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; }

  std::expected<int, TimingFault> number(int least, int most, std::string_view what) {
    int value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (!is_digit() || error != std::errc() || value < least || value > most) {
      const std::size_t size = is_digit() ? static_cast<std::size_t>(end - text_.data()) - at_ : 1;
      return fault((at_ < text_.size() ? "'" + rest(size) + "' is no " : "there is no ") + std::string(what) +
                   ": it is from " + std::to_string(least) + " to " + std::to_string(most));
    }
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  std::expected<int, TimingFault> value() {
    if (at_ >= text_.size()) return fault("a value is missing", "allowed is " + allowed());
    if (is_digit()) {
      int found = 0;
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), found);
      const std::size_t size = static_cast<std::size_t>(end - text_.data()) - at_;
      if (error != std::errc() || found < kind_.least || found > kind_.most)
        return fault(rest(size) + " is not allowed for the " + std::string(kind_.name),
                     "allowed is " + allowed());
      at_ += size;
      return found;
    }
    const std::string lower = to_lower_ascii(text_.substr(at_));
    constexpr std::size_t kLetters = 3;
    for (std::size_t i = 0; i * kLetters < kind_.names.size(); ++i) {
      if (!lower.starts_with(kind_.names.substr(i * kLetters, kLetters))) continue;
      at_ += kLetters;
      if (at_ < text_.size() &&
          ((lower[kLetters] >= 'a' && lower[kLetters] <= 'z' && lower[kLetters] != 'l')))
        return fault("names have three letters", "allowed is " + allowed());
      return kind_.least + static_cast<int>(i);
    }
    return fault("'" + rest(1) + "' is not understood in the " + std::string(kind_.name),
                 "allowed is " + allowed() + ", lists, ranges and steps of them");
  }

  Faulty parse_item() {
    if (at_ >= text_.size() || text_[at_] == ',')
      return fault("a value is missing", "allowed is " + allowed());
    if (field_ == kDay && skip_letter('L')) return parse_last_day();
    if (skip_letter('H')) return parse_hash();
    Range range{kind_.least, most_value(), 1};
    if (skip('*')) return parse_step(range, true);
    if (skip('?')) {
      if (field_ == kDay || field_ == kWeekday) return parse_step(range, true);
      --at_;
      return fault("? stands for any day, and only in the day fields", "write *");
    }
    if (at_ < text_.size() && text_[at_] == '~') return parse_random(kind_.least);
    const std::size_t began = at_;
    const auto first = value();
    if (!first) return std::unexpected(first.error());
    if (field_ == kDay && skip_letter('W')) {
      into_.nearest_workday |= 1U << *first;
      return {};
    }
    if (field_ == kWeekday && skip_letter('L')) {
      into_.last_weekdays = static_cast<std::uint8_t>(into_.last_weekdays | 1U << (*first % 7));
      return {};
    }
    if (field_ == kWeekday && skip('#')) {
      const auto nth = number(1, 5, "week of the month");
      if (!nth) return std::unexpected(nth.error());
      auto& mask = into_.nth_weekdays[static_cast<std::size_t>(*nth)];
      mask = static_cast<std::uint8_t>(mask | 1U << (*first % 7));
      return {};
    }
    if (at_ < text_.size() && text_[at_] == '~') return parse_random(*first);
    range = {*first, *first, 1};
    bool is_open = true;
    if (skip('-')) {
      const auto last = value();
      if (!last) return std::unexpected(last.error());
      range.last = *last;
      is_open = false;
      if (range.last < range.first) {
        const std::string wrapped = std::to_string(range.first) + "-" + std::to_string(most_value()) + "," +
                                    std::to_string(kind_.least) + "-" + std::to_string(range.last);
        at_ = began;
        return fault("the range ends before it begins", "to go over the end write " + wrapped);
      }
    } else if (at_ < text_.size() && text_[at_] == '/') {
      range.last = most_value();  // 5/15: from 5 on
    }
    return parse_step(range, is_open);
  }

  Faulty parse_step(Range range, bool is_open) {
    if (skip('/')) {
      const int span = most_value() - kind_.least + 1;
      const std::size_t began = at_;
      const auto step = number(1, 9'999, "step");
      if (!step) return std::unexpected(step.error());
      if (is_open && *step > span) {
        at_ = began;
        const std::string unit = field_ == 0 ? "m" : field_ == 1 ? "h" : "d";
        return fault("a step of " + std::to_string(*step) + " reaches over the end of the " +
                         std::string(kind_.name) + ", where counting begins anew",
                     field_ == kMonth || field_ == kWeekday
                         ? "the largest step is " + std::to_string(span)
                         : "for a fixed interval write: every " + std::to_string(*step) + unit);
      }
      range.step = *step;
    }
    add(range);
    return {};
  }

  void add(const Range& range) {
    for (int value = range.first; value <= range.last; value += range.step)
      values_ |= std::uint64_t{1} << (field_ == kWeekday ? value % 7 : value);
  }

  int chosen(int first, int last) {
    return first + static_cast<int>(random_ % static_cast<std::uint64_t>(last - first + 1));
  }

  /// [a]~[b]
  Faulty parse_random(int first) {
    const std::size_t began = at_;
    skip('~');
    int last = most_value();
    if (at_ < text_.size() && text_[at_] != ',') {
      const auto given = value();
      if (!given) return std::unexpected(given.error());
      last = *given;
    }
    if (last < first) {
      at_ = began;
      return fault("the range ends before it begins");
    }
    into_.has_hash = true;
    const int picked = chosen(first, last);
    add({picked, picked, 1});
    return {};
  }

  /// H, H(a-b), with a step or without.
  Faulty parse_hash() {
    into_.has_hash = true;
    // 28: a day that every month has.
    Range range{kind_.least, field_ == kDay ? 28 : most_value(), 1};
    if (skip('(')) {
      const auto first = value();
      if (!first) return std::unexpected(first.error());
      if (!skip('-')) return fault("H takes a range in brackets", "write for example H(0-29)");
      const auto last = value();
      if (!last) return std::unexpected(last.error());
      if (*last < *first) return fault("the range ends before it begins");
      if (!skip(')')) return fault("the bracket is not closed", "write for example H(0-29)");
      range = {*first, *last, 1};
    }
    if (skip('/')) {
      const int span = range.last - range.first + 1;
      const auto step = number(1, span, "step");
      if (!step) return std::unexpected(step.error());
      range.first = chosen(range.first, range.first + *step - 1);
      range.step = *step;
    } else {
      range.first = range.last = chosen(range.first, range.last);
    }
    add(range);
    return {};
  }

  /// L, L-3, LW
  Faulty parse_last_day() {
    if (skip_letter('W')) {
      into_.is_last_workday = true;
      return {};
    }
    int before = 0;
    if (skip('-')) {
      const auto given = number(1, 30, "number of days before the last");
      if (!given) return std::unexpected(given.error());
      before = *given;
    }
    into_.days_from_end |= 1U << before;
    return {};
  }

  void store() {
    switch (field_) {
      case 0:
        into_.minutes = values_;
        break;
      case 1:
        into_.hours = static_cast<std::uint32_t>(values_);
        break;
      case kDay:
        into_.days = static_cast<std::uint32_t>(values_);
        break;
      case kMonth:
        into_.months = static_cast<std::uint32_t>(values_);
        break;
      default:
        into_.weekdays = static_cast<std::uint8_t>(values_);
    }
  }

  CronFields& into_;
  const int field_;
  const FieldKind& kind_;
  const std::string_view text_;
  const std::size_t column_;
  const std::uint64_t random_;
  std::size_t at_ = 0;
  std::uint64_t values_ = 0;
};

}  // namespace

std::expected<void, TimingFault> parse_cron_field(CronFields& into, int field, std::string_view text,
                                                  std::size_t column, std::uint64_t seed) {
  return FieldParser(into, field, text, column, seed).parse();
}

}  // namespace fettle::runs
