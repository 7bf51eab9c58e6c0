#include "fettle/fleet/range_answer.h"

#include <cmath>

#include "fettle/base/json.h"
#include "fettle/fleet/host_dto.h"

namespace fettle::fleet {
namespace {

/// Six significant digits are more than a chart can show and half the bytes.
double rounded(double value) {
  if (!std::isfinite(value) || value == 0) return value;
  const double digits = 5 - std::floor(std::log10(std::abs(value)));
  const double scale =
      std::pow(10.0, std::abs(digits));  // a whole power of ten, so that large values stay whole
  if (!std::isfinite(scale)) return value;
  return digits >= 0 ? std::round(value * scale) / scale : std::round(value / scale) * scale;
}

void append_column(std::string& out, std::string_view name, const std::vector<double>& values) {
  out += ",\"";
  out += name;
  out += "\":[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ',';
    append_json_number(out, rounded(values[i]));
  }
  out += ']';
}

void append_text(std::string& out, std::string_view name, std::string_view value) {
  out += '"';
  out += name;
  out += "\":";
  append_json_string(out, value);
}

void append_csv_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_csv_number(std::string& out, double value) {
  out += ',';
  if (std::isfinite(value)) append_json_number(out, rounded(value));
}

}  // namespace

std::string range_to_json(const metrics::RangeAnswer& answer, std::string_view host_id) {
  std::string out = "{";
  append_text(out, "host_id", host_id);
  out += ",\"from\":" + std::to_string(answer.from_ms) + ",\"to\":" + std::to_string(answer.to_ms) + ",";
  append_text(out, "tier", answer.tier);
  out += ",\"step_ms\":" + std::to_string(answer.step_ms) + ",\"times\":[";
  for (std::size_t i = 0; i < answer.times_ms.size(); ++i) {
    if (i > 0) out += ',';
    out += std::to_string(answer.times_ms[i]);
  }
  out += "],\"series\":[";
  bool is_first = true;
  for (const metrics::RangeSeries& series : answer.series) {
    out += is_first ? "{" : ",{";
    is_first = false;
    append_text(out, "key", series.entry.key);
    out += ',';
    append_text(out, "metric", series.entry.metric);
    out += ',';
    append_text(out, "label", series.entry.label);
    out += ',';
    append_text(out, "unit", unit_name(series.entry.unit));
    out += ',';
    append_text(out, "kind", kind_name(series.entry.kind));
    append_column(out, "mean", series.mean);
    append_column(out, "min", series.min);
    append_column(out, "max", series.max);
    out += '}';
  }
  out += "]}";
  return out;
}

std::string range_to_csv(const metrics::RangeAnswer& answer) {
  std::string out = "time";
  for (const metrics::RangeSeries& series : answer.series) {
    for (const std::string_view kind : {" mean", " min", " max"}) {
      out += ',';
      append_csv_text(out, series.entry.key + std::string(kind));
    }
  }
  out += "\r\n";
  for (std::size_t i = 0; i < answer.times_ms.size(); ++i) {
    out += format_time(wall_from_unix_ms(answer.times_ms[i]));
    for (const metrics::RangeSeries& series : answer.series) {
      append_csv_number(out, series.mean[i]);
      append_csv_number(out, series.min[i]);
      append_csv_number(out, series.max[i]);
    }
    out += "\r\n";
  }
  return out;
}

}  // namespace fettle::fleet
