#include "fettle/io/folder_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>

#include "fettle/io/loop.h"

namespace fettle::io {

struct FolderWatch::State {
  boost::asio::posix::stream_descriptor descriptor;
  std::function<void()> on_change;
  bool has_ended = false;

  static void wait(const std::shared_ptr<State>& state) {
    state->descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read, [state](auto error) {
      if (error || state->has_ended) return;
      // What exactly it was nobody asks: whoever is told looks at the folder.
      std::array<char, 4096> events;
      while (::read(state->descriptor.native_handle(), events.data(), events.size()) > 0) {
      }
      state->on_change();
      wait(state);
    });
  }
};

Result<std::unique_ptr<FolderWatch>> FolderWatch::open(Loop& loop, const std::string& folder,
                                                       std::function<void()> on_change) {
  const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  const int watch = descriptor < 0
                        ? -1
                        : ::inotify_add_watch(descriptor, folder.c_str(),
                                              IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE | IN_ONLYDIR);
  if (watch < 0) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    return fail(error == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable, "folder_not_watched",
                "cannot watch " + folder + ": " + std::strerror(error));
  }
  auto state = std::make_shared<State>(boost::asio::posix::stream_descriptor(loop.executor(), descriptor),
                                       std::move(on_change));
  State::wait(state);
  return std::unique_ptr<FolderWatch>(new FolderWatch(std::move(state)));
}

FolderWatch::FolderWatch(std::shared_ptr<State> state) : state_(std::move(state)) {}

FolderWatch::~FolderWatch() {
  state_->has_ended = true;
  boost::system::error_code ignored;
  state_->descriptor.close(ignored);
}

}  // namespace fettle::io
