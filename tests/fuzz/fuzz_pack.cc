// Any bytes as a pack of the history, and as what sealing remembers: refused or read, never a crash. What is
// read as a roll-up can be merged and written again.
#include "fettle/base/check.h"
#include "fettle/metrics/carry.h"
#include "fettle/metrics/pack_reader.h"
#include "fettle/metrics/rollup.h"

namespace {

using namespace fettle;

class MemoryFile final : public io::File {
 public:
  explicit MemoryFile(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  Result<> append(std::span<const std::uint8_t>) override { return fail(ErrorCode::io, "read_only", ""); }
  Result<std::vector<std::uint8_t>> read(std::uint64_t offset, std::size_t size) override {
    if (offset >= bytes_.size()) return std::vector<std::uint8_t>();
    const auto part = bytes_.subspan(offset, std::min<std::size_t>(size, bytes_.size() - offset));
    return std::vector<std::uint8_t>(part.begin(), part.end());
  }
  Result<> sync() override { return {}; }
  Result<> truncate(std::uint64_t) override { return fail(ErrorCode::io, "read_only", ""); }
  [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }

 private:
  std::span<const std::uint8_t> bytes_;
};

void read_all(std::span<const std::uint8_t> bytes, metrics::Tier tier) {
  metrics::PackReader reader(std::make_unique<MemoryFile>(bytes), tier);
  const metrics::PackIndex index = reader.read_index().value();
  FETTLE_CHECK(index.good_bytes <= bytes.size());
  metrics::ColumnCoder coder;
  for (const metrics::HostNumber host : index.hosts()) {
    for (const metrics::PackEntry& entry : index.entries_of(host, ~0ULL)) {
      const auto blocks = reader.blocks_of(entry);
      if (!blocks) continue;
      for (const metrics::StoredBlock& stored : *blocks) {
        const auto at = index.layouts->find(stored.layout);
        if (at == index.layouts->end()) continue;
        const auto series = reader.layout_at(at->second, coder);
        if (!series || series->size() != stored.series) continue;
        const auto block = reader.decode_all(stored, coder);
        if (!block || tier == metrics::Tier::raw) continue;
        metrics::RollupTable table(std::make_shared<const std::vector<wire::Series>>(*series));
        table.merge(*block);
        static_cast<void>(table.to_block(block->layout, block->cores, INT64_MIN, INT64_MAX));
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes(data, size);
  if (const auto carries = metrics::parse_carries(bytes))
    FETTLE_CHECK(metrics::parse_carries(metrics::encode_carries(*carries)) == *carries);
  read_all(bytes, metrics::Tier::raw);
  read_all(bytes, metrics::Tier::minute);
  return 0;
}
