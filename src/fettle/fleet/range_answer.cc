#include "fettle/fleet/range_answer.h"

#include <algorithm>
#include <cmath>

#include "fettle/base/json.h"
#include "fettle/fleet/host_dto.h"
#include "fettle/fleet/short_number.h"

namespace fettle::fleet {
namespace {

void append_column(std::string& out, std::string_view name, bool is_wanted,
                   const std::vector<double>& values) {
  out += ",\"";
  out += name;
  out += "\":[";
  for (std::size_t i = 0; is_wanted && i < values.size(); ++i) {
    if (i > 0) out += ',';
    append_short_number(out, values[i]);
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
  if (std::isfinite(value)) append_short_number(out, value);
}

}  // namespace

std::optional<WantedValues> WantedValues::parse(std::string_view text) {
  WantedValues out{false, false, false};
  for (;;) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view word = text.substr(0, end);
    bool* const wanted = word == "mean"  ? &out.mean
                         : word == "min" ? &out.min
                         : word == "max" ? &out.max
                                         : nullptr;
    if (wanted == nullptr) return std::nullopt;
    *wanted = true;
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
  }
}

std::string range_to_json(const metrics::RangeAnswer& answer, std::string_view host_id, WantedValues wanted) {
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
    append_column(out, "mean", wanted.mean, series.mean);
    append_column(out, "min", wanted.min, series.min);
    append_column(out, "max", wanted.max, series.max);
    out += '}';
  }
  out += "]}";
  return out;
}

std::string range_to_csv(const metrics::RangeAnswer& answer, WantedValues wanted) {
  std::string out = "time";
  const auto append_name = [&out](bool is_wanted, const std::string& name) {
    if (!is_wanted) return;
    out += ',';
    append_csv_text(out, name);
  };
  for (const metrics::RangeSeries& series : answer.series) {
    append_name(wanted.mean, series.entry.key + " mean");
    append_name(wanted.min, series.entry.key + " min");
    append_name(wanted.max, series.entry.key + " max");
  }
  out += "\r\n";
  for (std::size_t i = 0; i < answer.times_ms.size(); ++i) {
    out += format_time(wall_from_unix_ms(answer.times_ms[i]));
    for (const metrics::RangeSeries& series : answer.series) {
      if (wanted.mean) append_csv_number(out, series.mean[i]);
      if (wanted.min) append_csv_number(out, series.min[i]);
      if (wanted.max) append_csv_number(out, series.max[i]);
    }
    out += "\r\n";
  }
  return out;
}

}  // namespace fettle::fleet
