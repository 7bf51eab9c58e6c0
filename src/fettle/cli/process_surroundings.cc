#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "fettle/base/text.h"
#include "fettle/cli/surroundings.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/system_files.h"
#include "fettle/io/trusted_file.h"

extern char** environ;

namespace fettle::cli {
namespace {

constexpr std::size_t kLongestFileBytes = 4 * 1024 * 1024;  // configurations, tokens

/// Writes to a descriptor to the end, and remembers why that was not possible.
class Outlet {
 public:
  explicit Outlet(int descriptor) : descriptor_(descriptor) {}

  void write(std::string_view text) {
    while (!text.empty() && fault_ == 0) {
      const auto taken = ::write(descriptor_, text.data(), text.size());
      if (taken > 0) text.remove_prefix(static_cast<std::size_t>(taken));
      if (taken < 0 && errno != EINTR) fault_ = errno;
    }
  }

  [[nodiscard]] bool is_open() const { return fault_ == 0; }
  /// A reader that has gone (a closed pipe) has had enough: it ends the output and is no failure.
  [[nodiscard]] Result<> state() const {
    if (fault_ == 0 || fault_ == EPIPE) return {};
    return fail(ErrorCode::io, "output_lost",
                std::string("the output could not be written: ") + std::strerror(fault_));
  }

 private:
  const int descriptor_;
  int fault_ = 0;  // errno of the write that failed
};

/// To its end; opened by nobody, so that it can also be read by a user who may not open it (after sudo -u).
Result<std::string> read_standard_input() {
  std::string text;
  std::array<char, 4096> block;
  while (text.size() <= kLongestFileBytes) {
    const auto got = ::read(STDIN_FILENO, block.data(), block.size());
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return fail(ErrorCode::io, "file_error", std::string("standard input: ") + std::strerror(errno));
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  return fail(ErrorCode::too_large, "file_too_large", "standard input is too long");
}

/// What somebody types, up to the end of the line.
std::string read_answer() {
  constexpr std::size_t kLongestAnswer = 256;
  std::string text;
  char c = 0;
  while (text.size() < kLongestAnswer) {
    const auto got = ::read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || c == '\n') break;
    text += c;
  }
  return std::string(trim(text));
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
    if (path == "-") return read_standard_input();
    return io::SystemFiles().read_all(path, kLongestFileBytes);
  };
  around.read_trusted_file = [](const std::string& path) {
    return io::read_trusted_file(path, kLongestFileBytes);
  };
  around.is_there = [](const std::string& path) { return ::access(path.c_str(), F_OK) == 0; };
  ::signal(SIGPIPE, SIG_IGN);  // NOLINT: a closed pipe is an error of write, not a reason to die
  const auto out = std::make_shared<Outlet>(STDOUT_FILENO);  // shared by the two functions
  around.out = [out](std::string_view text) { out->write(text); };
  around.out_state = [out] { return out->state(); };
  around.is_out_open = [out] { return out->is_open(); };
  around.wall_now = io::system_wall_now;
  around.err = [err = std::make_shared<Outlet>(STDERR_FILENO)](std::string_view text) { err->write(text); };
  around.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  around.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  around.can_ask = around.err_is_terminal && ::isatty(STDIN_FILENO) == 1;
  around.read_line = read_answer;
  return around;
}

}  // namespace fettle::cli
