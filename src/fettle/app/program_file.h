// The running program as a file that hosts can fetch: /proc/self/exe, which stays what was started also when
// an upgrade has put another program in its place. Read and hashed on workers, sent in pieces. Loop thread.
#pragma once
#include <memory>
#include <set>
#include <string>

#include "fettle/io/async_event.h"
#include "fettle/io/clock.h"
#include "fettle/io/files.h"
#include "fettle/io/loop.h"
#include "fettle/io/task_scope.h"
#include "fettle/io/work_queue.h"
#include "fettle/net/byte_stream.h"

namespace fettle::app {

/// "amd64" or "arm64": as Debian calls it, and what `packaging/install.sh` looks for.
std::string_view own_architecture();

struct ProgramFacts {
  std::uint64_t bytes = 0;
  std::string sha256;  // lower-case hex
};

class ProgramFile {
 public:
  ProgramFile(io::Loop& loop, io::Clock& clock, io::WorkQueue& workers, io::Files& files, io::Log& log,
              std::string path = "/proc/self/exe");
  /// Looked at once, however many ask meanwhile: hashing takes a worker long enough to be felt. Errors as of
  /// Files.
  Task<Result<ProgramFacts>> facts();
  /// Sends the whole file and closes. A reader that takes nothing for kPatience is left.
  void send(std::shared_ptr<net::ByteStream> stream, std::uint64_t bytes);
  [[nodiscard]] bool is_busy() const { return transfers_.size() >= kMostAtOnce; }
  Task<void> stop() { return tasks_.stop(); }

  static constexpr std::size_t kMostAtOnce = 32;  // each holds one piece in memory
  static constexpr std::size_t kPieceBytes = 128 * 1024;
  static constexpr Nanos kPatience = Seconds(30);

 private:
  /// One download. The sweep wakes it when its reader has taken nothing for too long.
  struct Transfer {
    std::shared_ptr<net::ByteStream> stream;  // shared with the connection that made it
    MonoTime moved_at;
    bool is_given_up = false;
    io::AsyncEvent writable;
  };
  Task<void> send_all(std::shared_ptr<Transfer> transfer, std::uint64_t bytes);
  Task<bool> send_piece(std::shared_ptr<Transfer> transfer, std::string_view piece);
  Task<void> sweep();
  Task<Result<std::string>> read_piece(std::shared_ptr<io::File> file, std::uint64_t offset);

  io::Loop& loop_;
  io::Clock& clock_;
  io::WorkQueue& workers_;
  io::Files& files_;
  const std::string path_;
  std::optional<ProgramFacts> facts_;
  bool is_looking_ = false;
  io::AsyncEvent looked_;
  std::set<std::shared_ptr<Transfer>> transfers_;  // shared with the task that sends
  bool is_sweeping_ = false;
  io::TaskScope tasks_;
};

}  // namespace fettle::app
