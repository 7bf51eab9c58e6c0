#include <unistd.h>

#include <cerrno>

#include "fettle/cli/surroundings.h"
#include "fettle/io/system_files.h"

extern char** environ;

namespace fettle::cli {
namespace {

constexpr std::size_t kLongestFileBytes = 4 * 1024 * 1024;  // configurations, tokens

/// A reader that has gone (a closed pipe) ends the output, not the program.
void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    auto taken = ::write(descriptor, text.data(), text.size());
    if (taken < 0 && errno != EINTR) return;
    if (taken > 0) text.remove_prefix(static_cast<std::size_t>(taken));
  }
}

}  // namespace

Surroundings process_surroundings() {
  Surroundings around;
  for (char** entry = environ; entry && *entry; ++entry) {
    std::string_view text(*entry);
    auto equals = text.find('=');
    if (equals != std::string_view::npos)
      around.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  around.read_file = [](const std::string& path) {
    return io::SystemFiles().read_all(path, kLongestFileBytes);
  };
  around.out = [](std::string_view text) { write_all(STDOUT_FILENO, text); };
  around.err = [](std::string_view text) { write_all(STDERR_FILENO, text); };
  around.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  return around;
}

}  // namespace fettle::cli
