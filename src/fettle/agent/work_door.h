// What the link carries for the work of a host, without knowing it: it hands over the messages that are about
// runs, and asks for what is to be said. Loop thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "fettle/io/task.h"
#include "fettle/wire/messages.h"

namespace fettle::agent {

class WorkDoor {
 public:
  virtual ~WorkDoor() = default;
  /// A server that knows of runs has welcomed us: what it has not acknowledged is told again. The number of
  /// this opening, for next().
  virtual std::uint64_t open() = 0;
  /// Nothing reaches the server any more; next() of this opening ends.
  virtual void close(std::uint64_t opening) = 0;
  /// False when it is no message about runs.
  virtual bool take(const wire::Message& message) = 0;
  /// The next encoded message for the server; waits for one. Nothing when this opening has ended.
  virtual Task<std::optional<std::string>> next(std::uint64_t opening) = 0;
  /// The server has acknowledged all that there is to say.
  [[nodiscard]] virtual bool is_told() const = 0;
};

}  // namespace fettle::agent
