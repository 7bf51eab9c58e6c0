// What a command sees of the process around it: environment, files, where text goes. Handed in, so that tests
// bring their own and no command reads a global.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "fettle/base/result.h"
#include "fettle/base/time.h"

namespace fettle::cli {

struct Surroundings {
  std::map<std::string, std::string> environment;
  std::function<Result<std::string>(const std::string& path)>
      read_file;  // "-": standard input; error `not_found` when there is none
  /// The same for a file that counts only when nobody but root can change it: `forbidden` otherwise.
  std::function<Result<std::string>(const std::string& path)> read_trusted_file;
  std::function<bool(const std::string& path)> is_there = [](const std::string&) { return true; };
  std::function<void(std::string_view)> out;  // data
  std::function<void(std::string_view)> err;  // notes and errors
  /// `io` when data that was given to `out` is lost (a full disk); a reader that has gone is no loss.
  std::function<Result<>()> out_state = [] { return Result<>{}; };
  /// False once a write to `out` failed: nobody reads any more, or it cannot be written.
  std::function<bool()> is_out_open = [] { return true; };
  std::function<WallTime()> wall_now = [] { return WallTime{}; };
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  /// Somebody is there who can be asked: questions go to `err`, answers come from `read_line`.
  bool can_ask = false;
  std::function<std::string()> read_line = [] { return std::string(); };  // empty at the end of input

  /// Empty when it is not set.
  [[nodiscard]] std::string variable(const std::string& name) const {
    auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  }
};

/// A file that a person named. Whatever is wrong with it is wrong use: `unprocessable` ("file_unreadable").
inline Result<std::string> read_named_file(const Surroundings& surroundings, const std::string& path) {
  auto text = surroundings.read_file(path);
  if (text) return text;
  return fail(ErrorCode::unprocessable, "file_unreadable", text.error().detail);
}

/// Standard streams, the environment of the process and its files. SIGPIPE is ignored from then on.
Surroundings process_surroundings();

}  // namespace fettle::cli
