// The part of the agent protocol that is about runs, as plain values (agent.proto says what each is for). Ids
// stay texts here: whoever receives one checks it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fettle::wire {

struct RunOrder {
  std::string run_id;
  std::uint64_t epoch = 0;
  std::string plan, parameters;
  bool is_dry = false;
  std::vector<std::string> steps, skipped;
  std::uint32_t deadline_s = 0;
  std::string target = {};
  friend bool operator==(const RunOrder&, const RunOrder&) = default;
};

struct RunTaken {
  std::string run_id;
  std::uint64_t epoch = 0;
  std::string refused;
  friend bool operator==(const RunTaken&, const RunTaken&) = default;
};

struct RunCancel {
  std::string run_id;
  std::uint64_t epoch = 0;
  friend bool operator==(const RunCancel&, const RunCancel&) = default;
};

/// `unknown`: of a newer version; whoever reads it takes it for running until a word comes that it knows.
enum class RunPhase : std::uint8_t {
  unknown,
  running,
  completed,
  completed_with_warnings,
  failed,
  cancelled,
  interrupted
};
enum class StepPhase : std::uint8_t { unknown, pending, running, completed, failed, skipped, cancelled };

struct StepReport {
  std::uint32_t index = 0;
  StepPhase phase = StepPhase::unknown;
  std::string message;
  bool has_warning = false;
  std::int64_t started_at_ms = 0, ended_at_ms = 0;
  std::optional<double> fraction;
  std::map<std::string, std::int64_t> counters;
  std::uint32_t deadline_s = 0;
  friend bool operator==(const StepReport&, const StepReport&) = default;
};

struct RunLogLine {
  std::int64_t at_ms = 0;
  std::uint32_t level = 1;
  std::uint32_t step = 0;
  std::string text;
  friend bool operator==(const RunLogLine&, const RunLogLine&) = default;
};

struct RunReport {
  std::string run_id;
  std::uint64_t epoch = 0, sequence = 0;
  std::int64_t at_ms = 0;
  RunPhase phase = RunPhase::running;
  std::string message;
  std::optional<std::int32_t> exit_code;
  std::vector<StepReport> steps;
  std::vector<RunLogLine> log;
  friend bool operator==(const RunReport&, const RunReport&) = default;
};

struct RunReportAck {
  std::string run_id;
  std::uint64_t epoch = 0, sequence = 0;
  friend bool operator==(const RunReportAck&, const RunReportAck&) = default;
};

struct HeldRun {
  std::string run_id;
  std::uint64_t epoch = 0;
  bool is_over = false;
  friend bool operator==(const HeldRun&, const HeldRun&) = default;
};

struct RunsHeld {
  std::string boot_id;
  std::vector<HeldRun> runs = {};
  bool is_partial = false;
  friend bool operator==(const RunsHeld&, const RunsHeld&) = default;
};

struct RunOpened {
  std::string run_id, name, command;
  std::int64_t started_at_ms = 0;
  std::string actor, expected;
  std::uint32_t deadline_s = 0;
  friend bool operator==(const RunOpened&, const RunOpened&) = default;
};

struct HostCommands {
  std::vector<std::string> names;
  friend bool operator==(const HostCommands&, const HostCommands&) = default;
};

// Limits of what is decoded; the sender keeps to them.
inline constexpr std::size_t kMostSteps = 200;         // of one plan
inline constexpr std::size_t kMostCounters = 32;       // of one step
inline constexpr std::size_t kMostReportLines = 512;   // of one report
inline constexpr std::size_t kMaxLineText = 8192;      // bytes
inline constexpr std::size_t kMaxRunText = 4096;       // bytes of a message or a command as shown
inline constexpr std::size_t kMaxParameters = 65'536;  // bytes
inline constexpr std::size_t kMostHeldRuns = 2048;     // of one host
inline constexpr std::size_t kMostHostCommands = 256;
inline constexpr std::size_t kMaxCommandName = 128;  // bytes

}  // namespace fettle::wire
