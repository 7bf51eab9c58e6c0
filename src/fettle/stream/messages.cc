#include "fettle/stream/messages.h"

#include <charconv>
#include <cmath>

#include "fettle/base/json_codec.h"

namespace fettle::stream {

BOOST_DESCRIBE_STRUCT(StreamHello, (), (connection, epoch, tick_ms, topics, version, now))
BOOST_DESCRIBE_STRUCT(FleetStatus, (), (environment_id, at, hosts))
BOOST_DESCRIBE_STRUCT(StatusChange, (), (at, what, environment_id, host_id, name, from, to, reason))
/// MetricUpdate as its schema shows it: written by hand below, with null for what is not a number.
struct MetricUpdateShape {
  std::string host_id;
  std::int64_t at = 0;
  std::string layout;
  std::int64_t interval_ms = 0;
  std::vector<std::optional<double>> values;
};
BOOST_DESCRIBE_STRUCT(MetricUpdateShape, (), (host_id, at, layout, interval_ms, values))
BOOST_DESCRIBE_STRUCT(Resync, (), (reason))

namespace {

constexpr int kSignificantDigits = 6;
/// Whole numbers from here on lose digits when rounded to six.
constexpr double kExactBelow = 1e6;
/// Rates of ten million bytes a second and more are written as `1235e4`, so that a row stays within 40 bytes.
constexpr std::int64_t kPlainBelow = 10'000'000;
constexpr std::int64_t kFourDigits = 10'000;

void append_integer(std::string& out, std::int64_t value) {
  std::array<char, 20> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

/// The same number to four significant digits, as JSON, without a decimal point.
void append_rate(std::string& out, std::int64_t value) {
  if (value < kPlainBelow) return append_integer(out, value);
  int exponent = 0;
  std::int64_t scale = 1;
  while (value / scale >= kFourDigits) scale *= 10, ++exponent;
  std::int64_t mantissa = value / scale + (value % scale >= scale / 2 ? 1 : 0);
  if (mantissa == kFourDigits) mantissa /= 10, ++exponent;
  append_integer(out, mantissa);
  out += 'e';
  append_integer(out, exponent);
}

void append_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
  } else if (std::abs(value) < kExactBelow && value == std::trunc(value)) {
    append_integer(out, static_cast<std::int64_t>(value));
  } else {
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                   std::chars_format::general, kSignificantDigits);
    out.append(digits.data(), end.ptr);
  }
}

void append_metric_update(std::string& out, const MetricUpdate& update) {
  out += R"({"host_id":)";
  append_json_string(out, update.host_id);
  out += R"(,"at":)";
  append_integer(out, update.at);
  out += R"(,"layout":)";
  append_json_string(out, update.layout);
  out += R"(,"interval_ms":)";
  append_integer(out, update.interval_ms);
  out += R"(,"values":[)";
  for (std::size_t i = 0; i < update.values.size(); ++i) {
    if (i > 0) out += ',';
    append_number(out, update.values[i]);
  }
  out += "]}";
}

}  // namespace

void append_fleet_row(std::string& out, const FleetRow& row) {
  out += '[';
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) out += ',';
    append_rate(out, row[i]);
  }
  out += ']';
}

void append_fleet_status_head(std::string& out, std::string_view environment_id, std::int64_t at) {
  out += R"({"environment_id":)";
  append_json_string(out, environment_id);
  out += R"(,"at":)";
  append_integer(out, at);
  out += R"(,"hosts":[)";
}

void append_fleet_status(std::string& out, const FleetStatus& status) {
  append_fleet_status_head(out, status.environment_id, status.at);
  for (std::size_t i = 0; i < status.hosts.size(); ++i) {
    if (i > 0) out += ',';
    append_fleet_row(out, status.hosts[i]);
  }
  out += kFleetStatusEnd;
}

std::string_view message_type(const Message& message) {
  struct Name {
    std::string_view operator()(const StreamHello&) { return "hello"; }
    std::string_view operator()(const FleetStatus&) { return "fleet_status"; }
    std::string_view operator()(const StatusChange&) { return "status_change"; }
    std::string_view operator()(const MetricUpdate&) { return "metric_update"; }
    std::string_view operator()(const EventMessage&) { return "event"; }
    std::string_view operator()(const LogMessage&) { return "log_entry"; }
    std::string_view operator()(const ConditionMessage&) { return "condition"; }
    std::string_view operator()(const RunMessage&) { return "run_update"; }
    std::string_view operator()(const RunLogMessage&) { return "run_log"; }
    std::string_view operator()(const MaintenanceProgress&) { return "maintenance_progress"; }
    std::string_view operator()(const MaintenanceComplete&) { return "maintenance_complete"; }
    std::string_view operator()(const Resync&) { return "resync"; }
  };
  return std::visit(Name{}, message);
}

void append_message(std::string& out, const Message& message) {
  struct Writer {
    std::string& out;
    void operator()(const StreamHello& hello) { append_json(out, hello); }
    void operator()(const FleetStatus& status) { append_fleet_status(out, status); }
    void operator()(const StatusChange& change) { append_json(out, change); }
    void operator()(const MetricUpdate& update) { append_metric_update(out, update); }
    void operator()(const EventMessage& event) { out += event.json; }
    void operator()(const LogMessage& line) { out += line.json; }
    void operator()(const ConditionMessage& condition) { out += condition.json; }
    void operator()(const RunMessage& message) { out += message.json; }
    void operator()(const RunLogMessage& message) { out += message.json; }
    void operator()(const MaintenanceProgress& message) { out += message.json; }
    void operator()(const MaintenanceComplete& message) { out += message.json; }
    void operator()(const Resync& resync) { append_json(out, resync); }
  };
  std::visit(Writer{out}, message);
}

namespace {

template <class T>
void add_schema_as(SchemaBook& book, std::string name) {
  SchemaBook own;
  schema_of<T>(own);
  FETTLE_CHECK(own.size() == 1, "a message refers to no other schema");
  book.emplace_back(std::move(name), std::move(own.front().second));
}

}  // namespace

void add_message_schemas(SchemaBook& book) {
  add_schema_as<StreamHello>(book, "StreamHello");
  add_schema_as<FleetStatus>(book, "StreamFleetStatus");
  add_schema_as<StatusChange>(book, "StreamStatusChange");
  add_schema_as<MetricUpdateShape>(book, "StreamMetricUpdate");
  add_schema_as<Resync>(book, "StreamResync");
}

}  // namespace fettle::stream

FETTLE_JSON(fettle::stream::StreamHello)
FETTLE_JSON(fettle::stream::FleetStatus)
FETTLE_JSON(fettle::stream::StatusChange)
FETTLE_JSON(fettle::stream::MetricUpdateShape)
FETTLE_JSON(fettle::stream::Resync)
