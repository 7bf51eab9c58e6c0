// The rest of an HTTP answer whose body goes on for hours: what the stream module writes its frames to. The
// socket is non-blocking and there is no buffer in between; the caller keeps what was not taken. Loop thread
// only.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>

#include "fettle/io/task.h"

namespace fettle::net {

class ByteStream {
 public:
  virtual ~ByteStream() = default;  // closes
  /// Gathers the parts into one system call. Returns the bytes that the kernel took, 0 when it takes none at
  /// present, -1 when the connection is gone.
  virtual std::ptrdiff_t try_write(std::span<const std::string_view> parts) = 0;
  /// Calls back once, on a later turn, when writing can go on (or the connection is gone).
  virtual void on_writable(Callback callback) = 0;
  /// Calls back once when the peer has gone or the server stops.
  virtual void on_closed(Callback callback) = 0;
  virtual void close() = 0;
};

}  // namespace fettle::net
