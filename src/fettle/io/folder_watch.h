// Tells that something in a folder has changed (inotify): nothing wakes while nothing happens. Loop thread.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "fettle/base/result.h"

namespace fettle::io {

class Loop;

class FolderWatch {
 public:
  /// `on_change` is called on the loop, once for all that happened since. Errors: `not_found`, `unavailable`.
  static Result<std::unique_ptr<FolderWatch>> open(Loop& loop, const std::string& folder,
                                                   std::function<void()> on_change);
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

 private:
  struct State;
  explicit FolderWatch(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  // shared with the wait that is in flight
};

}  // namespace fettle::io
