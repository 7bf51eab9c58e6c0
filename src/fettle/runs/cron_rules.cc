#include "fettle/runs/cron_rules.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "fettle/base/text.h"
#include "fettle/base/zone.h"
#include "fettle/runs/fire_rules.h"

namespace fettle::runs {
namespace {

constexpr std::string_view kHelp =
    "write five fields as 30 2 * * *, a name as @daily, or an interval as every 15m";

std::unexpected<TimingFault> fault(std::string field, std::size_t column, std::string detail,
                                   std::string hint) {
  return std::unexpected(TimingFault{std::move(field), column, std::move(detail), std::move(hint), false});
}

/// A word and where it begins, from 0.
struct Word {
  std::string_view text;
  std::size_t at = 0;
};

std::vector<Word> words_of(std::string_view text) {
  std::vector<Word> out;
  std::size_t at = 0;
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (at < text.size()) {
    if (is_space(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && !is_space(text[end])) ++end;
    out.push_back({text.substr(at, end - at), at});
    at = end;
  }
  return out;
}

/// "1h30m", "90 s" without the space.
std::expected<Seconds, TimingFault> parse_length(Word word) {
  Seconds total{0};
  std::size_t at = 0;
  const auto bad = [&](std::string detail) {
    return fault("interval", word.at + at + 1, std::move(detail),
                 "write a number and s, m, h, d or w, as 90m or 1h30m");
  };
  if (word.text.empty()) return bad("the length is missing");
  while (at < word.text.size()) {
    std::int64_t count = 0;
    const char* begin = word.text.data() + at;
    const auto [end, error] = std::from_chars(begin, word.text.data() + word.text.size(), count);
    constexpr std::int64_t kMostCount = 100'000'000;
    if (error != std::errc() || count < 0 || count > kMostCount)
      return bad("a number is missing or too large");
    at += static_cast<std::size_t>(end - begin);
    if (at >= word.text.size()) return bad("the unit is missing");
    constexpr std::string_view kUnits = "smhdw";
    constexpr std::array<std::int64_t, 5> kSeconds{1, 60, 3'600, 86'400, 604'800};
    const std::size_t unit = kUnits.find(word.text[at]);
    if (unit == std::string_view::npos) return bad("the unit is not known");
    total += Seconds(count * kSeconds[unit]);
    if (total > 2 * kLongestInterval) return bad("it is too long: the longest is 366d");
    ++at;
  }
  return total;
}

std::expected<Timing, TimingFault> parse_interval(const std::vector<Word>& words, std::size_t end_column) {
  // "every 15m", "every: 15m", each with "offset 5m" or "+5m" behind it.
  if (words.size() < 2)
    return fault("interval", end_column, "the length is missing", "write for example every 15m");
  Interval out;
  const auto period = parse_length(words[1]);
  if (!period) return std::unexpected(period.error());
  out.period = *period;
  if (out.period < kShortestInterval || out.period > kLongestInterval)
    return fault("interval", words[1].at + 1, "an interval is from 1m to 366d", {});
  std::size_t next = 2;
  if (next < words.size()) {
    Word offset = words[next];
    if (to_lower_ascii(offset.text) == "offset" || offset.text == "+") {
      ++next;
      offset = next < words.size() ? words[next] : Word{"", end_column - 1};
    } else if (offset.text.starts_with('+')) {
      offset = {offset.text.substr(1), offset.at + 1};
    } else {
      return fault("interval", offset.at + 1, "'" + escape_control(offset.text) + "' does not belong here",
                   "an offset is written as every 15m offset 5m");
    }
    const auto length = parse_length(offset);
    if (!length) return std::unexpected(length.error());
    if (*length >= out.period)
      return fault("interval", offset.at + 1, "the offset must be shorter than the interval", {});
    out.offset = *length;
    ++next;
  }
  if (next < words.size())
    return fault("interval", words[next].at + 1, "there is something behind the interval", {});
  return Timing{out, std::nullopt};
}

std::expected<std::string_view, TimingFault> nickname(Word word) {
  struct Name {
    std::string_view name, line;
  };
  constexpr std::array<Name, 7> kNames{{{"@yearly", "0 0 1 1 *"},
                                        {"@annually", "0 0 1 1 *"},
                                        {"@monthly", "0 0 1 * *"},
                                        {"@weekly", "0 0 * * 0"},
                                        {"@daily", "0 0 * * *"},
                                        {"@midnight", "0 0 * * *"},
                                        {"@hourly", "0 * * * *"}}};
  const std::string lower = to_lower_ascii(word.text);
  for (const Name& one : kNames)
    if (one.name == lower) return one.line;
  if (lower == "@reboot")
    return fault("timing", word.at + 1, "@reboot is no time: a schedule of the server begins with a clock",
                 kHelp.data());
  return fault("timing", word.at + 1, "'" + escape_control(truncate_utf8(word.text, 20)) + "' is not known",
               "there are @hourly, @daily, @midnight, @weekly, @monthly, @yearly and @annually");
}

/// A calendar repeats itself after 400 years; a line that matches none of those days never fires.
bool ever_fires(const CronFields& fields) {
  constexpr int kFrom = 2000;
  constexpr int kYears = 400;
  for (int year = kFrom; year < kFrom + kYears; ++year)
    for (unsigned month = 1; month <= 12; ++month)
      if (days_in_month(fields, year, month) != 0) return true;
  return false;
}

std::expected<Timing, TimingFault> parse_cron(const std::vector<Word>& words, std::size_t end_column,
                                              std::uint64_t seed) {
  constexpr std::size_t kFields = 5;
  constexpr std::array<std::string_view, kFields> kNames{"minute", "hour", "day of month", "month",
                                                         "day of week"};
  CronFields fields;
  for (std::size_t i = 0; i < kFields && i < words.size(); ++i) {
    auto parsed = parse_cron_field(fields, static_cast<int>(i), words[i].text, words[i].at + 1, seed);
    if (!parsed) {
      if (words.size() < kFields && parsed.error().hint.empty()) parsed.error().hint = kHelp;
      return std::unexpected(std::move(parsed).error());
    }
  }
  if (words.size() < kFields)
    return fault(std::string(kNames[words.size()]), end_column,
                 "the " + std::string(kNames[words.size()]) + " is missing: there are five fields",
                 std::string(kHelp));
  if (words.size() > kFields)
    return fault("timing", words[kFields].at + 1,
                 "there are more than five fields (minute, hour, day of month, month, day of week)",
                 "seconds and years cannot be given");
  if (!ever_fires(fields)) {
    TimingFault never{"day of month", words[2].at + 1, "it never fires: no year has such a day",
                      "look at the days of the months named", true};
    return std::unexpected(std::move(never));
  }
  return Timing{fields, std::nullopt};
}

}  // namespace

std::expected<Timing, TimingFault> parse_timing(std::string_view text, std::uint64_t seed) {
  if (text.size() > kLongestTiming)
    return fault("timing", kLongestTiming + 1, "it is longer than 256 bytes", std::string(kHelp));
  auto words = words_of(text);
  const std::size_t end_column = text.size() + 1;
  std::optional<std::string> zone;
  if (!words.empty()) {
    for (const std::string_view prefix : {"CRON_TZ=", "TZ="}) {
      if (!words.front().text.starts_with(prefix)) continue;
      zone = std::string(words.front().text.substr(prefix.size()));
      if (!is_zone_name(*zone))
        return fault("time zone", words.front().at + prefix.size() + 1, "that is no name of a time zone",
                     "write for example CRON_TZ=Europe/Berlin");
      words.erase(words.begin());
      break;
    }
  }
  if (words.empty()) return fault("timing", end_column, "there is no timing", std::string(kHelp));
  std::expected<Timing, TimingFault> out;
  const std::string first = to_lower_ascii(words.front().text);
  if (first == "every" || first == "every:" || first == "@every") {
    out = parse_interval(words, end_column);
  } else if (first.starts_with("every:")) {  // every:15m
    constexpr std::size_t kWord = 6;
    std::vector<Word> apart{{words.front().text.substr(0, kWord), words.front().at},
                            {words.front().text.substr(kWord), words.front().at + kWord}};
    apart.insert(apart.end(), words.begin() + 1, words.end());
    out = parse_interval(apart, end_column);
  } else if (first.starts_with('@')) {
    const auto line = nickname(words.front());
    if (!line) return std::unexpected(line.error());
    if (words.size() > 1) return fault("timing", words[1].at + 1, "there is something behind the name", {});
    out = parse_cron(words_of(*line), 1, seed);
  } else {
    out = parse_cron(words, end_column, seed);
  }
  if (out) out->zone = std::move(zone);
  return out;
}

}  // namespace fettle::runs
