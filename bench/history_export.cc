// The raw samples of a history folder as lines for VictoriaMetrics' /api/v1/import, one a host, series and
// pack: so that both can be measured with the same data. Nothing may be writing there.
#include <fmt/format.h>

#include <cstdio>

#include "fettle/base/json.h"
#include "fettle/io/system_files.h"
#include "fettle/metrics/catalog.h"
#include "fettle/metrics/pack_reader.h"

namespace {

using namespace fettle;

std::string line_of(metrics::HostNumber host, const wire::Series& series, const metrics::BlockRows& block,
                    std::size_t column) {
  std::string values;
  std::string times;
  for (std::uint32_t r = 0; r < block.rows; ++r) {
    const std::int64_t value = block.numbers[column * block.rows + r];
    if (value == wire::kAbsent) continue;
    values += fmt::format("{}{}", values.empty() ? "" : ",", value);
    times += fmt::format("{}{}", times.empty() ? "" : ",", block.numbers[r]);
  }
  std::string name;
  append_json_string(name, metrics::series_key(series));
  return fmt::format(R"({{"metric":{{"__name__":{},"host":"{}"}},"values":[{}],"timestamps":[{}]}})"
                     "\n",
                     name, host, values, times);
}

Result<std::uint64_t> export_pack(io::Files& files, const std::string& folder, const metrics::PackId& id) {
  FETTLE_TRY(metrics::PackReader reader, metrics::PackReader::open(files, folder, id));
  FETTLE_TRY(const metrics::PackIndex index, reader.read_index());
  metrics::ColumnCoder coder;
  std::uint64_t samples = 0;
  for (const metrics::HostNumber host : index.hosts()) {
    for (const metrics::PackEntry& entry : index.entries_of(host, ~0ULL)) {
      FETTLE_TRY(const auto blocks, reader.blocks_of(entry));
      for (const metrics::StoredBlock& stored : blocks) {
        FETTLE_TRY(const auto series, reader.layout_at(index.layouts->at(stored.layout), coder));
        FETTLE_TRY(const auto block, reader.decode_all(stored, coder));
        samples += std::uint64_t{block.rows} * block.series;
        for (std::size_t s = 0; s < series.size(); ++s)
          std::fputs(line_of(host, series[s], block, 2 + s).c_str(), stdout);
      }
    }
  }
  return samples;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const std::string folder = arguments[1];
  io::SystemFiles files;
  std::uint64_t samples = 0;
  for (const std::string& name : files.list(folder + "/raw").value_or(std::vector<std::string>())) {
    const auto id = metrics::parse_pack_name(metrics::Tier::raw, name);
    if (!id) continue;
    auto exported = export_pack(files, folder, *id);
    if (!exported) {
      std::fprintf(stderr, "%s: %s\n", name.c_str(), exported.error().detail.c_str());
      return 1;
    }
    samples += *exported;
  }
  std::fprintf(stderr, "%llu\n", static_cast<unsigned long long>(samples));
  return 0;
}
