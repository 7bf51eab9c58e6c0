#include "fettle/io/wrapped_program.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <memory>
#include <mutex>

#include "fettle/io/output_copier.h"
#include "fettle/io/standard_streams.h"
#include "fettle/io/system_clock.h"

extern char** environ;

namespace fettle::io {
namespace {

using Clock = std::chrono::steady_clock;

constexpr timespec kNoTime{};
/// Between the signals of a deadline.
constexpr std::chrono::seconds kGrace{10};

/// Signals that mean our own faults, or cannot be waited for.
bool is_ours(int number) {
  for (const int other : {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP}) {
    if (number == other) return true;
  }
  return number > SIGSYS && number < SIGRTMIN;  // those of the C library
}

sigset_t waited_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int number = 1; number < NSIG; ++number) {
    if (!is_ours(number)) sigaddset(&set, number);
  }
  return set;
}

/// Our signals are waited for while the program runs, and are as they were from then on.
class SignalsWaited {
 public:
  explicit SignalsWaited(const sigset_t& set) { pthread_sigmask(SIG_BLOCK, &set, &before_); }
  ~SignalsWaited() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsWaited(const SignalsWaited&) = delete;
  SignalsWaited& operator=(const SignalsWaited&) = delete;

 private:
  sigset_t before_{};
};

/// Watches over one program until it has ended.
class Guard {
 public:
  Guard(int pid, Nanos deadline, const sigset_t& set) : pid_(pid), set_(set) {
    if (deadline > Nanos(0)) next_ = Clock::now() + deadline;
  }

  WrapEnd watch() {
    for (;;) {
      siginfo_t info{};
      const int number = next_signal(info);
      if (number == 0) {
        send_next();
      } else if (number == SIGCHLD) {
        if (auto end = look()) {
          end->ended_at = system_wall_now();
          end->is_late = step_ > 0;
          return *end;
        }
      } else {
        hand_on(number, info);
      }
    }
  }

 private:
  /// 0: the time for the next signal of the deadline has come.
  int next_signal(siginfo_t& info) {
    for (;;) {
      int number = -1;
      if (next_) {
        const auto left = std::max(Clock::duration(0), *next_ - Clock::now());
        const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
        const timespec wait{seconds.count(), std::chrono::nanoseconds(left - seconds).count()};
        number = ::sigtimedwait(&set_, &info, &wait);
        if (number < 0 && errno == EAGAIN) return 0;
      } else {
        number = ::sigwaitinfo(&set_, &info);
      }
      if (number > 0) return number;
    }
  }

  void send_next() {
    static constexpr std::array kSignals{SIGINT, SIGTERM, SIGKILL};
    ::kill(pid_, kSignals[step_]);
    next_.reset();
    if (++step_ < kSignals.size()) next_ = Clock::now() + kGrace;
  }

  /// What the terminal sends goes to its whole group, to the program too; and what the program sends to us is
  /// not meant for itself.
  void hand_on(int number, const siginfo_t& info) const {
    const bool has_it = info.si_code == SI_KERNEL && number != SIGCONT;
    if (has_it || (info.si_code <= 0 && info.si_pid == pid_)) return;
    ::kill(pid_, number);
  }

  /// Its end, when that is what happened to it. When it was stopped we stop as well, so that whoever waits
  /// for us knows; and it goes on when we do.
  std::optional<WrapEnd> look() {
    for (;;) {
      siginfo_t info{};
      if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WSTOPPED | WNOHANG) != 0) {
        if (errno == EINTR) continue;
        return WrapEnd{.exit_code = 127};  // it was taken from us
      }
      if (info.si_pid == 0) return std::nullopt;
      if (info.si_code == CLD_EXITED) return WrapEnd{.exit_code = info.si_status};
      if (info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED) return WrapEnd{.signal = info.si_status};
      if (info.si_code == CLD_STOPPED) {
        ::raise(SIGSTOP);
        ::kill(pid_, SIGCONT);
      }
    }
  }

  const int pid_;
  const sigset_t set_;
  std::optional<Clock::time_point> next_;
  std::size_t step_ = 0;
};

/// The copiers that this program needs.
struct Copiers {
  std::unique_ptr<OutputCopier> out, err;
  bool is_one = false;  // both streams lead to the same place
  bool is_missed = false;

  Copiers() {
    is_one = is_same_stream(STDOUT_FILENO, STDERR_FILENO);
    if (is_copyable(STDOUT_FILENO)) out = std::make_unique<OutputCopier>(OutputKind::out, STDOUT_FILENO);
    if (!is_one && is_copyable(STDERR_FILENO))
      err = std::make_unique<OutputCopier>(OutputKind::err, STDERR_FILENO);
    for (auto* copier : {&out, &err}) {
      if (*copier && (*copier)->theirs() < 0) copier->reset();  // without a pipe the program has ours
      if (!*copier || (*copier)->make_thread()) continue;
      copier->reset();
      is_missed = true;
    }
  }
  /// The program has our streams.
  void drop() {
    is_missed = is_missed || out || err;
    out.reset();
    err.reset();
  }
  [[nodiscard]] int output() const { return out ? out->theirs() : ours(STDOUT_FILENO); }
  [[nodiscard]] int errors() const {
    if (is_one && out) return out->theirs();
    return err ? err->theirs() : ours(STDERR_FILENO);
  }
  [[nodiscard]] static int ours(int stream) { return is_closed_stream(stream) ? kClosedStream : stream; }
  [[nodiscard]] std::vector<OutputCopier*> all() const {
    std::vector<OutputCopier*> list;
    for (OutputCopier* copier : {out.get(), err.get()}) {
      if (copier != nullptr) list.push_back(copier);
    }
    return list;
  }
};

auto spawn(const WrapOrder& order, const Copiers& copiers) {
  std::vector<std::string> environment;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
    environment.emplace_back(*variable);
  return spawn_program({.program = order.program,
                        .arguments = order.arguments,
                        .environment = std::move(environment),
                        .folder = {},
                        .input = Copiers::ours(STDIN_FILENO),
                        .output = copiers.output(),
                        .errors = copiers.errors(),
                        .signals = order.signals,
                        .leads_group = false,
                        .keeps_descriptors = true});
}

/// Something that it started still writes: a process of its own goes on copying, and whoever waits for us
/// does not have to. No memory is taken after the fork: another thread may have held its lock.
void serve_others(OutputCopier& copier) {
  if (::fork() != 0) return;
  ::setsid();
  copier.serve_others();
}

}  // namespace

bool is_copyable(int descriptor) {
  struct stat found{};
  if (::fstat(descriptor, &found) != 0) return false;
  // Source: Linux, Documentation/admin-guide/devices.txt.
  const bool is_null = S_ISCHR(found.st_mode) && found.st_rdev == makedev(1, 3);
  return S_ISFIFO(found.st_mode) || is_null;
}

bool is_same_stream(int left, int right) {
  struct stat a{}, b{};
  if (::fstat(left, &a) != 0 || ::fstat(right, &b) != 0) return false;
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_rdev == b.st_rdev;
}

Result<WrapEnd> run_wrapped(const WrapOrder& order) {
  const sigset_t set = waited_signals();
  std::optional<SignalsWaited> waited(set);
  // Ignored, children would vanish before anyone knows how they ended.
  ::signal(SIGCHLD, SIG_DFL);  // NOLINT: there is one thread
  Copiers copiers;
  auto spawned = spawn(order, copiers);
  if (!spawned && spawned.error().code != ErrorCode::not_found && !copiers.all().empty()) {
    // Where a user may have few processes each thread counts as one, and the program comes first.
    copiers.drop();
    spawned = spawn(order, copiers);
  }
  if (!spawned) return std::unexpected(std::move(spawned).error());
  for (OutputCopier* copier : copiers.all()) copier->close_theirs();
  if (order.on_started) order.on_started(spawned->pid);
  std::mutex one_at_a_time;
  const auto tell = [&](OutputKind kind, std::string_view bytes) {
    const std::scoped_lock lock(one_at_a_time);
    if (order.on_output) order.on_output(kind, bytes);
  };
  for (OutputCopier* copier : copiers.all()) copier->start(tell);
  WrapEnd end = Guard(spawned->pid, order.deadline, set).watch();
  end.is_output_missed = copiers.is_missed;
  // While a reader is waited for, a signal ends us, as it would have ended the program; those that are here
  // already were meant for it and come too late.
  while (::sigtimedwait(&set, nullptr, &kNoTime) > 0) {
  }
  waited.reset();
  for (OutputCopier* copier : copiers.all()) copier->end();
  for (OutputCopier* copier : copiers.all()) {
    if (copier->has_others()) serve_others(*copier);
  }
  ::close(spawned->pid_descriptor);
  // What is left to do takes half a second at most, and the exit code counts.
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return end;
}

}  // namespace fettle::io
