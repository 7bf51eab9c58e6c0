// An exclusive advisory lock on a file for the life of the object: one process per data folder. The kernel
// lets it go when the process ends, however that happens (flock(2)). The file holds the process id of who
// took it last, for messages.
#pragma once
#include <string>

#include "fettle/base/result.h"

namespace fettle::io {

class FileLock {
 public:
  /// `conflict` ("file_locked") when another process holds it, with its id in the sentence; `io` when the
  /// file cannot be made. One whose holder is gone is waited for, a second at most.
  static Result<FileLock> take(const std::string& path);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace fettle::io
