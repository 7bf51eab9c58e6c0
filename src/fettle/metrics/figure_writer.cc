#include "fettle/metrics/figure_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "fettle/base/check.h"
#include "fettle/base/text.h"

namespace fettle::metrics {
namespace {

bool is_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::ranges::all_of(name, fits);
}

/// Help and label values; the quote is escaped in both, which HELP of 0.0.4 would show as it is: our own help
/// texts have none.
void append_escaped(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode_code_point(text, at);
    if (!point.is_valid) {
      append_utf8(out, point.value);
    } else if (text[at] == '\\') {
      out += "\\\\";
    } else if (text[at] == '\n') {
      out += "\\n";
    } else if (text[at] == '"') {
      out += "\\\"";
    } else {
      out += text.substr(at, point.size);
    }
    at += point.size;
  }
}

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

/// The q of the first range that names `type`, or -1; 1 where none is given.
double quality_of(std::string_view accept, std::string_view type) {
  for (const std::string_view range : split(accept, ',')) {
    const auto parts = split(range, ';');
    if (!equals_ignoring_case(trim(parts[0]), type)) continue;
    for (const std::string_view part : parts) {
      const std::string_view parameter = trim(part);
      if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
      // RFC 9110 section 12.4.2: 0, 1, or up to three digits behind the point.
      double quality = 0;
      double place = 1;
      for (const char c : parameter.substr(2)) {
        if (c == '.') continue;
        if (c < '0' || c > '9') return 0;
        quality += (c - '0') * place;
        place /= 10;
      }
      return std::min(quality, 1.0);
    }
    return 1;
  }
  return -1;
}

}  // namespace

FigureFormat choose_figure_format(std::string_view accept) {
  const double openmetrics = quality_of(accept, "application/openmetrics-text");
  return openmetrics > 0 && openmetrics >= quality_of(accept, "text/plain") ? FigureFormat::openmetrics
                                                                            : FigureFormat::prometheus;
}

std::string_view content_type(FigureFormat format) {
  return format == FigureFormat::openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                             : "text/plain; version=0.0.4; charset=utf-8";
}

void FigureWriter::begin(std::string_view name, std::string_view unit, std::string_view help,
                         std::string_view type) {
  FETTLE_CHECK(is_name(name) && !name.ends_with("_total") && name.ends_with(unit), name);
  FETTLE_CHECK(names_.emplace(name).second, name);
  sample_name_ = name;
  if (type == "counter") sample_name_ += "_total";
  const std::string_view family =
      format_ == FigureFormat::openmetrics ? name : std::string_view(sample_name_);
  fmt::format_to(std::back_inserter(text_), "# TYPE {} {}\n", family, type);
  if (format_ == FigureFormat::openmetrics && !unit.empty())
    fmt::format_to(std::back_inserter(text_), "# UNIT {} {}\n", family, unit);
  fmt::format_to(std::back_inserter(text_), "# HELP {} ", family);
  append_escaped(text_, help);
  text_ += '\n';
}

void FigureWriter::begin_gauge(std::string_view name, std::string_view unit, std::string_view help) {
  begin(name, unit, help, "gauge");
}
void FigureWriter::begin_counter(std::string_view name, std::string_view unit, std::string_view help) {
  begin(name, unit, help, "counter");
}

void FigureWriter::add(std::span<const FigureLabel> labels, double value) {
  FETTLE_CHECK(!sample_name_.empty(), "a sample follows its family");
  add_to(sample_name_, labels, value);
}

void FigureWriter::add_to(std::string_view sample, std::span<const FigureLabel> labels, double value) {
  text_ += sample;
  char before = '{';
  for (const FigureLabel& label : labels) {
    text_ += before;
    text_ += label.name;
    text_ += "=\"";
    append_escaped(text_, label.value);
    text_ += '"';
    before = ',';
  }
  if (!labels.empty()) text_ += '}';
  text_ += ' ';
  append_number(text_, value);
  text_ += '\n';
}

void FigureWriter::gauge(std::string_view name, std::string_view unit, std::string_view help, double value) {
  begin_gauge(name, unit, help);
  add({}, value);
}
void FigureWriter::counter(std::string_view name, std::string_view unit, std::string_view help,
                           double value) {
  begin_counter(name, unit, help);
  add({}, value);
}

void FigureWriter::histogram(std::string_view name, std::string_view unit, std::string_view help,
                             const Histogram& value) {
  begin(name, unit, help, "histogram");
  const std::string family(name);
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < value.counts().size(); ++i) {
    so_far += value.counts()[i];
    std::string bound = "+Inf";
    if (i < value.bounds().size()) {
      bound = fmt::format("{}", value.bounds()[i]);
      // OpenMetrics writes them as numbers with a point.
      if (bound.find_first_of(".e") == std::string::npos) bound += ".0";
    }
    const FigureLabel label{"le", bound};
    add_to(family + "_bucket", {&label, 1}, static_cast<double>(so_far));
  }
  add_to(family + "_sum", {}, value.sum());
  add_to(family + "_count", {}, static_cast<double>(value.count()));
}

std::string FigureWriter::finish() {
  if (format_ == FigureFormat::openmetrics) text_ += "# EOF\n";
  return std::move(text_);
}

}  // namespace fettle::metrics
