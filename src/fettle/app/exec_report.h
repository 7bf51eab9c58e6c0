// What `fettle exec` tells the agent of its host about one command: written as frames (agent/act/run_frame.h)
// through a process that nobody waits for. Nothing here can fail the command or hold it up.
#pragma once
#include <deque>
#include <string>
#include <string_view>

#include "fettle/base/time.h"
#include "fettle/io/process_runner.h"
#include "fettle/wire/messages.h"

namespace fettle::app {

class ExecReport {
 public:
  explicit ExecReport(std::string spool);
  ~ExecReport();
  ExecReport(const ExecReport&) = delete;
  ExecReport& operator=(const ExecReport&) = delete;

  /// Before there is any other thread.
  void begin(const wire::RunOpened& opened);
  /// One call at a time. Never waits.
  void add_output(io::OutputKind kind, std::string_view bytes);
  /// Output that is not known.
  void add_lost(std::uint64_t bytes) { lost_ += bytes; }
  /// `code` as in RunFrameKind::ended. Takes at most kPatience.
  void end(int code, const std::string& why);

  static constexpr int kPatienceMs = 500;  // M20
  static constexpr std::size_t kMostFirst = 4UL * 1024 * 1024;
  static constexpr std::size_t kMostLast = 256UL * 1024;
  /// Of output, told as it comes; what comes after that is gathered, or the frames of a command that writes
  /// byte by byte were more than a spool file may hold.
  static constexpr std::size_t kMostSmallFrames = 20'000;
  static constexpr std::size_t kGathered = 4096;  // bytes

 private:
  void put(io::OutputKind kind, std::string_view bytes);
  void put_gathered();
  void keep_last(io::OutputKind kind, std::string_view bytes);

  struct Piece {
    io::OutputKind kind = io::OutputKind::out;
    std::uint64_t at = 0;
    std::string bytes;
  };
  const std::string spool_;
  int socket_ = -1;

  std::string pending_;
  std::size_t first_left_ = kMostFirst;
  std::size_t frames_ = 0;
  Piece gathered_;
  std::deque<Piece> last_;
  std::size_t last_bytes_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace fettle::app
