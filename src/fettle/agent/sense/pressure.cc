#include "fettle/agent/sense/pressure.h"

#include "fettle/agent/sense/text_scan.h"

namespace fettle::agent {
namespace {

// "full" of the processor says nothing for a whole machine (kernel documentation, accounting/psi).
constexpr std::array<std::string_view, 5> kMetrics = {"pressure.cpu.some", "pressure.memory.some",
                                                      "pressure.memory.full", "pressure.io.some",
                                                      "pressure.io.full"};

}  // namespace

Pressure parse_pressure(std::string_view text) {
  Pressure pressure;
  std::string_view line;
  while (take_line(text, line)) {
    const std::string_view kind = take_word(line);
    for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
      std::uint64_t total = 0;
      if (!word.starts_with("total=")) continue;
      word.remove_prefix(6);
      if (!take_number(word, total)) continue;
      if (kind == "some") pressure.some_us = total;
      if (kind == "full") pressure.full_us = total;
    }
  }
  return pressure;
}

PressureSource::PressureSource(const std::string& proc)
    : cpu_(proc + "/pressure/cpu"), memory_(proc + "/pressure/memory"), io_(proc + "/pressure/io") {}

bool PressureSource::refresh(ReadBuffer& buffer) {
  const auto look = [&buffer](ProcFile& file) {
    const auto text = file.read_until(buffer, "\nfull");
    return text ? parse_pressure(*text) : Pressure{};
  };
  now_[0] = look(cpu_).some_us;
  const Pressure memory = look(memory_);
  now_[1] = memory.some_us;
  now_[2] = memory.full_us;
  const Pressure io = look(io_);
  now_[3] = io.some_us;
  now_[4] = io.full_us;
  bool has_changed = false;
  for (std::size_t i = 0; i < kSeries; ++i) {
    if (!now_[i] || was_there_[i]) continue;
    was_there_[i] = true;
    has_changed = true;
  }
  return has_changed;
}

void PressureSource::describe(SeriesList& series) const {
  for (std::size_t i = 0; i < kSeries; ++i) {
    if (was_there_[i]) add_counter(series, kMetrics[i]);
  }
}

void PressureSource::append(Values& values) const {
  for (std::size_t i = 0; i < kSeries; ++i) {
    if (was_there_[i]) values.push_back(now_[i] ? wire_number(*now_[i]) : wire::kAbsent);
  }
}

}  // namespace fettle::agent
