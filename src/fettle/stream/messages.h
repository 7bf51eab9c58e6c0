// Every message of the stream: one struct each, one schema each in the OpenAPI document (T13). `at` is
// milliseconds since the epoch.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fettle/base/json.h"

namespace fettle::stream {

struct StreamHello {
  std::string connection, epoch;
  std::int64_t tick_ms = 0;  // the least time between two frames of the fleet
  std::vector<std::string> topics;
  std::string version;
  std::int64_t now = 0;
};

/// One row: number, state (0 waiting, 1 online, 2 late, 3 offline), cpu, memory, disk in tenths of a percent,
/// received and sent bytes a second; -1 where unknown. An array of integers on the wire, at most 40 bytes
/// (T15): rates of ten million and more are rounded to four digits and written as `1235e4`.
using FleetRow = std::array<std::int64_t, 7>;
struct FleetStatus {
  std::string environment_id;
  std::int64_t at = 0;
  std::vector<FleetRow> hosts;
};

struct StatusChange {
  std::int64_t at = 0;
  std::string what;  // "host", "inventory"
  std::string environment_id, host_id, name, from, to, reason;
};

/// All values of one host, in the order of its layout (GET /api/v1/hosts/{id}/layout). NaN is written as
/// null.
struct MetricUpdate {
  std::string host_id;
  std::int64_t at = 0;
  std::string layout;
  std::int64_t interval_ms = 0;
  std::vector<double> values;
};

/// An entry of the event log as GET /api/v1/events gives it, already as JSON.
struct EventMessage {
  std::string json;
};

/// A condition that opened, changed or closed, as GET /api/v1/conditions gives it, already as JSON. On the
/// topic "events".
struct ConditionMessage {
  std::string json;
};

/// A line of the server's log as GET /api/v1/logs gives it, already as JSON (topic `logs`).
struct LogMessage {
  std::string json;
};

/// What `runs` says, already as JSON: a run that changed (topics "runs" and "run:<id>"), lines of its log
/// ("run:<id>"), and the server's own run step by step ("runs" of `system`).
struct RunMessage {
  std::string json;
};
struct RunLogMessage {
  std::string json;
};
struct MaintenanceProgress {
  std::string json;
};
struct MaintenanceComplete {
  std::string json;
};

struct Resync {
  // "window": what was missed is no longer kept, or the id was not ours; "slow": the connection took too
  // little; "restart": the id is of an earlier life of the server; "scope": other environments than before.
  std::string reason;
};

using Message =
    std::variant<StreamHello, FleetStatus, StatusChange, MetricUpdate, EventMessage, ConditionMessage,
                 LogMessage, RunMessage, RunLogMessage, MaintenanceProgress, MaintenanceComplete, Resync>;

/// The `event:` name, e.g. "metric_update".
std::string_view message_type(const Message& message);
/// Appends the one JSON line of its `data:` field. Values are rounded to six significant digits.
void append_message(std::string& out, const Message& message);
/// Adds the schemas by the names used in the OpenAPI document: StreamHello, StreamFleetStatus,
/// StreamStatusChange, StreamMetricUpdate, StreamResync. (StreamEvent and StreamCondition are added by
/// `events`, whose objects they are, StreamLogEntry by `logs`, StreamRunUpdate and its kin by `runs`.)
void add_message_schemas(SchemaBook& book);

/// The parts of a fleet_status: head, rows with commas between, end. The hub puts rows together anew for who
/// missed some.
void append_fleet_status_head(std::string& out, std::string_view environment_id, std::int64_t at);
void append_fleet_row(std::string& out, const FleetRow& row);
constexpr std::string_view kFleetStatusEnd = "]}";

}  // namespace fettle::stream
