// Appends records to packs: buffers, keeps few files open, cuts torn tails, and can take back all of one go.
// Blocks; history queue, one go at a time.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "fettle/io/files.h"
#include "fettle/metrics/pack_format.h"
#include "fettle/metrics/pack_reader.h"

namespace fettle::metrics {

using SeriesPtr = std::shared_ptr<const std::vector<wire::Series>>;

/// What a go added to one pack: what an index of it has to learn.
struct AppendedPack {
  PackId id;
  PackGroup group;
  LayoutOffsets layouts;
  std::uint64_t good_bytes = 0;
};

class PackWriter {
 public:
  PackWriter(io::Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  struct Record {
    RecordHead head;
    std::vector<BlockRows> blocks;
    std::vector<SeriesPtr> layouts;  // of the blocks, in order
  };
  Result<> append(const PackId& id, const Record& record);
  /// All that was appended is on disk when it returns; what it was.
  Result<std::vector<AppendedPack>> commit();
  /// Makes the files as they were before the go, as far as that is possible.
  Result<> take_back();

 private:
  struct Pack {
    std::unique_ptr<io::File> file;  // none: closed for the sake of others
    std::uint64_t begin_bytes = 0;   // before this go
    std::uint64_t bytes = 0;         // with what is in the buffer
    LayoutOffsets layouts;           // of the file
    AppendedPack appended;
    std::vector<std::uint8_t> buffer;
  };
  Result<Pack*> pack_of(const PackId& id);
  Result<> open(const PackId& id, Pack& pack);
  Result<> flush(Pack& pack);
  Result<> close_others(const PackId& but);

  io::Files& files_;
  std::string folder_;
  std::map<PackId, Pack> packs_;
  std::set<Tier> new_names_;
  ColumnCoder coder_;
};

}  // namespace fettle::metrics
