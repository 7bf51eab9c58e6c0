// Figures as text for scrapers: OpenMetrics 1.0.0, or the older Prometheus format 0.0.4 where only that is
// asked for. One family after another, each with its samples behind it. Pure.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>

#include "fettle/base/histogram.h"

namespace fettle::metrics {

enum class FigureFormat : std::uint8_t { openmetrics, prometheus };
/// By the Accept header: OpenMetrics where it is wanted at least as much as plain text, else 0.0.4.
FigureFormat choose_figure_format(std::string_view accept);
std::string_view content_type(FigureFormat format);

struct FigureLabel {
  std::string_view name, value;
};

class FigureWriter {
 public:
  explicit FigureWriter(FigureFormat format) : format_(format) {}

  /// Begin a family. `name` has no `_total` and comes once; `unit` is a base unit that `name` ends with, or
  /// "".
  void begin_gauge(std::string_view name, std::string_view unit, std::string_view help);
  void begin_counter(std::string_view name, std::string_view unit, std::string_view help);
  /// A sample of the family that was begun last. Label names are ours, values may be any text.
  void add(std::span<const FigureLabel> labels, double value);
  void add(std::initializer_list<FigureLabel> labels, double value) {
    add(std::span(labels.begin(), labels.size()), value);
  }

  /// A family of one sample without labels.
  void gauge(std::string_view name, std::string_view unit, std::string_view help, double value);
  void counter(std::string_view name, std::string_view unit, std::string_view help, double value);
  /// Buckets as scrapers want them: each counts what is at most its bound.
  void histogram(std::string_view name, std::string_view unit, std::string_view help, const Histogram& value);

  /// The whole text; the writer is done.
  std::string finish();

 private:
  void add_to(std::string_view sample, std::span<const FigureLabel> labels, double value);
  void begin(std::string_view name, std::string_view unit, std::string_view help, std::string_view type);

  FigureFormat format_;
  std::string text_;
  std::string sample_name_;  // of the family that was begun last
  std::unordered_set<std::string> names_;
};

}  // namespace fettle::metrics
