#include "fettle/agent/act/spool_excess.h"

#include <algorithm>
#include <map>

namespace fettle::agent {
namespace {

struct Share {
  std::vector<const io::SpoolFile*> files;
  std::uint64_t bytes = 0;
};

}  // namespace

std::vector<std::string> decide_excess(const std::vector<io::SpoolFile>& files, SpoolBounds bounds) {
  std::map<std::uint32_t, Share> shares;  // by owner
  std::uint64_t bytes = 0;
  for (const io::SpoolFile& file : files) {
    Share& share = shares[file.owner];
    share.files.push_back(&file);
    share.bytes += file.bytes;
    bytes += file.bytes;
  }
  std::vector<std::string> excess;
  while (files.size() - excess.size() > bounds.files || bytes > bounds.bytes) {
    const bool is_by_bytes = bytes > bounds.bytes;
    const auto size_of = [is_by_bytes](const auto& entry) {
      return is_by_bytes ? entry.second.bytes : entry.second.files.size();
    };
    Share& most = std::ranges::max_element(shares, {}, size_of)->second;
    const io::SpoolFile& last = *most.files.back();
    most.files.pop_back();
    most.bytes -= last.bytes;
    bytes -= last.bytes;
    excess.push_back(last.name);
  }
  return excess;
}

}  // namespace fettle::agent
