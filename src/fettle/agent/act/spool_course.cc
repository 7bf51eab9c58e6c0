#include "fettle/agent/act/spool_course.h"

#include <algorithm>
#include <csignal>
#include <limits>

#include "fettle/agent/act/command_plan.h"
#include "fettle/agent/act/host_plan.h"
#include "fettle/agent/act/run_frame.h"
#include "fettle/wire/messages.h"

namespace fettle::agent {
namespace {

using wire::StepPhase;

constexpr std::uint32_t kOnlyStep = 1;
constexpr std::uint64_t kSignalInFrame = 256;
constexpr int kSignalBase = 128;
constexpr std::uint64_t kMostCode = kSignalInFrame + 127;

/// Anybody may have written the file: no time of it is beyond those of the protocol.
std::int64_t time_of(std::uint64_t ms) {
  constexpr auto kMost = static_cast<std::uint64_t>(wire::kLastUnixMs);
  return static_cast<std::int64_t>(std::min(ms, kMost));
}

StepEnd end_of(std::uint64_t code, std::string_view why) {
  io::ProcessEnd end;
  (code >= kSignalInFrame ? end.signal : end.exit_code) = static_cast<int>(code % kSignalInFrame);
  StepEnd step{.message = why.empty() ? describe_end(end) : repair_utf8(why)};
  step.exit_code = end.signal != 0 ? kSignalBase + end.signal : end.exit_code;
  // With 0 too, where something is to be said of it: it was told to end.
  if (!end.is_success() || !why.empty()) step.phase = StepPhase::failed;
  // `| head` has had enough, or what read has died: only people know, so it asks for a look and nobody is
  // woken.
  // A shell says the same of its last command by its exit code.
  if (*step.exit_code == kSignalBase + SIGPIPE && why.empty()) {
    step.phase = StepPhase::completed;
    step.has_warning = true;
    step.message += ": whoever read its output took no more";
  }
  return step;
}

}  // namespace

SpoolCourse::SpoolCourse() : course_({"command"}) {}

SpoolCourse::SpoolCourse(std::uint64_t told) : SpoolCourse() {
  taken_ = told;
  is_opened_ = told > 0;
  if (is_opened_) course_.begin_step(kOnlyStep, 0);
}

SpoolCourse::State SpoolCourse::add(std::string_view bytes) {
  rest_ += bytes;
  std::string_view rest = rest_;
  while (state_ == State::open && take_frame(rest)) {
  }
  taken_ += rest_.size() - rest.size();
  rest_.erase(0, rest_.size() - rest.size());
  return state_;
}

bool SpoolCourse::take_frame(std::string_view& rest) {
  RunFrame frame;
  const RunFrameRead read = take_run_frame(rest, frame);
  if (read == RunFrameRead::broken) state_ = State::broken;
  if (read != RunFrameRead::good) return false;
  if (!is_opened_) {
    wire::Decoder decoder;
    wire::Message message;
    const bool is_good =
        frame.kind == RunFrameKind::opened && decoder.decode(frame.payload, message).has_value();
    const auto* opened = std::get_if<wire::RunOpened>(&message);
    if (!is_good || opened == nullptr) {
      state_ = State::broken;
      return false;
    }
    opened_ = *opened;
    is_opened_ = true;
    course_.begin_step(kOnlyStep, opened->started_at_ms);
    return true;
  }
  if (frame.kind == RunFrameKind::output) take_output(time_of(frame.first), frame.second == 1, frame.payload);
  if (frame.kind == RunFrameKind::lost) {
    course_.add_line({.at_ms = last_at_ms_,
                      .level = static_cast<std::uint32_t>(LineLevel::warning),
                      .step = kOnlyStep,
                      .text = "(" + std::to_string(frame.first) + " bytes of output are not kept)"});
  }
  if (frame.kind == RunFrameKind::ended && frame.second <= kMostCode)
    end(end_of(frame.second, frame.payload), time_of(frame.first));
  return true;
}

void SpoolCourse::take_output(std::int64_t at_ms, bool is_err, std::string_view bytes) {
  const auto level = is_err ? LineLevel::warning : LineLevel::info;
  last_at_ms_ = at_ms;
  (is_err ? err_ : out_).add(bytes, [&](std::string line) {
    course_.add_line({.at_ms = at_ms,
                      .level = static_cast<std::uint32_t>(level),
                      .step = kOnlyStep,
                      .text = std::move(line)});
  });
}

void SpoolCourse::end(StepEnd end, std::int64_t at_ms) {
  for (const bool is_err : {false, true}) {
    (is_err ? err_ : out_).end([&](std::string line) {
      course_.add_line({.at_ms = at_ms,
                        .level = static_cast<std::uint32_t>(is_err ? LineLevel::warning : LineLevel::info),
                        .step = kOnlyStep,
                        .text = std::move(line)});
    });
  }
  course_.end_log();
  course_.end_step(kOnlyStep, std::move(end), at_ms);
  ended_at_ms_ = at_ms;
  state_ = State::ended;
}

void SpoolCourse::abandon(std::int64_t now_ms, std::string why) {
  if (state_ == State::ended) return;
  is_abandoned_ = true;
  if (why.empty()) why = "fettle exec ended without a last word: nobody knows what became of the command";
  end({.phase = StepPhase::failed, .message = std::move(why)}, now_ms);
}

wire::RunReport SpoolCourse::last_report(std::int64_t now_ms) {
  wire::RunReport report = course_.take_report(now_ms);
  if (ended_at_ms_ > 0) report.at_ms = ended_at_ms_;  // it may be told long after
  report.phase = is_abandoned_ ? wire::RunPhase::interrupted : course_.phase_at_end();
  report.message = course_.message_at_end();
  report.exit_code = course_.exit_code();
  return report;
}

}  // namespace fettle::agent
