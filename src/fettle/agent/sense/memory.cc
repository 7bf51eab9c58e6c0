#include "fettle/agent/sense/memory.h"

#include <array>

#include "fettle/agent/sense/text_scan.h"

namespace fettle::agent {
namespace {

struct Column {
  std::string_view metric;
  std::uint64_t Memory::* member;
};
constexpr std::array kColumns = {
    Column{"memory.total", &Memory::total},     Column{"memory.available", &Memory::available},
    Column{"memory.used", &Memory::used},       Column{"memory.cached", &Memory::cached},
    Column{"memory.buffers", &Memory::buffers}, Column{"memory.free", &Memory::free},
    Column{"swap.total", &Memory::swap_total},  Column{"swap.used", &Memory::swap_used}};

constexpr std::uint64_t kMostKib = 1ULL << 52;  // beyond it the product with 1024 would not fit

}  // namespace

std::optional<Memory> parse_memory(std::string_view text) {
  enum Field : std::size_t {
    total,
    free,
    available,
    buffers,
    cached,
    reclaimable,
    swap_total,
    swap_free,
    kFields
  };
  constexpr std::array<std::string_view, kFields> kNames = {
      "MemTotal:", "MemFree:",      "MemAvailable:", "Buffers:",
      "Cached:",   "SReclaimable:", "SwapTotal:",    "SwapFree:"};
  std::array<std::optional<std::uint64_t>, kFields> bytes;
  std::size_t missing = kFields;
  std::string_view line;
  while (missing > 0 && take_line(text, line)) {
    for (std::size_t field = 0; field < kFields; ++field) {
      if (bytes[field] || !line.starts_with(kNames[field])) continue;
      line.remove_prefix(kNames[field].size());
      std::uint64_t kib = 0;
      if (take_number(line, kib) && kib <= kMostKib) bytes[field] = kib * 1024, --missing;
      break;
    }
  }
  if (!bytes[total] || !bytes[free]) return std::nullopt;
  Memory memory;
  memory.total = *bytes[total];
  memory.free = *bytes[free];
  memory.buffers = bytes[buffers].value_or(0);
  memory.cached = bytes[cached].value_or(0) + bytes[reclaimable].value_or(0);
  memory.available = std::min(
      memory.total, bytes[available].value_or(memory.free + memory.buffers + bytes[cached].value_or(0)));
  memory.used = memory.total - memory.available;
  memory.swap_total = bytes[swap_total].value_or(0);
  memory.swap_used = memory.swap_total - std::min(memory.swap_total, bytes[swap_free].value_or(0));
  return memory;
}

MemorySource::MemorySource(const std::string& proc) : file_(proc + "/meminfo") {}

bool MemorySource::refresh(ReadBuffer& buffer) {
  const auto text = file_.read_until(buffer, "\nSUnreclaim");
  memory_ = text ? parse_memory(*text) : std::nullopt;
  if (!memory_ || was_there_) return false;
  was_there_ = true;
  return true;
}

void MemorySource::describe(SeriesList& series) const {
  if (!was_there_) return;
  for (const Column& column : kColumns) add_gauge(series, column.metric);
}

void MemorySource::append(Values& values) const {
  if (!was_there_) return;
  for (const Column& column : kColumns)
    values.push_back(memory_ ? wire_number((*memory_).*column.member) : wire::kAbsent);
}

}  // namespace fettle::agent
