// The one-time token of the first run: a 0600 file in the data folder, so that whoever can read the server's
// disk, and no one else, becomes its first administrator. Its functions block: work queue only.
#pragma once
#include <array>
#include <string>

#include "fettle/base/result.h"
#include "fettle/base/secret.h"
#include "fettle/io/files.h"

namespace fettle::access {

class SetupToken {
 public:
  SetupToken(io::Files& files, const std::string& data_folder, std::string_view name = "setup-token");

  /// The token that the file holds, so that a link printed before a restart still works; else a new one,
  /// written down first.
  Result<Secret<>> keep_or_make(const std::array<std::uint8_t, 16>& random);
  /// What the file holds; empty when there is none.
  Result<Secret<>> read();
  Result<> remove();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  io::Files& files_;
  std::string path_;
};

}  // namespace fettle::access
