// /proc/meminfo: memory and swap in bytes.
#pragma once
#include "fettle/agent/sense/source.h"

namespace fettle::agent {

struct Memory {
  std::uint64_t total = 0, available = 0, used = 0, cached = 0, buffers = 0, free = 0;
  std::uint64_t swap_total = 0, swap_used = 0;
};
/// nullopt without MemTotal and MemFree. `used` is what is not available; `available` is estimated as free +
/// buffers + cached where the kernel does not say (before 3.14); `cached` includes reclaimable slab.
std::optional<Memory> parse_memory(std::string_view text);

class MemorySource final : public Source {
 public:
  explicit MemorySource(const std::string& proc);
  bool refresh(ReadBuffer& buffer) override;
  void describe(SeriesList& series) const override;
  void append(Values& values) const override;

 private:
  ProcFile file_;
  std::optional<Memory> memory_;
  bool was_there_ = false;
};

}  // namespace fettle::agent
