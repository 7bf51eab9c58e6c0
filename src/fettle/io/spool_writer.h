// The writing side of the spool of `fettle exec` (spool.h): a process of its own that nobody waits for and
// whose faults are nobody's else, and the file that it writes and holds a lock on for as long as it lives.
// Blocks.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/base/result.h"

namespace fettle::io {

struct TellerFork {
  bool is_teller = false;  // this is the new process: it has leave_everything() to call, and to end itself
  int socket = -1;         // of this side; -1 when there is no new process
};
/// The caller has no other thread.
TellerFork fork_teller();
/// In the new process: no session, folder, signals, streams or descriptors of ours but the socket and `kept`.
void leave_everything(int socket, std::vector<int> kept);

/// Hands over as much as is taken at once; false when nobody takes any more.
bool send_to_teller(int socket, std::string& bytes);
/// All of it, then no more; returns when the teller has written, or at `patience`.
void finish_telling(int socket, std::string bytes, int patience_ms);

/// A path that holds good when the working folder is another.
std::string whole_path(const std::string& path);

/// `folder`/`name`.exec, under a hidden name until there is something in it. A folder that holds too much
/// already, or a disk that is nearly full, takes nothing: what comes is thrown away.
class SpoolWriter {
 public:
  SpoolWriter(const std::string& folder, const std::string& name);
  ~SpoolWriter();
  SpoolWriter(const SpoolWriter&) = delete;
  SpoolWriter& operator=(const SpoolWriter&) = delete;

  void write(std::string_view bytes);
  void sync() const;

 private:
  std::string path_, hidden_;
  int file_ = -1;
  bool is_shown_ = false;
};

/// Leaves a file in the folder, as a command would, and waits until whoever follows it has taken it away;
/// false at `patience`. Errors: why nothing can be left there.
Result<bool> try_spool(const std::string& folder, int patience_ms);

}  // namespace fettle::io
