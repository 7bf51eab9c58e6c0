// The newest samples of hosts as figures for scrapers (T11): raw counters in base units, so that the scraper
// computes rates over its own intervals. Pure; for many hosts a matter of the worker pool.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fettle/metrics/figure_writer.h"
#include "fettle/metrics/history.h"

namespace fettle::metrics {

/// Values of its own, so that it can go to another thread. (environment, host) must be unique.
struct ExposedHost {
  std::string host, environment;  // names
  bool is_up = true;       // its heartbeats come; of others no value is shown, for it would be an old one
  std::int64_t at_ms = 0;  // 0: never
  std::shared_ptr<const Layout> layout;  // shared with the history; null without a sample
  std::vector<std::int64_t> values;      // raw
};

void expose_hosts(FigureWriter& writer, std::span<const ExposedHost> hosts);

/// The families that expose_hosts may write, for the reference page.
struct ExposedFamily {
  std::string_view metric;  // of the catalog; `cpu.` and `pressure.` stand for all that begin so
  std::string_view family, unit;
  bool is_counter = false;
  double scale = 1;             // figure = raw * scale
  std::string_view label = {};  // what the series' label becomes; "" for none
};
std::span<const ExposedFamily> exposed_families();

}  // namespace fettle::metrics
