// Reads a pack: its index from the heads of its records, then single blocks. Blocks: on a WorkQueue. An index
// is a value that never changes, shared by all who read; what is appended later makes a new one.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fettle/io/files.h"
#include "fettle/metrics/pack_format.h"

namespace fettle::metrics {

struct PackEntry {
  HostNumber host = 0;
  std::uint32_t part = 0;
  std::uint64_t source = 0;
  std::uint64_t offset = 0;
  std::uint32_t meta_bytes = 0;
  bool is_chunk = false;
};
using PackGroup = std::vector<PackEntry>;  // by host, then offset
using LayoutOffsets = std::map<std::uint64_t, std::uint64_t>;

struct PackIndex {
  std::vector<std::shared_ptr<const PackGroup>> groups;  // in the order of the file
  std::shared_ptr<const LayoutOffsets> layouts = std::make_shared<LayoutOffsets>();
  std::uint64_t good_bytes = 0;  // whole records; what is behind was never told to anyone
  std::size_t records = 0;       // pieces and chunks
  bool is_complete = false;      // took over all of the generation before

  void add_group(PackGroup group);
  /// What counts of a host, in the order of the journal: its chunk, then pieces behind it up to `sealed`.
  [[nodiscard]] std::vector<PackEntry> entries_of(HostNumber host, std::uint64_t sealed) const;
  [[nodiscard]] std::vector<HostNumber> hosts() const;
  [[nodiscard]] std::size_t bytes() const;
};
using PackIndexPtr = std::shared_ptr<const PackIndex>;

class PackReader {
 public:
  PackReader(std::unique_ptr<io::File> file, Tier tier) : file_(std::move(file)), tier_(tier) {}
  static Result<PackReader> open(io::Files& files, const std::string& folder, const PackId& id);

  /// From the heads alone; ends at the first that is not one, or whose record is not all there.
  Result<PackIndex> read_index();
  Result<std::vector<StoredBlock>> blocks_of(const PackEntry& entry);
  Result<std::vector<wire::Series>> layout_at(std::uint64_t offset, ColumnCoder& coder);
  /// Shared columns, then those of the series in `wanted` (ascending), `per_series` each.
  Result<> decode(const StoredBlock& block, std::span<const std::uint32_t> wanted, ColumnCoder& coder,
                  std::vector<std::int64_t>& out);
  Result<BlockRows> decode_all(const StoredBlock& block, ColumnCoder& coder);

 private:
  Result<std::vector<std::uint8_t>> read_exactly(std::uint64_t offset, std::size_t size);

  std::unique_ptr<io::File> file_;
  Tier tier_;
};

}  // namespace fettle::metrics
