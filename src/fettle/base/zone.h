// A time zone as its TZif file tells it (RFC 8536, versions 1 to 3, with the rule for the time after the last
// transition). A pure reader: whoever has the files hands in their bytes. Immutable; any thread.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/base/time.h"

namespace fettle {

/// An instant, to the second; and what clocks on walls of a zone show, as if it were UTC.
using Instant = std::chrono::sys_seconds;
using LocalTime = std::chrono::local_seconds;

/// A file is refused beyond this; the largest of the tz database has 4 KB.
inline constexpr std::size_t kMostZoneBytes = 64 * 1024;

/// Whether a zone may be asked for by this name: what the tz database uses ("Europe/Berlin", "Etc/GMT+5"),
/// and nothing that walks through folders.
bool is_zone_name(std::string_view name);

struct ZoneOffset {
  Seconds utc_offset{0};  // local time minus UTC
  bool is_dst = false;
  std::string abbreviation = "UTC";
  friend bool operator==(const ZoneOffset&, const ZoneOffset&) = default;
};

/// From `at` on `after` holds; what held until then is `before`. The offset may be the same.
struct ZoneChange {
  Instant at;
  Seconds before{0}, after{0};
};

/// When clocks show a local time.
struct LocalInstants {
  enum class Kind : std::uint8_t {
    once,
    gap,     // never: `first` is the first instant after it
    repeat,  // twice or more: the first and the last
  };
  Kind kind = Kind::once;
  Instant first, last;
};

class Zone {
 public:
  /// UTC, which needs no file.
  Zone();
  /// `unprocessable` "bad_zone_file": not TZif, cut short, contradicting itself, or counting leap seconds.
  static Result<Zone> parse(std::string name, std::span<const std::uint8_t> bytes);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const ZoneOffset& at(Instant instant) const;
  [[nodiscard]] LocalTime local(Instant instant) const;
  /// The first change after `instant`; changes that leave the offset as it is are passed over. None when
  /// there is none in the next two years, in zones that change no more.
  [[nodiscard]] std::optional<ZoneChange> next_change(Instant instant) const;
  /// The last change at or before `instant`, within three days before it.
  [[nodiscard]] std::optional<ZoneChange> recent_change(Instant instant) const;
  [[nodiscard]] LocalInstants instants(LocalTime local) const;
  /// The first instant at which clocks show `local` or later: what a fixed time of day means. Grows with
  /// `local`.
  [[nodiscard]] Instant first_at_or_after(LocalTime local) const;

 private:
  friend class ZoneReader;
  /// One day of the year on which a rule changes the offset (POSIX TZ).
  struct RuleDay {
    enum class Kind : std::uint8_t { julian, day_of_year, weekday_of_month } kind = Kind::julian;
    int day = 0, week = 0, month = 0;
    Seconds time{2 * 3600};
  };
  /// What holds after the last transition.
  struct Rule {
    std::size_t standard = 0, summer = 0;  // of offsets_
    bool has_summer = false;
    RuleDay start, end;
  };
  struct Transition {
    Instant at;
    std::size_t offset = 0;  // of offsets_
  };

  [[nodiscard]] static Instant rule_instant(const RuleDay& day, int year, Seconds utc_offset);
  /// Transitions of the rule in the years around, in order, after the last of the list.
  [[nodiscard]] std::vector<Transition> rule_transitions(Instant around) const;
  [[nodiscard]] std::size_t offset_index(Instant instant) const;
  /// The transitions in [from, to], with what held before the first.
  [[nodiscard]] std::vector<ZoneChange> changes(Instant from, Instant to) const;

  std::string name_ = "UTC";
  std::vector<ZoneOffset> offsets_{ZoneOffset{}};
  std::vector<Transition> transitions_;
  std::size_t first_offset_ = 0;  // before the first transition
  std::optional<Rule> rule_;
};

}  // namespace fettle
