// What `fettle exec` tells about its command, through a process (exec_teller.h) that nobody waits for.
// Nothing here can fail the command or hold it up: what does not work is not told.
#pragma once
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "fettle/app/exec_teller.h"

namespace fettle::app {

class ExecReport {
 public:
  ExecReport() = default;
  ~ExecReport();
  ExecReport(const ExecReport&) = delete;
  ExecReport& operator=(const ExecReport&) = delete;

  /// Before there is any other thread.
  void begin(const ExecStart& start) noexcept;
  /// One call at a time. Never waits.
  void add_output(io::OutputKind kind, std::string_view bytes) noexcept;

  struct End {
    int code = 0;  // or 256 + signal
    WallTime at;
    bool is_late = false;  // after its deadline
    std::string_view why;  // it could not be run
  };
  /// Takes at most kPatienceMs.
  void end(const End& end) noexcept;

  static constexpr int kPatienceMs = 500;  // M20
  static constexpr std::size_t kMostFirst = 4UL * 1024 * 1024;
  static constexpr std::size_t kMostLast = 256UL * 1024;
  /// Of output, told as it comes; what comes after that is gathered, or the frames of a command that writes
  /// byte by byte were more than a spool file may hold.
  static constexpr std::size_t kMostSmallFrames = 20'000;
  static constexpr std::size_t kGathered = 4096;  // bytes

 private:
  void put(ExecWord word, std::string_view payload);
  void add_piece(io::OutputKind kind, std::string_view bytes);
  void keep_last(io::OutputKind kind, std::string_view bytes);
  void finish(const End& end);
  void guarded(const std::function<void()>& work) noexcept;
  void give_up() noexcept;

  struct Piece {
    io::OutputKind kind;
    std::uint64_t at_ms;
    std::string bytes;
  };
  int socket_ = -1;

  std::string pending_;
  std::size_t first_left_ = kMostFirst;
  std::deque<Piece> last_;
  std::size_t last_bytes_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace fettle::app
