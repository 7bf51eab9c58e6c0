#include "fettle/io/kill_points.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <ctime>
#include <string>

namespace fettle::io {
namespace {

using enum KillPoint;

constexpr auto kPoints = std::to_array<NamedKillPoint>({
    {due_decided, "due.decided"},
    {pending_decided, "pending.decided"},
    {run_written, "run.written"},
    {run_committed, "run.committed"},
    {order_sent, "order.sent"},
    {taken_arrived, "taken.arrived"},
    {taken_written, "taken.written"},
    {taken_committed, "taken.committed"},
    {step_arrived, "step.arrived"},
    {step_written, "step.written"},
    {step_committed, "step.committed"},
    {result_arrived, "result.arrived"},
    {result_written, "result.written"},
    {result_committed, "result.committed"},
    {result_acknowledged, "result.acknowledged"},
    {opened_written, "opened.written"},
    {opened_committed, "opened.committed"},
    {own_step_begun, "own.step_begun"},
    {own_step_ended, "own.step_ended"},
    {own_end_written, "own.end_written"},
    {own_end_committed, "own.end_committed"},
    {order_received, "order.received"},
    {order_kept, "order.kept"},
    {order_answered, "order.answered"},
    {program_starting, "program.starting"},
    {program_started, "program.started"},
    {program_ended, "program.ended"},
    {step_kept, "step.kept"},
    {result_kept, "result.kept"},
    {result_sending, "result.sending"},
    {result_known, "result.known"},
    {result_remembered, "result.remembered"},
    {spooled_kept, "spooled.kept"},
    {spooled_going, "spooled.going"},
    {exec_started, "exec.started"},
    {exec_told, "exec.told"},
    {exec_ended, "exec.ended"},
    {exec_finished, "exec.finished"},
    {spool_hidden, "spool.hidden"},
    {spool_shown, "spool.shown"},
    {spool_written, "spool.written"},
});

constexpr bool is_each_named() {
  for (std::size_t i = 0; i < kPoints.size(); ++i)
    if (static_cast<std::size_t>(kPoints[i].point) != i + 1) return false;
  return kPoints.size() == static_cast<std::size_t>(spool_written);
}
static_assert(is_each_named(), "each point has a name, in the order of the enum");

constexpr std::uint32_t kMostCount = 1'000'000;
constexpr std::uint32_t kMostMicroseconds = 60'000'000;
constexpr long kMicrosecond = 1'000;          // ns
constexpr std::uint32_t kSecond = 1'000'000;  // µs

/// What arm_kill_point() was told; see kill_points::armed.
constinit std::atomic<std::uint32_t> left{0};    // NOLINT
constinit std::uint32_t delay_microseconds = 0;  // NOLINT
constinit std::array<char, 4096> note_file{};    // NOLINT
constinit std::size_t name_index = 0;            // NOLINT: in kPoints

Result<std::uint32_t> read_number(std::string_view text, std::uint32_t least, std::uint32_t most) {
  std::uint32_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number < least || number > most)
    return fail(ErrorCode::invalid_input, "bad_kill_point",
                "\"" + std::string(text) + "\" is no number from " + std::to_string(least) + " to " +
                    std::to_string(most));
  return number;
}

std::string_view take_part(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(':'), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

/// System calls only: this may be a forked child of a process with threads.
void leave_note() {
  if (note_file[0] == '\0') return;
  const int file = ::open(note_file.data(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file < 0) return;
  const std::string_view name = kPoints[name_index].name;
  const bool is_written = ::write(file, name.data(), name.size()) > 0 && ::write(file, "\n", 1) > 0;
  static_cast<void>(is_written);  // whoever misses the name says so
  ::close(file);
}

[[noreturn]] void die() {
  for (;;) ::kill(::getpid(), SIGKILL);
}

void die_later() {
  sigevent how{};
  how.sigev_notify = SIGEV_SIGNAL;
  how.sigev_signo = SIGKILL;
  timer_t timer{};
  itimerspec when{};
  when.it_value.tv_sec = delay_microseconds / kSecond;
  when.it_value.tv_nsec = static_cast<long>(delay_microseconds % kSecond) * kMicrosecond;
  if (::timer_create(CLOCK_MONOTONIC, &how, &timer) != 0 || ::timer_settime(timer, 0, &when, nullptr) != 0)
    die();
}

}  // namespace

std::span<const NamedKillPoint> all_kill_points() {
  return kPoints;
}

Result<> arm_kill_point(std::string_view text) {
  std::string_view rest = text;
  const std::string_view name = take_part(rest);
  std::string known;
  KillPoint found = none;
  for (const NamedKillPoint& one : kPoints) {
    if (one.name == name) found = one.point;
    known += (known.empty() ? "" : ", ") + std::string(one.name);
  }
  if (found == none)
    return fail(ErrorCode::invalid_input, "bad_kill_point",
                "there is no kill point \"" + std::string(name) + "\"; there are " + known);
  std::uint32_t count = 1, delay = 0;
  if (!rest.empty()) {
    FETTLE_TRY(count, read_number(take_part(rest), 1, kMostCount));
  }
  if (!rest.empty()) {
    FETTLE_TRY(delay, read_number(take_part(rest), 0, kMostMicroseconds));
  }
  if (rest.size() >= note_file.size())
    return fail(ErrorCode::invalid_input, "bad_kill_point", "the name of the file is too long");
  note_file.fill('\0');
  rest.copy(note_file.data(), rest.size());
  name_index = static_cast<std::size_t>(found) - 1;
  delay_microseconds = delay;
  left.store(count);
  kill_points::armed = found;
  return {};
}

void kill_points::reached() {
  if (left.fetch_sub(1) != 1) return;  // before it, or after it with the time still running
  leave_note();
  if (delay_microseconds == 0) die();
  die_later();
}

}  // namespace fettle::io
