// What the fleet's routes take and give (http: docs/api; names are the API's). Plain described structs.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/id.h"
#include "fettle/base/time.h"
#include "fettle/fleet/enrolment.h"
#include "fettle/fleet/host.h"
#include "fettle/metrics/catalog.h"
#include "fettle/net/router.h"
#include "fettle/wire/messages.h"

// What the API spells out of other modules' enumerations; the document lists their values.
namespace fettle::metrics {
BOOST_DESCRIBE_ENUM(Unit, percent, bytes, bytes_per_second, per_second, count, seconds, load, celsius)
}
namespace fettle::wire {
BOOST_DESCRIBE_ENUM(SeriesKind, gauge, counter, unknown)
}

namespace fettle::fleet {

BOOST_DESCRIBE_ENUM(HostState, waiting, online, late, offline)
BOOST_DESCRIBE_ENUM(EnrolmentState, waiting, used, expired)

struct MachineDto {
  std::string hostname, os, kernel, architecture, cpu_model;
  std::uint32_t cores = 0;
  std::uint64_t memory_bytes = 0;
  std::string boot_id;
  std::optional<WallTime> booted_at;
  std::string virtualization;
};
BOOST_DESCRIBE_STRUCT(MachineDto, (),
                      (hostname, os, kernel, architecture, cpu_model, cores, memory_bytes, boot_id, booted_at,
                       virtualization))

struct AgentDto {
  std::string version, protocol;
  WallTime started_at;
  bool outdated = false;  // older than this server
};
BOOST_DESCRIBE_STRUCT(AgentDto, (), (version, protocol, started_at, outdated))

/// What runs of the plan `command` may name on this host.
struct HostCommandsDto {
  std::vector<std::string> names;
  bool is_known = false;  // its agent has said so since this server started
};
BOOST_DESCRIBE_STRUCT(HostCommandsDto, (), (names, is_known))

struct RefusalDto {
  WallTime at;
  std::string code, detail, address;
};
BOOST_DESCRIBE_STRUCT(RefusalDto, (), (at, code, detail, address))

struct UnitsDto {
  std::vector<std::string> failed;  // the first 64
  std::uint32_t failed_total = 0;
};
BOOST_DESCRIBE_STRUCT(UnitsDto, (), (failed, failed_total))

struct SummaryDto {
  std::int64_t at = 0;
  std::optional<double> cpu_percent, memory_percent, disk_percent;
  std::optional<std::string> disk_mount;
  std::optional<double> rx_bytes_per_second, tx_bytes_per_second;
  std::optional<double> agent_cpu_percent, agent_memory_bytes;  // what the agent itself costs
};
BOOST_DESCRIBE_STRUCT(SummaryDto, (),
                      (at, cpu_percent, memory_percent, disk_percent, disk_mount, rx_bytes_per_second,
                       tx_bytes_per_second, agent_cpu_percent, agent_memory_bytes))

struct HostDto {
  HostId id;
  std::uint32_t number = 0;
  EnvironmentId environment_id;
  std::string name;
  HostState state = HostState::waiting;
  WallTime state_since;
  std::string state_reason;
  std::optional<WallTime> last_seen_at;
  WallTime enrolled_at;
  std::map<std::string, std::string> labels;  // all; what was given by hand wins
  std::map<std::string, std::string> labels_by_hand;
  std::map<std::string, std::string> labels_by_agent;  // of its configuration
  std::int64_t revision = 0;                           // of name, labels and environment; the ETag
  std::optional<WallTime> locked_at;                   // two agents with its identity were seen
  std::optional<RefusalDto> refusal;                   // of its agent, until it is welcome again
  std::optional<WallTime> key_changed_at;
  std::optional<UnitsDto> units;  // nothing where there is no systemd
  std::int64_t interval_ms = 0;
  std::optional<std::int64_t> clock_skew_ms;
  bool clock_skewed = false;
  std::uint64_t dropped_heartbeats = 0;
  std::optional<AgentDto> agent;
  std::optional<MachineDto> machine;
  std::optional<std::string> address;
  std::optional<SummaryDto> summary;
};
BOOST_DESCRIBE_STRUCT(HostDto, (),
                      (id, number, environment_id, name, state, state_since, state_reason, last_seen_at,
                       enrolled_at, labels, labels_by_hand, labels_by_agent, revision, locked_at, refusal,
                       key_changed_at, units, interval_ms, clock_skew_ms, clock_skewed, dropped_heartbeats,
                       agent, machine, address, summary))

struct HostListQuery {
  std::optional<std::string> environment;  // id or name
  std::optional<std::uint32_t> limit;
  std::optional<std::string> cursor;
};
BOOST_DESCRIBE_STRUCT(HostListQuery, (), (environment, limit, cursor))

struct EnvironmentQuery {
  std::optional<std::string> environment;  // id or name
};
BOOST_DESCRIBE_STRUCT(EnvironmentQuery, (), (environment))

struct SeriesInfoDto {
  std::string key, metric, label;
  metrics::Unit unit = metrics::Unit::count;
  wire::SeriesKind kind = wire::SeriesKind::gauge;
};
BOOST_DESCRIBE_STRUCT(SeriesInfoDto, (), (key, metric, label, unit, kind))

struct LayoutDto {
  std::string layout;
  std::vector<SeriesInfoDto> series;
};
BOOST_DESCRIBE_STRUCT(LayoutDto, (), (layout, series))

/// What range_answer.h writes, for the document: one value a time, null where there is a gap; nothing where
/// `values` did not ask for it.
struct SeriesColumnsDto {
  std::string key, metric, label;
  metrics::Unit unit = metrics::Unit::count;
  wire::SeriesKind kind = wire::SeriesKind::gauge;
  std::vector<std::optional<double>> mean, min, max;
};
BOOST_DESCRIBE_STRUCT(SeriesColumnsDto, (), (key, metric, label, unit, kind, mean, min, max))

struct SeriesAnswerDto {
  HostId host_id;
  std::int64_t from = 0, to = 0;
  std::string tier;
  std::int64_t step_ms = 0;
  std::vector<std::int64_t> times;
  std::vector<SeriesColumnsDto> series;
};
BOOST_DESCRIBE_STRUCT(SeriesAnswerDto, (), (host_id, from, to, tier, step_ms, times, series))

struct RangeRequest {
  std::optional<std::int64_t> from, to;  // milliseconds since the epoch; default: the last hour
  std::optional<std::uint32_t> points;   // 1 to 2,000; default 600
  std::optional<std::string> keys;       // separated by commas; default: all
  std::optional<std::string> values;     // of mean, min, max, separated by commas; default: all
  std::optional<std::string> format;     // "json" or "csv"
};
BOOST_DESCRIBE_STRUCT(RangeRequest, (), (from, to, points, keys, values, format))

struct SparklineQuery {
  std::optional<std::string> environment;
  std::optional<std::uint32_t> points;  // 1 to 120; default 30
};
BOOST_DESCRIBE_STRUCT(SparklineQuery, (), (environment, points))

struct SparklineDto {
  std::uint32_t number = 0;
  std::vector<std::optional<double>> cpu_percent, rx, tx;
};
BOOST_DESCRIBE_STRUCT(SparklineDto, (), (number, cpu_percent, rx, tx))

struct SparklinesDto {
  std::int64_t step_ms = 0;
  std::vector<std::int64_t> times;
  std::vector<SparklineDto> hosts;
};
BOOST_DESCRIBE_STRUCT(SparklinesDto, (), (step_ms, times, hosts))

struct HostEditDto {
  std::optional<std::string> name;
  std::optional<std::map<std::string, std::string>> labels;  // all that are given by hand
};
BOOST_DESCRIBE_STRUCT(HostEditDto, (), (name, labels))

struct HostLabelsDto {
  std::vector<HostId> host_ids;            // at most 500
  std::map<std::string, std::string> set;  // given to each by hand
  std::vector<std::string> remove;         // keys; those of the agent's configuration stay
};
BOOST_DESCRIBE_STRUCT(HostLabelsDto, (), (host_ids, set, remove))

struct HostLabelsFailureDto {
  HostId host_id;
  std::string code, detail;
};
BOOST_DESCRIBE_STRUCT(HostLabelsFailureDto, (), (host_id, code, detail))

struct HostLabelsAnswerDto {
  std::uint32_t changed = 0, unchanged = 0;
  std::vector<HostLabelsFailureDto> failed;
};
BOOST_DESCRIBE_STRUCT(HostLabelsAnswerDto, (), (changed, unchanged, failed))

struct HostMoveDto {
  EnvironmentId environment_id;
};
BOOST_DESCRIBE_STRUCT(HostMoveDto, (), (environment_id))

struct AgentVersionDto {
  std::string version;
  std::uint32_t hosts = 0;
  bool outdated = false;
};
BOOST_DESCRIBE_STRUCT(AgentVersionDto, (), (version, hosts, outdated))

struct AgentVersionsDto {
  std::string server_version;
  std::uint32_t unknown = 0;  // hosts whose agent was never here
  std::vector<AgentVersionDto> versions;
};
BOOST_DESCRIBE_STRUCT(AgentVersionsDto, (), (server_version, unknown, versions))

struct NewEnrolmentToken {
  std::optional<EnvironmentId> environment_id;
  std::optional<std::string> name;
};
BOOST_DESCRIBE_STRUCT(NewEnrolmentToken, (), (environment_id, name))

struct EnrolmentTokenDto {
  EnrolmentId id;
  std::optional<std::string> token;  // shown once, when it is made
  EnvironmentId environment_id;
  EnrolmentState state = EnrolmentState::waiting;
  WallTime expires_at;
  std::optional<HostId> host_id;
  std::optional<std::string> install_command;  // where nothing is there yet
  std::optional<std::string> command, hint;    // where the program is there already
  /// With the token: where agents reach the server, and the pin of a certificate of the server's own making
  /// ("sha256:..."), which the token carries as well.
  std::optional<std::string> public_url, certificate_pin;
};
BOOST_DESCRIBE_STRUCT(EnrolmentTokenDto, (),
                      (id, token, environment_id, state, expires_at, host_id, install_command, command, hint,
                       public_url, certificate_pin))

struct EnrolRequest {
  std::string token, public_key, name;  // public_key: base64 of 32 bytes
  std::optional<JsonText> machine;      // as MachineDto; what a newer agent adds is passed over
};
BOOST_DESCRIBE_STRUCT(EnrolRequest, (), (token, public_key, name, machine))

struct EnrolAnswer {
  HostId host_id;
  std::string name;
  EnvironmentId environment_id;
  std::string server_id;
};
BOOST_DESCRIBE_STRUCT(EnrolAnswer, (), (host_id, name, environment_id, server_id))

}  // namespace fettle::fleet
