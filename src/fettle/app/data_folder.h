// The folder that holds everything of one server or agent: taken by one process at a time, private to its
// user.
#pragma once
#include <string>

#include "fettle/base/result.h"
#include "fettle/io/file_lock.h"
#include "fettle/io/files.h"

namespace fettle::app {

class DataFolder {
 public:
  /// Makes the folder where it is missing and locks it. `conflict` ("data_in_use") when another process has
  /// it, `io` ("data_folder_refused") when it cannot be made or written to.
  static Result<DataFolder> open(io::Files& files, const std::string& path);

  [[nodiscard]] std::string path(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  DataFolder(std::string path, io::FileLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string path_;
  io::FileLock lock_;
};

}  // namespace fettle::app
