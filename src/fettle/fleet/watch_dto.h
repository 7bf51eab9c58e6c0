// What the routes of thresholds, uptime and the overview take and give. Plain described structs.
#pragma once
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/id.h"
#include "fettle/base/time.h"
#include "fettle/fleet/threshold.h"
#include "fettle/fleet/uptime_rules.h"

namespace fettle::fleet {

BOOST_DESCRIBE_ENUM(ThresholdScope, standard, environment, label, host)
BOOST_DESCRIBE_ENUM(SpanState, waiting, online, offline, unknown)

/// What is watched, with the values that hold where nobody says otherwise.
struct WatchKindDto {
  std::string kind, summary, unit;
  bool is_below = false;    // worse the less it is
  bool has_limits = false;  // else it is only watched or not
  std::optional<double> warning, error;
  std::int64_t hold_seconds = 0;
  double least = 0, most = 0;  // what a limit may be set to
};
BOOST_DESCRIBE_STRUCT(WatchKindDto, (),
                      (kind, summary, unit, is_below, has_limits, warning, error, hold_seconds, least, most))

struct ThresholdDto {
  ThresholdId id;
  EnvironmentId environment_id;
  std::optional<HostId> host_id;
  std::optional<std::string> label, target;
  std::string kind;
  std::optional<double> warning, error;
  std::optional<std::int64_t> hold_seconds;
  std::optional<bool> is_watched;
  WallTime changed_at;
  std::string changed_by, etag;
};
BOOST_DESCRIBE_STRUCT(ThresholdDto, (),
                      (id, environment_id, host_id, label, target, kind, warning, error, hold_seconds,
                       is_watched, changed_at, changed_by, etag))

struct NewThresholdDto {
  EnvironmentId environment_id;
  std::optional<HostId> host_id;
  std::optional<std::string> label, target;
  std::string kind;
  std::optional<double> warning, error;
  std::optional<std::int64_t> hold_seconds;
  std::optional<bool> is_watched;
};
BOOST_DESCRIBE_STRUCT(NewThresholdDto, (),
                      (environment_id, host_id, label, target, kind, warning, error, hold_seconds,
                       is_watched))

struct ThresholdValuesDto {
  std::optional<double> warning, error;
  std::optional<std::int64_t> hold_seconds;
  std::optional<bool> is_watched;
};
BOOST_DESCRIBE_STRUCT(ThresholdValuesDto, (), (warning, error, hold_seconds, is_watched))

struct SettledNumberDto {
  std::optional<double> value;  // null: no limit
  ThresholdScope scope = ThresholdScope::standard;
  std::optional<ThresholdId> threshold_id;
};
BOOST_DESCRIBE_STRUCT(SettledNumberDto, (), (value, scope, threshold_id))
struct SettledSwitchDto {
  bool value = true;
  ThresholdScope scope = ThresholdScope::standard;
  std::optional<ThresholdId> threshold_id;
};
BOOST_DESCRIBE_STRUCT(SettledSwitchDto, (), (value, scope, threshold_id))

struct EffectiveThresholdDto {
  std::string kind;
  std::optional<std::string> target;  // null: all that have none of their own
  SettledNumberDto warning, error, hold_seconds;
  SettledSwitchDto is_watched;
};
BOOST_DESCRIBE_STRUCT(EffectiveThresholdDto, (), (kind, target, warning, error, hold_seconds, is_watched))

struct ThresholdsQuery {
  std::optional<std::string> environment;
};
BOOST_DESCRIBE_STRUCT(ThresholdsQuery, (), (environment))

struct StateSpanDto {
  WallTime from, to;
  SpanState state = SpanState::unknown;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(StateSpanDto, (), (from, to, state, reason))

struct UptimeDto {
  std::int64_t hours = 0;
  std::optional<double> percent;  // of what is known; null when nothing is
  std::int64_t online_ms = 0, offline_ms = 0, unknown_ms = 0;
};
BOOST_DESCRIBE_STRUCT(UptimeDto, (), (hours, percent, online_ms, offline_ms, unknown_ms))

struct UptimeAnswerDto {
  HostId host_id;
  WallTime from, to;
  std::vector<UptimeDto> uptime;    // over 24 h, 7 d and 30 d
  std::vector<StateSpanDto> spans;  // the newest 500
};
BOOST_DESCRIBE_STRUCT(UptimeAnswerDto, (), (host_id, from, to, uptime, spans))

struct UptimeQuery {
  std::optional<WallTime> from, to;  // of the spans; default: the last 24 h
};
BOOST_DESCRIBE_STRUCT(UptimeQuery, (), (from, to))

struct OverviewDto {
  std::uint64_t hosts = 0, online = 0, late = 0, offline = 0, waiting = 0;
  std::uint64_t condition_errors = 0, condition_warnings = 0;  // that ask for someone
  std::uint64_t conditions_quiet = 0;                          // acknowledged or silenced
  std::uint64_t errors_24h = 0;
};
BOOST_DESCRIBE_STRUCT(OverviewDto, (),
                      (hosts, online, late, offline, waiting, condition_errors, condition_warnings,
                       conditions_quiet, errors_24h))

}  // namespace fettle::fleet
