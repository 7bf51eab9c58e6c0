// WebSocket frames (RFC 6455 section 5): a decoder that takes bytes in any pieces and gives whole messages,
// and the head of outgoing frames. Pure; knows no socket and no extension. Binary messages only: text is
// refused.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "fettle/net/message_channel.h"

namespace fettle::net {

enum class WsRole : std::uint8_t { server, client };
enum class WsOpcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

constexpr std::size_t kMaxControlBytes = 125;
constexpr std::size_t kMaxFrameHeadBytes = 14;
/// Control frames and fragments that may come before a message is complete, or within half a second: an
/// honest peer sends a ping now and then and cuts no message into more pieces. Whoever sends more is closed
/// with 1008.
constexpr std::size_t kMaxIdleFrames = 1024;

using WsMask = std::array<std::uint8_t, 4>;

/// The head of one final frame. A client masks, a server does not.
struct WsFrameHead {
  std::array<char, kMaxFrameHeadBytes> bytes;
  std::uint8_t size = 0;
  [[nodiscard]] std::string_view view() const { return {bytes.data(), size}; }
};
WsFrameHead make_frame_head(WsOpcode opcode, std::size_t payload_bytes, const WsMask* mask);

/// In place; `offset` is where `data` begins in its payload.
void apply_mask(std::span<char> data, const WsMask& mask, std::size_t offset);

class WsDecoder {
 public:
  enum class Event : std::uint8_t { none, message, ping, pong, close, failed };

  /// `from` is who sends: frames of a client must be masked, those of a server must not.
  WsDecoder(WsRole from, std::size_t max_message_bytes)
      : max_message_bytes_(max_message_bytes), from_(from) {}

  /// Takes bytes from the front of `input` until an event or the end. A binary message is gathered in
  /// `message`, which must be the same string until the event; it starts empty. After `close` and `failed`
  /// nothing more is taken.
  Event decode(std::string_view& input, std::string& message);

  void limit_messages(std::size_t bytes) { max_message_bytes_ = bytes; }
  /// Some time has passed: frames that completed no message are forgiven.
  void forgive_idle_frames() { idle_frames_ = 0; }

  /// Payload of the last ping or pong; reason of the last close.
  [[nodiscard]] std::string_view control() const { return {control_.data(), control_size_}; }
  /// Of the last close (1005 when it named none), or why it failed.
  [[nodiscard]] std::uint16_t close_code() const { return close_code_; }
  [[nodiscard]] std::string_view failure() const { return failure_; }

 private:
  [[nodiscard]] std::size_t wanted_head_bytes() const;
  Event read_head();
  Event finish_control();
  Event fail(CloseCode code, std::string_view why);

  std::size_t max_message_bytes_;
  std::uint64_t payload_left_ = 0;
  std::size_t payload_done_ = 0;
  std::size_t idle_frames_ = 0;  // since the last message, or since they were forgiven
  std::string_view failure_;
  WsMask mask_{};
  WsRole from_;
  WsOpcode opcode_ = WsOpcode::binary;
  bool is_final_ = false;
  bool is_masked_ = false;
  bool is_in_payload_ = false;
  bool is_in_message_ = false;  // a fragment came and the last one has not
  std::uint8_t head_size_ = 0;
  std::uint8_t control_size_ = 0;
  std::uint16_t close_code_ = 0;
  std::array<char, kMaxFrameHeadBytes> head_{};
  std::array<char, kMaxControlBytes> control_{};
};

}  // namespace fettle::net
