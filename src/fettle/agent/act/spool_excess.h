// What goes when the spool of `fettle exec` holds too much. Who may not look into it cannot keep to its
// bounds; the agent does, for all. Pure.
#pragma once
#include <string>
#include <vector>

#include "fettle/io/spool.h"

namespace fettle::agent {

struct SpoolBounds {
  std::size_t files = io::kMostSpoolFiles;
  std::uint64_t bytes = io::kMostSpoolBytes;
};

/// The names of files that go, the newest first of whoever has the most, until what stays fits: nobody loses
/// a file because somebody else fills the folder. `files` by name.
std::vector<std::string> decide_excess(const std::vector<io::SpoolFile>& files, SpoolBounds bounds = {});

}  // namespace fettle::agent
