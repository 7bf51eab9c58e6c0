// How the records of a run lie in its file, and those of a spool of `fettle exec`: size, CRC32C, body. Pure.
// A frame that is cut short, or whose bits have changed, is never taken for a good one.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace fettle::agent {

// The body is a kind, two numbers (little endian, 64 bits each) and a payload.
enum class RunFrameKind : std::uint8_t {
  order = 1,   // epoch, -, encoded RunOrder: the server asked for it
  opened = 2,  // -, -, encoded RunOpened: it began here by itself
  epoch = 3,   // epoch, -, -: of all reports from now on
  report = 4,  // sequence, how much of the spool went into it, encoded RunReport
  done = 5,    // -, -, id of a run that will never begin again
  output = 6,  // of a spool: wall time in ms, 0 stdout or 1 stderr, bytes
  ended = 7,   // of a spool: wall time in ms, exit code or 256 + signal, why nobody knows, or nothing
  lost = 8,    // of a spool: bytes of output that were not kept, -, -
};

struct RunFrame {
  RunFrameKind kind = RunFrameKind::order;  // may be a number that this version does not know
  std::uint64_t first = 0, second = 0;
  std::string_view payload;
};

inline constexpr std::size_t kRunFrameHead = 8;
inline constexpr std::size_t kRunFrameFixed = kRunFrameHead + 1 + 8 + 8;
/// A report of 512 lines of 8 KiB is refused before; one that is written has 64 KiB and what its steps say.
inline constexpr std::size_t kLargestRunFrame = 2UL * 1024 * 1024;

void append_run_frame(std::string& out, const RunFrame& frame);

enum class RunFrameRead : std::uint8_t { good, incomplete, broken };
/// Takes a frame off the front of `rest` when it is good; `frame.payload` points into it. `incomplete` when
/// more bytes might make it good.
RunFrameRead take_run_frame(std::string_view& rest, RunFrame& frame);

}  // namespace fettle::agent
