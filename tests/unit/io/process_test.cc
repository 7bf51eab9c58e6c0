// Real programs through the real runner: what the system has (sh, sleep, head), for milliseconds each.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "fettle/io/asio_loop.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/spawn.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/system_process.h"
#include "fettle/io/task_scope.h"

namespace fettle::io {
namespace {

struct Outcome {
  Result<> started;
  ProcessEnd end;
  std::string out, err;
  std::uint64_t bytes = 0;
  std::size_t largest_piece = 0;
};

class ProcessTest : public testing::Test {
 public:
  static ProcessOrder shell(std::string script) {
    return {.arguments = {"/bin/sh", "-c", std::move(script)}, .environment = {"PATH=/usr/bin:/bin"}};
  }

  Outcome run(ProcessOrder order) {
    Outcome outcome;
    drive(follow(*this, std::move(order), outcome));
    return outcome;
  }

  void drive(Task<void> body) {
    TaskScope scope(loop_, log_);
    scope.spawn("body", stop_after(loop_, std::move(body)));
    loop_.run();
  }

  static Task<void> stop_after(AsioLoop& loop, Task<void> body) {
    co_await std::move(body);
    loop.stop();
  }

  static Task<void> follow(ProcessTest& test, ProcessOrder order, Outcome& outcome) {
    auto started = test.runner_.start(std::move(order));
    if (!started) {
      outcome.started = std::unexpected(started.error());
      co_return;
    }
    const auto process = std::move(*started);
    while (const auto piece = co_await process->read()) {
      outcome.bytes += piece->bytes.size();
      outcome.largest_piece = std::max(outcome.largest_piece, piece->bytes.size());
      std::string& kept = piece->kind == OutputKind::out ? outcome.out : outcome.err;
      if (kept.size() < kMostPieceBytes) kept += piece->bytes;
    }
    outcome.end = co_await process->wait();
  }

  static bool has_children() {
    // Nothing to wait for is what there should be.
    return ::waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD;
  }

  void TearDown() override { EXPECT_FALSE(has_children()) << "a child was not reaped"; }

  AsioLoop loop_;
  SystemClock clock_{loop_};
  std::shared_ptr<MemorySink> sink_ = std::make_shared<MemorySink>();
  Log log_{sink_, "test"};
  SystemProcessRunner runner_{loop_};
};

TEST_F(ProcessTest, TellsOutputAndExitCode) {
  const Outcome outcome = run(shell("echo one; echo two >&2; exit 7"));
  EXPECT_EQ(outcome.out, "one\n");
  EXPECT_EQ(outcome.err, "two\n");
  EXPECT_EQ(outcome.end.exit_code, 7);
  EXPECT_EQ(outcome.end.signal, 0);
  EXPECT_FALSE(outcome.end.is_success());
}

TEST_F(ProcessTest, GivesOnlyTheEnvironmentFolderAndArgumentsOfTheOrder) {
  ::setenv("FETTLE_TEST_SECRET", "must not be handed on", 1);
  ProcessOrder order{.arguments = {"/usr/bin/env"}, .environment = {"A=1", "B=two words"}};
  EXPECT_EQ(run(order).out, "A=1\nB=two words\n");
  order = shell("pwd; printf '%s|' \"$@\"");
  order.arguments.insert(order.arguments.end(), {"sh", "$(id)", "; rm -rf x", "-c"});
  order.folder = "/usr";
  EXPECT_EQ(run(order).out, "/usr\n$(id)|; rm -rf x|-c|");
}

TEST_F(ProcessTest, SaysWhyAProgramCannotBeRun) {
  const std::string folder = testing::TempDir();
  const std::string text = folder + "/not_executable";
  std::ofstream(text) << "x";
  EXPECT_EQ(run({.arguments = {"/nowhere/program"}}).started.error().reason, "program_missing");
  EXPECT_EQ(run({.arguments = {text}}).started.error().reason, "program_not_executable");
  EXPECT_EQ(run({.arguments = {"/usr"}}).started.error().reason, "program_not_executable");
  EXPECT_EQ(run({.arguments = {"sh"}}).started.error().reason, "program_not_absolute");
  EXPECT_EQ(run({.arguments = {}}).started.error().reason, "program_not_absolute");
  EXPECT_EQ(run({.arguments = {"/bin/true", std::string("a\0b", 3)}}).started.error().reason,
            "text_with_nul");
  EXPECT_EQ(run({.arguments = {"/bin/true"}, .folder = "/nowhere"}).started.error().reason, "folder_missing");
  EXPECT_EQ(run({.arguments = {"/bin/true", std::string(300'000, 'x')}}).started.error().reason,
            "arguments_too_long");
  std::filesystem::remove(text);
}

TEST_F(ProcessTest, TellsTheSignalThatEndedIt) {
  EXPECT_EQ(run(shell("kill -SEGV $$")).end.signal, SIGSEGV);
}

TEST_F(ProcessTest, HasItsSignalsAsTheyAreByDefault) {
  ::signal(SIGPIPE, SIG_IGN);  // NOLINT: as a server has it
  const Outcome outcome = run(shell("yes | head -1 >/dev/null; kill -PIPE $$; echo alive"));
  EXPECT_EQ(outcome.end.signal, SIGPIPE);
  EXPECT_EQ(outcome.out, "");
}

TEST_F(ProcessTest, HandsNoOtherDescriptorOn) {
  const int open = ::dup(STDERR_FILENO);  // not close-on-exec
  const Outcome outcome = run({.arguments = {"/bin/ls", "/proc/self/fd"}});
  EXPECT_EQ(outcome.out, "0\n1\n2\n3\n");  // 3 is the folder that ls reads
  ::close(open);
}

TEST_F(ProcessTest, TakesItsInputFromADescriptor) {
  const std::string path = testing::TempDir() + "/input";
  std::ofstream(path) << "from a file";
  const int input = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(run({.arguments = {"/bin/cat"}, .input = input}).out, "from a file");
  ::close(input);
  EXPECT_EQ(run({.arguments = {"/bin/cat"}}).out, "");  // without one: nothing to read
  std::filesystem::remove(path);
}

TEST_F(ProcessTest, OutputWithoutNewlineAndWithAnyBytesComesAsItIs) {
  const Outcome outcome = run(shell("printf 'no newline \\377\\000\\001'"));
  EXPECT_EQ(outcome.out, std::string("no newline \377\0\1", 14));
}

TEST_F(ProcessTest, OutputThatIsClosedEarlyIsNoEnd) {
  const Outcome outcome = run(shell("exec >&- 2>&-; sleep 0.05; exit 3"));
  EXPECT_EQ(outcome.end.exit_code, 3);
}

/// A quarter of a gigabyte through a reader that keeps nothing: each piece is bounded, and the loop turns
/// between two of them.
TEST_F(ProcessTest, HugeOutputIsStreamed) {
  const Outcome outcome = run(shell("head -c 268435456 /dev/zero"));
  EXPECT_EQ(outcome.bytes, 268'435'456U);
  EXPECT_LE(outcome.largest_piece, kMostPieceBytes);
  EXPECT_TRUE(outcome.end.is_success());
  EXPECT_GE(loop_.figures().turns, outcome.bytes / kMostPieceBytes);
}

TEST_F(ProcessTest, OneThatNobodyReadsWaits) {
  ProcessOrder order = shell("head -c 10000000 /dev/zero; echo done >&2");
  order.deadline = Millis(100);
  ProcessEnd end;
  drive([](ProcessTest& test, ProcessOrder asked, ProcessEnd& got) -> Task<void> {
    const auto process = std::move(*test.runner_.start(std::move(asked)));
    got = co_await process->wait();
  }(*this, order, end));
  EXPECT_EQ(end.cause, ProcessCause::deadline);
  EXPECT_EQ(end.signal, SIGINT);
}

TEST_F(ProcessTest, ADeadlineEndsOneThatIgnoresEverySignalItCan) {
  ProcessOrder order = shell("trap '' INT TERM; echo ready; while :; do sleep 1; done");
  order.deadline = Millis(200);
  order.interrupt_grace = order.terminate_grace = Millis(50);
  const Outcome outcome = run(order);
  EXPECT_EQ(outcome.out, "ready\n");
  EXPECT_EQ(outcome.end.signal, SIGKILL);
  EXPECT_EQ(outcome.end.cause, ProcessCause::deadline);
}

TEST_F(ProcessTest, AskedToEndItGetsSigintFirst) {
  ProcessOrder order = shell("trap 'echo bye; exit 9' INT; echo ready; while :; do sleep 0.01; done");
  Outcome outcome;
  drive([](ProcessTest& test, ProcessOrder asked, Outcome& got) -> Task<void> {
    const auto process = std::move(*test.runner_.start(std::move(asked)));
    while (const auto piece = co_await process->read()) {
      got.out += piece->bytes;
      process->end();
      process->end();  // again changes nothing
    }
    got.end = co_await process->wait();
  }(*this, order, outcome));
  EXPECT_EQ(outcome.out, "ready\nbye\n");
  EXPECT_EQ(outcome.end.exit_code, 9);
  EXPECT_EQ(outcome.end.cause, ProcessCause::asked);
}

/// What it leaves behind in its group must not go on working when the run is over.
TEST_F(ProcessTest, WhatItLeavesBehindIsEnded) {
  const Outcome outcome = run(shell("sleep 1000 & echo $!; exit 0"));
  EXPECT_TRUE(outcome.end.is_success());
  const int left = std::stoi(outcome.out);
  // Not ours to reap: it is gone, or waits for whoever adopted it.
  const auto lives = [left] {
    std::ifstream state("/proc/" + std::to_string(left) + "/stat");
    std::string line;
    std::getline(state, line);
    return !line.empty() && !line.contains(") Z ");
  };
  drive([](ProcessTest& test, std::function<bool()> still_lives) -> Task<void> {
    while (still_lives()) co_await test.clock_.sleep_for(Millis(1));
  }(*this, lives));
}

TEST_F(ProcessTest, DestroyedInTheMiddleItIsKilledAndReaped) {
  int id = 0;
  drive([](ProcessTest& test, int& pid) -> Task<void> {
    auto process = std::move(*test.runner_.start(shell("trap '' INT TERM; while :; do sleep 1; done")));
    pid = process->id();
    process.reset();
    while (::kill(pid, 0) == 0) co_await test.clock_.sleep_for(Millis(2));
  }(*this, id));
  EXPECT_EQ(::kill(id, 0), -1);
}

TEST_F(ProcessTest, AThousandShortOnesLeaveNothingBehind) {
  const auto count = [] {
    std::size_t open = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++open;
    return open;
  };
  run({.arguments = {"/bin/true"}});
  const std::size_t before = count();
  int good = 0;
  drive([](ProcessTest& test, int& sum) -> Task<void> {
    for (int i = 0; i < 1000; ++i) {
      Outcome outcome;
      co_await follow(test, {.arguments = {"/bin/true"}}, outcome);
      sum += outcome.started && outcome.end.is_success() ? 1 : 0;
    }
  }(*this, good));
  EXPECT_EQ(good, 1000);
  EXPECT_EQ(count(), before);
}

TEST_F(ProcessTest, NiceAndUserAreTaken) {
  ProcessOrder order = shell("nice; id -u; id -G");
  order.nice = 7;
  if (::geteuid() != 0) {
    order.user = ProcessUser{0, 0};
    EXPECT_EQ(run(order).started.error().reason, "user_not_allowed");
    return;
  }
  order.user = ProcessUser{65534, 65534};
  EXPECT_EQ(run(order).out, "7\n65534\n65534\n");
}

}  // namespace
}  // namespace fettle::io
