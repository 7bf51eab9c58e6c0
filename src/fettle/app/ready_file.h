// Tells whoever started the server that it serves, and where: one JSON line, written when it is true and not
// before.
#pragma once
#include <optional>
#include <string>

#include "fettle/io/files.h"

namespace fettle::app {

struct ReadyLine {
  std::string url;
  std::optional<std::string> setup_url;  // while there is no administrator
};

Result<> write_ready_file(io::Files& files, const std::string& path, const ReadyLine& line);

}  // namespace fettle::app
