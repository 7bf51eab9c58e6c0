#include "fettle/io/spawn.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace fettle::io {
namespace {

constexpr int kFirstOwnDescriptor = 3;
// Source: linux/ioprio.h, which C++ cannot include.
constexpr int kIoprioWhoProcess = 1;
constexpr int kIoprioIdle = 3 << 13;

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

/// What the child needs, made before: it may not allocate.
struct Prepared {
  const SpawnOrder& order;
  std::vector<char*> arguments, environment;
  std::array<int, 3> streams{};
  pid_t parent = 0;
};

/// Where the child stopped.
enum class Stage : int { none, folder, streams, user, exec };
struct Failure {
  int error = 0;
  Stage stage = Stage::none;
};

bool take_streams(const std::array<int, 3>& streams) {
  for (int target = 0; target < kFirstOwnDescriptor; ++target) {
    const int source = streams[static_cast<std::size_t>(target)];
    if (source == kClosedStream) {
      ::close(target);
      continue;
    }
    // dup2 onto itself would leave close-on-exec as it is.
    if (source == target ? ::fcntl(source, F_SETFD, 0) != 0 : ::dup2(source, target) != target) return false;
  }
  return true;
}

/// System calls rather than the library's functions: those would change all threads of the parent, whose
/// memory this is.
bool take_user(const ProcessUser& user) {
  return ::syscall(SYS_setgroups, 0, nullptr) == 0 &&
         ::syscall(SYS_setresgid, user.gid, user.gid, user.gid) == 0 &&
         ::syscall(SYS_setresuid, user.uid, user.uid, user.uid) == 0;
}

void take_signals(const SignalStart& signals) {
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action{};
    action.sa_handler = sigismember(&signals.ignored, number) == 1 ? SIG_IGN : SIG_DFL;
    ::sigaction(number, &action, nullptr);
  }
  ::sigprocmask(SIG_SETMASK, &signals.blocked, nullptr);
}

void take_priority(const SpawnOrder& order) {
  // Less of the machine than was meant is no reason not to run.
  if (order.nice) ::syscall(SYS_setpriority, PRIO_PROCESS, 0, *order.nice);
  if (order.has_idle_io) ::syscall(SYS_ioprio_set, kIoprioWhoProcess, 0, kIoprioIdle);
}

[[noreturn]] void become(const Prepared& prepared, volatile Failure& failure) {
  const SpawnOrder& order = prepared.order;
  const auto give_up = [&failure](Stage stage) {
    failure.error = errno;
    failure.stage = stage;
    ::_exit(127);
  };
  if (order.leads_group) ::setpgid(0, 0);
  take_priority(order);
  if (!take_streams(prepared.streams)) give_up(Stage::streams);
  if (!order.keeps_descriptors) ::syscall(SYS_close_range, kFirstOwnDescriptor, ~0U, CLOSE_RANGE_CLOEXEC);
  if (order.user && !take_user(*order.user)) give_up(Stage::user);
  // After the change of rights: the folder is looked at with those of the program.
  if (!order.folder.empty() && ::chdir(order.folder.c_str()) != 0) give_up(Stage::folder);
  if (order.ends_with_us) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != prepared.parent) ::_exit(127);
  }
  take_signals(order.signals);
  ::execve(order.program.c_str(), prepared.arguments.data(), prepared.environment.data());
  give_up(Stage::exec);
  ::_exit(127);
}

/// A function of its own, so that the child, which shares this stack until it is another program, finds
/// nothing of the caller to spoil.
[[gnu::noinline]] pid_t fork_and_become(const Prepared& prepared, volatile Failure& failure) {
  const pid_t pid = ::vfork();
  if (pid == 0) become(prepared, failure);
  return pid;
}

/// Signals wait while memory is shared: a handler of ours must not run in the child.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_{};
};

std::unexpected<Error> failed(const SpawnOrder& order, int error, Stage stage) {
  const std::string why = std::strerror(error);
  if (stage == Stage::folder)
    return fail(ErrorCode::not_found, "folder_missing", "cannot go to " + order.folder + ": " + why);
  if (stage == Stage::user)
    return fail(ErrorCode::forbidden, "user_not_allowed",
                "cannot take the rights of uid " + std::to_string(order.user->uid) + ": " + why);
  const std::string detail = "cannot run " + order.program + ": " + why;
  if (error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG)
    return fail(ErrorCode::not_found, "program_missing", detail);
  if (error == EACCES || error == EPERM || error == ENOEXEC || error == EISDIR)
    return fail(ErrorCode::forbidden, "program_not_executable", detail);
  if (error == E2BIG) return fail(ErrorCode::invalid_input, "arguments_too_long", detail);
  return fail(ErrorCode::unavailable, "program_not_started", detail);
}

/// A descriptor that stands in for a stream: /dev/null where none was given, and never below 3, where it
/// would be overwritten while the others are put in place.
class Stream {
 public:
  Stream(int given, int target) {
    if (given == target) {
      number_ = given;
      return;
    }
    if (given >= kFirstOwnDescriptor || given == kClosedStream) {
      number_ = given;
      return;
    }
    const int opened = given < 0 ? ::open("/dev/null", O_RDWR | O_CLOEXEC) : given;
    number_ = own_ = ::fcntl(opened, F_DUPFD_CLOEXEC, kFirstOwnDescriptor);
    if (given < 0 && opened >= 0) ::close(opened);
  }
  ~Stream() {
    if (own_ >= 0) ::close(own_);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_ = -1;
  int own_ = -1;
};

bool has_nul(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    if (text.contains('\0')) return true;
  }
  return false;
}

}  // namespace

SignalStart SignalStart::plain() {
  SignalStart start;
  sigemptyset(&start.blocked);
  sigemptyset(&start.ignored);
  return start;
}

SignalStart SignalStart::of_this_process() {
  SignalStart start = plain();
  pthread_sigmask(SIG_SETMASK, nullptr, &start.blocked);
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action{};
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN)
      sigaddset(&start.ignored, number);
  }
  return start;
}

Result<> check_process_order(const ProcessOrder& order) {
  if (order.arguments.empty() || !order.arguments.front().starts_with('/'))
    return fail(ErrorCode::invalid_input, "program_not_absolute",
                "the program has to be named by its whole path");
  if (has_nul(order.arguments) || has_nul(order.environment) || has_nul({order.folder}))
    return fail(ErrorCode::invalid_input, "text_with_nul", "no text of an order may hold a NUL");
  if (!order.folder.starts_with('/'))
    return fail(ErrorCode::invalid_input, "folder_not_absolute", "the folder has to be a whole path");
  return {};
}

Result<Spawned> spawn_program(const SpawnOrder& order) {
  const Stream input(order.input, 0);
  const Stream output(order.output, 1);
  const Stream errors(order.errors, 2);
  const Prepared prepared{order,
                          pointers(order.arguments),
                          pointers(order.environment),
                          {input.number(), output.number(), errors.number()},
                          ::getpid()};
  volatile Failure failure;
  pid_t pid = -1;
  int error = 0;
  {
    const SignalsHeld held;
    pid = fork_and_become(prepared, failure);
    error = errno;
  }
  if (pid < 0) return failed(order, error, Stage::none);
  if (failure.stage != Stage::none) {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return failed(order, failure.error, failure.stage);
  }
  const auto descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (descriptor < 0) {
    error = errno;
    ::kill(order.leads_group ? -pid : pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    return failed(order, error, Stage::none);
  }
  return Spawned{pid, descriptor};
}

int exit_code_of_failed_spawn(const Error& error) {
  constexpr int kNotFound = 127;
  constexpr int kNotExecutable = 126;
  return error.code == ErrorCode::not_found ? kNotFound : kNotExecutable;
}

}  // namespace fettle::io
