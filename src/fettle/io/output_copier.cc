#include "fettle/io/output_copier.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <vector>

namespace fettle::io {
namespace {

/// As much as a pipe may hold for anybody; a program that writes much is woken less often.
constexpr int kPipeBytes = 1 << 20;

void close_once(int& descriptor) {
  if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

}  // namespace

OutputCopier::OutputCopier(OutputKind kind, int target) : kind_(kind), target_(target) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  ours_ = ends[0];
  theirs_ = ends[1];
  ended_ = ::eventfd(0, EFD_CLOEXEC);
  ::fcntl(ours_, F_SETPIPE_SZ, kPipeBytes);
}

OutputCopier::~OutputCopier() {
  if (thread_.joinable()) {
    may_start_.release();  // where nobody has: there is nothing to do
    thread_.join();
  }
  close_once(ours_);
  close_once(theirs_);
  close_once(ended_);
}

void OutputCopier::close_theirs() {
  close_once(theirs_);
}

bool OutputCopier::make_thread() {
  try {
    thread_ = std::thread([this] {
      may_start_.acquire();
      if (on_output_) copy();
    });
    return true;
  } catch (const std::system_error&) {  // this user has as many as it may
    return false;
  }
}

void OutputCopier::start(OnOutput on_output) {
  on_output_ = std::move(on_output);
  may_start_.release();
}

void OutputCopier::end() {
  const std::uint64_t one = 1;
  while (::write(ended_, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

bool OutputCopier::has_others() {
  if (thread_.joinable()) thread_.join();
  return has_others_;
}

bool OutputCopier::pass_on(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t taken = ::write(target_, bytes.data(), bytes.size());
    if (taken > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(taken));
    } else if (errno == EAGAIN) {
      pollfd room{.fd = target_, .events = POLLOUT, .revents = 0};
      ::poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

void OutputCopier::copy() {
  std::vector<char> buffer(kMostPieceBytes);
  for (;;) {
    std::array<pollfd, 2> waits{{{ours_, POLLIN, 0}, {ended_, POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), -1) < 0) {
      if (errno == EINTR) continue;
      break;
    }
    if (waits[0].revents == 0) {  // it has ended, and the pipe is empty: others hold it open
      has_others_ = true;
      return;
    }
    const ssize_t got = ::read(ours_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    if (!pass_on(bytes)) break;
    on_output_(kind_, bytes);
  }
  // The program finds its pipe broken with its next write, as it would without us.
  close_once(ours_);
}

void OutputCopier::serve_others() {
  static std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = ::read(ours_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || !pass_on({buffer.data(), static_cast<std::size_t>(got)})) ::_exit(0);
  }
}

}  // namespace fettle::io
