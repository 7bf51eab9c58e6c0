// argon2id on two threads of its own with a bounded queue (S10): a flood of log-ins takes two cores for
// a while, and starves nothing else. Loop thread.
#pragma once
#include <memory>
#include <string>

#include "fettle/base/crypto.h"
#include "fettle/base/result.h"
#include "fettle/io/loop.h"
#include "fettle/io/work_queue.h"

namespace fettle::access {

class PasswordHasher {
 public:
  PasswordHasher(io::Loop& loop, PasswordCost cost);

  /// Error: `unavailable` when 50 wait already.
  Task<Result<std::string>> hash(Secret<> password, Salt salt);
  /// An empty `stored` (nobody has that name) costs the same and is false.
  Task<Result<bool>> verify(Secret<> password, std::string stored);

  /// For the few file operations of this module, which happen once in the life of a server.
  io::WorkQueue& queue() { return *queue_; }
  [[nodiscard]] const io::WorkQueue& queue() const { return *queue_; }

 private:
  io::Loop& loop_;
  PasswordCost cost_;
  std::string nobody_;  // has the form of a hash, and no password has it
  std::unique_ptr<io::WorkQueue> queue_;
};

}  // namespace fettle::access
