#include "fettle/io/system_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <csignal>

#include "fettle/io/async_event.h"
#include "fettle/io/give_way.h"
#include "fettle/io/loop.h"
#include "fettle/io/spawn.h"

namespace fettle::io {
namespace {

using boost::asio::posix::stream_descriptor;

/// One started program. Shared by the handle that its owner has and by what waits in the loop for its end,
/// which stays until it is reaped, also when the owner has gone.
class Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(Loop& loop, const ProcessOrder& order, const Spawned& spawned, int out, int err)
      : loop_(loop),
        pid_(spawned.pid),
        interrupt_grace_(order.interrupt_grace),
        terminate_grace_(order.terminate_grace),
        ended_(loop.executor(), spawned.pid_descriptor),
        timer_(loop.executor()),
        streams_{{{OutputKind::out, stream_descriptor(loop.executor(), out)},
                  {OutputKind::err, stream_descriptor(loop.executor(), err)}}} {}

  void begin(Nanos deadline) {
    ended_.async_wait(stream_descriptor::wait_read, [self = shared_from_this()](auto error) {
      if (!error) self->take_end();
    });
    if (deadline > Nanos(0)) set_timer(deadline, [](Watch& self) { self.ask(ProcessCause::deadline); });
  }

  [[nodiscard]] int pid() const { return pid_; }

  Task<std::optional<OutputPiece>> read() {
    const auto self = shared_from_this();
    for (;;) {
      if (auto piece = take_piece()) {
        co_await give_way(loop_);  // one that writes without pause does not keep others from the loop
        co_return piece;
      }
      if (is_read_up()) co_return std::nullopt;
      if (is_over_) {
        // What still holds the streams open left the group, and is no part of it any more.
        close_streams();
        co_return std::nullopt;
      }
      readable_.reset();
      for (Stream& stream : streams_) wait_readable(stream);
      co_await readable_.wait();
    }
  }

  Task<ProcessEnd> wait() {
    const auto self = shared_from_this();
    co_await over_.wait();
    co_return end_;
  }

  void ask(ProcessCause cause) {
    if (is_over_ || has_ended_ || cause_ != ProcessCause::ended) return;
    cause_ = cause;
    signal_group(SIGINT);
    set_timer(interrupt_grace_, [](Watch& self) {
      self.signal_group(SIGTERM);
      self.set_timer(self.terminate_grace_, [](Watch& same) { same.signal_group(SIGKILL); });
    });
  }

  /// Its owner has gone.
  void abandon() {
    close_streams();
    if (!is_over_) signal_group(SIGKILL);
    if (has_ended_) finish();
  }

 private:
  struct Stream {
    OutputKind kind;
    stream_descriptor descriptor;
    bool is_waiting = false;
  };

  template <class F>
  void set_timer(Nanos delay, F then) {
    timer_.expires_after(delay);
    timer_.async_wait([self = shared_from_this(), then](auto error) {
      if (!error && !self->is_over_) then(*self);
    });
  }

  /// The group's leader is not reaped before the group is done with: its number stays ours.
  void signal_group(int number) const { ::kill(-pid_, number); }

  void take_end() {
    siginfo_t info{};
    int got = 0;
    do {
      got = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
    } while (got != 0 && errno == EINTR);
    has_ended_ = true;
    end_.cause = cause_;
    if (got == 0 && info.si_code == CLD_EXITED) {
      end_.exit_code = info.si_status;
    } else {
      end_.signal = got == 0 ? info.si_status : SIGKILL;
    }
    // While somebody holds its output open, that one is asked first. Whoever reads finds the end of it.
    signal_group(SIGTERM);
    set_timer(SystemProcessRunner::kLeftoverGrace, [](Watch& self) { self.finish(); });
    readable_.set();
    if (is_read_up()) finish();
  }

  void finish() {
    if (std::exchange(is_over_, true)) return;
    timer_.cancel();
    signal_group(SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    boost::system::error_code ignored;
    ended_.close(ignored);
    readable_.set();
    over_.set();
  }

  std::optional<OutputPiece> take_piece() {
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      Stream& stream = streams_[(next_ + i) % streams_.size()];
      if (!stream.descriptor.is_open()) continue;
      std::string bytes(kMostPieceBytes, '\0');
      ssize_t got = 0;
      do {
        got = ::read(stream.descriptor.native_handle(), bytes.data(), bytes.size());
      } while (got < 0 && errno == EINTR);
      if (got < 0 && errno == EAGAIN) continue;
      if (got <= 0) {
        close(stream);
        continue;
      }
      next_ = (next_ + i + 1) % streams_.size();  // each has its turn
      bytes.resize(static_cast<std::size_t>(got));
      bytes.shrink_to_fit();
      return OutputPiece{stream.kind, std::move(bytes)};
    }
    if (has_ended_ && is_read_up()) finish();
    return std::nullopt;
  }

  void wait_readable(Stream& stream) {
    if (!stream.descriptor.is_open() || std::exchange(stream.is_waiting, true)) return;
    stream.descriptor.async_wait(stream_descriptor::wait_read, [self = shared_from_this(), &stream](auto) {
      stream.is_waiting = false;
      self->readable_.set();
    });
  }

  [[nodiscard]] bool is_read_up() const {
    return !streams_[0].descriptor.is_open() && !streams_[1].descriptor.is_open();
  }
  static void close(Stream& stream) {
    boost::system::error_code ignored;
    stream.descriptor.close(ignored);
  }
  void close_streams() {
    for (Stream& stream : streams_) close(stream);
  }

  Loop& loop_;
  const int pid_;
  const Nanos interrupt_grace_, terminate_grace_;
  stream_descriptor ended_;
  boost::asio::steady_timer timer_;  // one thing at a time: the deadline, a grace, what is left behind
  std::array<Stream, 2> streams_;
  std::size_t next_ = 0;
  bool has_ended_ = false;  // the program itself
  bool is_over_ = false;    // with its group, and reaped
  ProcessCause cause_ = ProcessCause::ended;
  ProcessEnd end_;
  AsyncEvent readable_, over_;
};

class SystemProcess final : public Process {
 public:
  explicit SystemProcess(std::shared_ptr<Watch> watch) : watch_(std::move(watch)) {}
  ~SystemProcess() override { watch_->abandon(); }
  SystemProcess(const SystemProcess&) = delete;
  SystemProcess& operator=(const SystemProcess&) = delete;
  [[nodiscard]] int id() const override { return watch_->pid(); }
  Task<std::optional<OutputPiece>> read() override { return watch_->read(); }
  void end() override { watch_->ask(ProcessCause::asked); }
  Task<ProcessEnd> wait() override { return watch_->wait(); }

 private:
  std::shared_ptr<Watch> watch_;
};

/// The two ends of a stream of output; ours does not block.
struct Pipe {
  int ours = -1, theirs = -1;
  Pipe() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
    ours = ends[0];
    theirs = ends[1];
    ::fcntl(ours, F_SETFL, O_NONBLOCK);
  }
  ~Pipe() {
    if (ours >= 0) ::close(ours);
    if (theirs >= 0) ::close(theirs);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
};

}  // namespace

SystemProcessRunner::SystemProcessRunner(Loop& loop) : loop_(loop) {
  // Ignored, as some parents hand it down, children would vanish before anyone knows how they ended.
  ::signal(SIGCHLD, SIG_DFL);  // NOLINT: nothing else in the process sets it
}

Result<std::unique_ptr<Process>> SystemProcessRunner::start(ProcessOrder order) {
  if (auto checked = check_process_order(order); !checked) return std::unexpected(std::move(checked).error());
  Pipe out, err;
  if (out.ours < 0 || err.ours < 0)
    return fail(ErrorCode::unavailable, "no_descriptors", "no pipe could be made for the program's output");
  SpawnOrder spawn{.program = order.arguments.front(),
                   .arguments = order.arguments,
                   .environment = order.environment,
                   .folder = order.folder,
                   .input = order.input,
                   .output = out.theirs,
                   .errors = err.theirs,
                   .ends_with_us = true,
                   .user = order.user,
                   .nice = order.nice,
                   .has_idle_io = order.has_idle_io};
  FETTLE_TRY(const Spawned spawned, spawn_program(spawn));
  auto watch = std::make_shared<Watch>(loop_, order, spawned, std::exchange(out.ours, -1),
                                       std::exchange(err.ours, -1));
  watch->begin(order.deadline);
  return std::make_unique<SystemProcess>(std::move(watch));
}

}  // namespace fettle::io
