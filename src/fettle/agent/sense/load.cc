#include "fettle/agent/sense/load.h"

#include "fettle/agent/sense/text_scan.h"

namespace fettle::agent {

std::optional<Load> parse_load(std::string_view text) {
  Load load;
  if (!take_hundredths(text, load.one) || !take_hundredths(text, load.five) ||
      !take_hundredths(text, load.fifteen) || !take_number(text, load.running))
    return std::nullopt;
  return load;
}

std::optional<std::uint64_t> parse_uptime(std::string_view text) {
  std::uint64_t hundredths = 0;
  if (!take_hundredths(text, hundredths)) return std::nullopt;
  return hundredths / 100;
}

LoadSource::LoadSource(const std::string& proc)
    : load_file_(proc + "/loadavg"), uptime_file_(proc + "/uptime") {}

bool LoadSource::refresh(ReadBuffer& buffer) {
  const bool had_load = has_load_;
  const bool had_uptime = has_uptime_;
  const auto load_text = load_file_.read_until(buffer, "\n");
  load_ = load_text ? parse_load(*load_text) : std::nullopt;
  const auto uptime_text = uptime_file_.read_until(buffer, "\n");
  uptime_ = uptime_text ? parse_uptime(*uptime_text) : std::nullopt;
  has_load_ = has_load_ || load_;
  has_uptime_ = has_uptime_ || uptime_;
  return had_load != has_load_ || had_uptime != has_uptime_;
}

void LoadSource::describe(SeriesList& series) const {
  if (has_load_) {
    for (const char* metric : {"load.1", "load.5", "load.15", "processes.running"}) add_gauge(series, metric);
  }
  if (has_uptime_) add_gauge(series, "uptime");
}

void LoadSource::append(Values& values) const {
  if (has_load_) {
    for (const auto member : {&Load::one, &Load::five, &Load::fifteen, &Load::running})
      values.push_back(load_ ? wire_number((*load_).*member) : wire::kAbsent);
  }
  if (has_uptime_) values.push_back(uptime_ ? wire_number(*uptime_) : wire::kAbsent);
}

}  // namespace fettle::agent
