// A ByteStream with a kernel buffer of chosen size and a peer that reads as the test says. What the peer has
// read is a text; it can go at any byte.
#pragma once
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "fettle/io/loop.h"
#include "fettle/net/byte_stream.h"

namespace fettle::testing {

class FakeByteStream final : public net::ByteStream, public std::enable_shared_from_this<FakeByteStream> {
 public:
  static constexpr std::size_t kEndless = std::numeric_limits<std::size_t>::max();

  explicit FakeByteStream(io::Loop& loop, std::size_t buffer_bytes = kEndless)
      : loop_(loop), buffer_bytes_(buffer_bytes) {}

  std::ptrdiff_t try_write(std::span<const std::string_view> parts) override {
    ++writes;
    if (is_gone_) return -1;
    std::size_t taken = 0;
    for (const std::string_view part : parts) {
      const std::size_t count =
          std::min(part.size(), buffer_bytes_ - std::min(buffer_bytes_, buffer_.size()));
      buffer_ += part.substr(0, count);
      if (on_taken) on_taken(part.substr(0, count));
      taken += count;
      if (count < part.size()) break;
    }
    written += taken;
    if (reads_at_once) read();
    return static_cast<std::ptrdiff_t>(taken);
  }

  void on_writable(Callback callback) override {
    writable_ = std::move(callback);
    offer();
  }
  void on_closed(Callback callback) override { closed_ = std::move(callback); }
  void close() override { is_closed = is_gone_ = true, closed_ = nullptr, writable_ = nullptr; }

  /// The peer takes up to `count` bytes.
  void read(std::size_t count = kEndless) {
    count = std::min(count, buffer_.size());
    received.append(buffer_, 0, count);
    buffer_.erase(0, count);
    offer();
  }
  /// The peer goes. What it has not read is lost.
  void cut() {
    if (std::exchange(is_gone_, true)) return;
    buffer_.clear();
    loop_.post([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      if (auto callback = std::exchange(self->writable_, nullptr)) callback();
      if (auto callback = std::exchange(self->closed_, nullptr)) callback();
    });
  }

  [[nodiscard]] std::size_t buffered() const { return buffer_.size(); }

  std::function<void(std::string_view)> on_taken;  // what the kernel took, before the peer reads it
  bool reads_at_once = true;
  bool is_closed = false;  // by the server
  std::size_t writes = 0, written = 0;
  std::string received;

 private:
  void offer() {
    if (!writable_ || is_offered_ || (buffer_.size() >= buffer_bytes_ && !is_gone_)) return;
    is_offered_ = true;
    loop_.post([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      self->is_offered_ = false;
      if (auto callback = std::exchange(self->writable_, nullptr)) callback();
    });
  }

  io::Loop& loop_;
  std::size_t buffer_bytes_;
  std::string buffer_;
  bool is_gone_ = false;
  bool is_offered_ = false;
  Callback writable_, closed_;
};

}  // namespace fettle::testing
