// TZif (RFC 8536 section 3) and the POSIX TZ text of its footer (section 3.3.1).
#include <algorithm>
#include <charconv>

#include "fettle/base/zone.h"

namespace fettle {
namespace {

constexpr std::size_t kHeaderBytes = 44;
constexpr std::size_t kMostTransitions = 4'000;
constexpr std::int64_t kLeastOffset = -89'999;  // RFC 8536: -24:59:59 to 25:59:59
constexpr std::int64_t kMostOffset = 93'599;
constexpr std::int64_t kHour = 3'600;

std::unexpected<Error> bad(std::string detail) {
  return fail(ErrorCode::unprocessable, "bad_zone_file", std::move(detail));
}

class ByteCursor {
 public:
  explicit ByteCursor(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  [[nodiscard]] std::size_t left() const { return bytes_.size(); }
  /// `size` <= left().
  std::span<const std::uint8_t> take(std::size_t size) {
    const auto out = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return out;
  }
  std::int64_t number(std::size_t size) {
    std::uint64_t value = 0;
    const auto bytes = take(size);
    for (const std::uint8_t byte : bytes) value = value << 8 | byte;
    constexpr std::size_t kWide = 8;
    if (size < kWide && (bytes[0] & 0x80U) != 0) value |= ~std::uint64_t{0} << (8 * size);
    return static_cast<std::int64_t>(value);
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

struct Header {
  int version = 1;
  std::size_t ut = 0, standard = 0, leaps = 0, times = 0, types = 0, chars = 0;
  [[nodiscard]] std::size_t body_bytes(std::size_t time_bytes) const {
    return times * (time_bytes + 1) + types * 6 + chars + leaps * (time_bytes + 4) + standard + ut;
  }
};

Result<Header> read_header(ByteCursor& in) {
  if (in.left() < kHeaderBytes) return bad("it is cut short");
  const auto magic = in.take(4);
  if (!std::ranges::equal(magic, std::string_view("TZif"))) return bad("it is no zone file (TZif)");
  Header out;
  const char version = static_cast<char>(in.take(1)[0]);
  if (version != 0 && (version < '2' || version > '4')) return bad("its version is not known");
  out.version = version == 0 ? 1 : version - '0';
  in.take(15);
  for (std::size_t* count : {&out.ut, &out.standard, &out.leaps, &out.times, &out.types, &out.chars}) {
    const std::int64_t value = in.number(4);
    if (value < 0 || value > static_cast<std::int64_t>(kMostZoneBytes))
      return bad("a count in it is too large");
    *count = static_cast<std::size_t>(value);
  }
  return out;
}

/// Reads a text from the front; every function leaves the rest.
class PosixText {
 public:
  explicit PosixText(std::string_view text) : text_(text) {}
  [[nodiscard]] bool is_at_end() const { return text_.empty(); }
  bool skip(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  std::optional<std::string> name() {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const bool is_quoted = skip('<');
    std::size_t size = 0;
    while (size < text_.size() &&
           (is_letter(text_[size]) || (is_quoted && std::string_view("0123456789+-").contains(text_[size]))))
      ++size;
    std::string out(text_.substr(0, size));
    text_.remove_prefix(size);
    constexpr std::size_t kShortest = 3;
    if (out.size() < kShortest || (is_quoted && !skip('>'))) return std::nullopt;
    return out;
  }
  std::optional<int> number(int least, int most) {
    int value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc() || text_.starts_with('-') || value < least || value > most) return std::nullopt;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return value;
  }
  /// [+-]hh[:mm[:ss]]
  std::optional<Seconds> time(int most_hours) {
    const bool is_negative = skip('-');
    if (!is_negative) skip('+');
    const auto hours = number(0, most_hours);
    if (!hours) return std::nullopt;
    std::int64_t total = *hours * kHour;
    for (const std::int64_t unit : {60, 1}) {
      if (!skip(':')) break;
      const auto part = number(0, 59);
      if (!part) return std::nullopt;
      total += *part * unit;
    }
    return Seconds(is_negative ? -total : total);
  }

 private:
  std::string_view text_;
};

}  // namespace

/// Builds a Zone from the bytes.
class ZoneReader {
 public:
  Result<> read(std::span<const std::uint8_t> bytes) {
    if (bytes.size() > kMostZoneBytes) return bad("it is larger than any zone file");
    ByteCursor in(bytes);
    FETTLE_TRY(Header header, read_header(in));
    std::size_t time_bytes = 4;
    if (header.version >= 2) {
      if (in.left() < header.body_bytes(time_bytes)) return bad("it is cut short");
      in.take(header.body_bytes(time_bytes));
      FETTLE_TRY(header, read_header(in));
      time_bytes = 8;
    }
    if (auto body = read_body(in, header, time_bytes); !body) return body;
    if (time_bytes == 8) return read_footer(in);
    return {};
  }

  Zone zone;

 private:
  Result<> read_body(ByteCursor& in, const Header& header, std::size_t time_bytes) {
    if (in.left() < header.body_bytes(time_bytes)) return bad("it is cut short");
    if (header.types == 0 || header.chars == 0) return bad("it has no local time");
    if (header.leaps != 0) return bad("it counts leap seconds, which clocks of computers do not show");
    if (header.times > kMostTransitions) return bad("it has too many transitions");
    std::vector<Zone::Transition> transitions(header.times);
    for (Zone::Transition& one : transitions) one.at = Instant(Seconds(in.number(time_bytes)));
    for (std::size_t i = 1; i < transitions.size(); ++i)
      if (transitions[i].at <= transitions[i - 1].at) return bad("its transitions are not in order");
    for (Zone::Transition& one : transitions) {
      one.offset = static_cast<std::size_t>(in.take(1)[0]);
      if (one.offset >= header.types) return bad("a transition leads to a local time that it does not have");
    }
    const auto types = in.take(header.types * 6);
    const auto chars = in.take(header.chars);
    in.take(header.standard + header.ut);
    ByteCursor each(types);
    zone.offsets_.clear();
    for (std::size_t i = 0; i < header.types; ++i) {
      ZoneOffset offset;
      const std::int64_t seconds = each.number(4);
      if (seconds < kLeastOffset || seconds > kMostOffset) return bad("an offset in it is impossible");
      offset.utc_offset = Seconds(seconds);
      offset.is_dst = each.take(1)[0] != 0;
      const std::size_t start = each.take(1)[0];
      if (start >= chars.size()) return bad("a local time has no abbreviation");
      const auto text = chars.subspan(start);
      const auto end = std::ranges::find(text, std::uint8_t{0});
      if (end == text.end()) return bad("an abbreviation has no end");
      offset.abbreviation.assign(text.begin(), end);
      zone.offsets_.push_back(std::move(offset));
    }
    zone.transitions_ = std::move(transitions);
    zone.first_offset_ = 0;
    return {};
  }

  Result<> read_footer(ByteCursor& in) {
    const auto rest = in.take(in.left());
    if (rest.size() < 2 || rest.front() != '\n') return bad("its footer is missing");
    const auto end = std::ranges::find(rest.subspan(1), std::uint8_t{'\n'});
    if (end == rest.end()) return bad("its footer has no end");
    const std::string text(rest.begin() + 1, end);
    if (text.empty()) return {};
    if (!read_rule(text)) return bad("its rule for later years cannot be read");
    expand();
    return {};
  }

  bool read_rule(const std::string& text) {
    PosixText in(text);
    Zone::Rule rule;
    const auto name = in.name();
    const auto offset = name ? in.time(24) : std::nullopt;
    if (!offset) return false;
    rule.standard = offset_of({-*offset, false, *name});
    if (!in.is_at_end()) {
      const auto summer = in.name();
      if (!summer) return false;
      Seconds summer_offset = -*offset + Seconds(kHour);
      if (!in.skip(',')) {
        const auto given = in.time(24);
        if (!given || !in.skip(',')) return false;
        summer_offset = -*given;
      }
      rule.has_summer = true;
      rule.summer = offset_of({summer_offset, true, *summer});
      if (!read_day(in, rule.start) || !in.skip(',') || !read_day(in, rule.end)) return false;
    }
    if (!in.is_at_end()) return false;
    zone.rule_ = rule;
    return true;
  }

  static bool read_day(PosixText& in, Zone::RuleDay& day) {
    using Kind = Zone::RuleDay::Kind;
    std::optional<int> number;
    if (in.skip('M')) {
      const auto month = in.number(1, 12);
      const auto week = month && in.skip('.') ? in.number(1, 5) : std::nullopt;
      number = week && in.skip('.') ? in.number(0, 6) : std::nullopt;
      if (!number) return false;
      day.kind = Kind::weekday_of_month;
      day.month = *month;
      day.week = *week;
    } else {
      day.kind = in.skip('J') ? Kind::julian : Kind::day_of_year;
      number = day.kind == Kind::julian ? in.number(1, 365) : in.number(0, 365);
      if (!number) return false;
    }
    day.day = *number;
    if (!in.skip('/')) return true;
    const auto time = in.time(167);  // version 3: a week in either direction
    if (!time) return false;
    day.time = *time;
    return true;
  }

  std::size_t offset_of(ZoneOffset wanted) {
    const auto found = std::ranges::find(zone.offsets_, wanted);
    if (found != zone.offsets_.end()) return static_cast<std::size_t>(found - zone.offsets_.begin());
    zone.offsets_.push_back(std::move(wanted));
    return zone.offsets_.size() - 1;
  }

  /// Writes the rule out for the years that anyone asks about, so that a look-up is a search in the list.
  void expand() {
    if (!zone.rule_->has_summer) return;
    constexpr int kFrom = 1970;
    constexpr int kUntil = 2100;
    using namespace std::chrono;
    int first = kFrom;
    if (!zone.transitions_.empty()) {
      const auto last = std::max(zone.transitions_.back().at, Instant(sys_days(year(kFrom) / 1 / 1)));
      if (last >= Instant(sys_days(year(kUntil) / 1 / 1))) return;
      first = static_cast<int>(year_month_day(floor<days>(last)).year());
    }
    std::vector<Zone::Transition> more;
    for (int y = first; y <= kUntil; y += 3) {
      const Instant middle = sys_days(year(y) / July / 1);
      for (const Zone::Transition& one : zone.rule_transitions(middle)) {
        if (more.empty() || one.at > more.back().at) {
          more.push_back(one);
        } else if (one.at == more.back().at) {
          more.back() = one;  // a summer that begins as the last one ends
        }
      }
    }
    zone.transitions_.insert(zone.transitions_.end(), more.begin(), more.end());
  }
};

Result<Zone> Zone::parse(std::string name, std::span<const std::uint8_t> bytes) {
  ZoneReader reader;
  auto read = reader.read(bytes);
  if (!read) {
    read.error().detail = "the file of the time zone " + name + " cannot be used: " + read.error().detail;
    return std::unexpected(std::move(read).error());
  }
  reader.zone.name_ = std::move(name);
  return std::move(reader.zone);
}

}  // namespace fettle
