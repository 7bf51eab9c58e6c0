#include "fettle/agent/sense/own_cost.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "fettle/agent/sense/text_scan.h"

namespace fettle::agent {

std::optional<std::uint64_t> parse_resident_pages(std::string_view statm) {
  std::uint64_t size = 0, resident = 0;
  if (!take_number(statm, size) || !take_number(statm, resident)) return std::nullopt;
  return resident;
}

OwnCostSource::OwnCostSource(const std::string& proc)
    : statm_(proc + "/self/statm"),
      page_bytes_(static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_PAGESIZE)))) {}

bool OwnCostSource::refresh(ReadBuffer& buffer) {
  rusage usage{};
  cpu_us_ = wire::kAbsent;
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    constexpr std::int64_t kMicros = 1'000'000;
    cpu_us_ = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * kMicros + usage.ru_utime.tv_usec +
              usage.ru_stime.tv_usec;
  }
  const auto text = statm_.read_until(buffer, "\n");
  const auto pages = text ? parse_resident_pages(*text) : std::nullopt;
  memory_ = pages ? wire_number(*pages * page_bytes_) : wire::kAbsent;
  return false;
}

void OwnCostSource::describe(SeriesList& series) const {
  add_counter(series, "agent.cpu");
  add_gauge(series, "agent.memory");
  add_counter(series, "agent.sent_bytes");
  for (const char* metric :
       {"agent.outbox.records", "agent.outbox.bytes", "agent.outbox.dropped", "agent.interval"})
    add_gauge(series, metric);
}

void OwnCostSource::append(Values& values) const {
  values.push_back(cpu_us_);
  values.push_back(memory_);
  for (const std::uint64_t number :
       {own_.sent_bytes, own_.outbox_records, own_.outbox_bytes, own_.outbox_dropped})
    values.push_back(wire_number(number));
  values.push_back(own_.interval.count());
}

}  // namespace fettle::agent
