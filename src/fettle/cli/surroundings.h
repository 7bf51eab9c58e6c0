// What a command sees of the process around it: environment, files, where text goes. Handed in, so that tests
// bring their own and no command reads a global.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "fettle/base/result.h"

namespace fettle::cli {

struct Surroundings {
  std::map<std::string, std::string> environment;
  std::function<Result<std::string>(const std::string& path)>
      read_file;                              // error `not_found` when there is none
  std::function<void(std::string_view)> out;  // data
  std::function<void(std::string_view)> err;  // notes and errors
  bool out_is_terminal = false;

  /// Empty when it is not set.
  [[nodiscard]] std::string variable(const std::string& name) const {
    auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  }
};

/// Standard streams, the environment of the process and its files.
Surroundings process_surroundings();

}  // namespace fettle::cli
