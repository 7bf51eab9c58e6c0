#include "fettle/net/ws_frame.h"

#include <cstring>

#include "fettle/base/text.h"

namespace fettle::net {
namespace {

constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kOpcodeBits = 0x0f;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::uint8_t kLengthBits = 0x7f;
constexpr std::uint8_t kLength16 = 126;
constexpr std::uint8_t kLength64 = 127;
constexpr std::uint16_t kNoStatus = 1005;
constexpr std::uint16_t kProtocolError = 1002;
constexpr std::uint16_t kUnsupportedData = 1003;
constexpr std::uint16_t kInvalidPayload = 1007;

std::uint8_t byte_at(const char* data, std::size_t i) {
  return static_cast<std::uint8_t>(data[i]);
}

bool is_control(WsOpcode opcode) {
  return static_cast<std::uint8_t>(opcode) >= 8;
}

bool is_known(WsOpcode opcode) {
  switch (opcode) {
    case WsOpcode::continuation:
    case WsOpcode::text:
    case WsOpcode::binary:
    case WsOpcode::close:
    case WsOpcode::ping:
    case WsOpcode::pong:
      return true;
  }
  return false;
}

/// What may stand in a close frame (RFC 6455 section 7.4).
bool is_sendable_close_code(std::uint16_t code) {
  return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
         (code >= 3000 && code <= 4999);
}

}  // namespace

WsFrameHead make_frame_head(WsOpcode opcode, std::size_t payload_bytes, const WsMask* mask) {
  WsFrameHead head;
  const auto put = [&](std::uint64_t byte) { head.bytes[head.size++] = static_cast<char>(byte & 0xff); };
  const std::uint8_t mask_bit = mask ? kMasked : 0;
  put(kFinal | static_cast<std::uint8_t>(opcode));
  if (payload_bytes < kLength16) {
    put(mask_bit | payload_bytes);
  } else if (payload_bytes <= 0xffff) {
    put(mask_bit | kLength16);
    put(payload_bytes >> 8);
    put(payload_bytes);
  } else {
    put(mask_bit | kLength64);
    for (int shift = 56; shift >= 0; shift -= 8) put(payload_bytes >> shift);
  }
  if (mask) {
    for (const std::uint8_t byte : *mask) put(byte);
  }
  return head;
}

void apply_mask(std::span<char> data, const WsMask& mask, std::size_t offset) {
  std::array<std::uint8_t, 8> wide;
  for (std::size_t i = 0; i < wide.size(); ++i) wide[i] = mask[(offset + i) & 3];
  std::uint64_t key = 0;
  std::memcpy(&key, wide.data(), sizeof key);
  std::size_t i = 0;
  for (; i + sizeof key <= data.size(); i += sizeof key) {
    std::uint64_t word = 0;
    std::memcpy(&word, data.data() + i, sizeof word);
    word ^= key;
    std::memcpy(data.data() + i, &word, sizeof word);
  }
  for (; i < data.size(); ++i) data[i] = static_cast<char>(byte_at(data.data(), i) ^ mask[(offset + i) & 3]);
}

std::size_t WsDecoder::wanted_head_bytes() const {
  if (head_size_ < 2) return 2;
  const std::uint8_t second = byte_at(head_.data(), 1);
  const std::uint8_t length = second & kLengthBits;
  std::size_t size = 2;
  if (length == kLength16) size += 2;
  if (length == kLength64) size += 8;
  if (second & kMasked) size += 4;
  return size;
}

WsDecoder::Event WsDecoder::fail(CloseCode code, std::string_view why) {
  close_code_ = static_cast<std::uint16_t>(code);
  failure_ = why;
  return Event::failed;
}

WsDecoder::Event WsDecoder::read_head() {
  constexpr auto kProtocol = static_cast<CloseCode>(kProtocolError);
  const std::uint8_t first = byte_at(head_.data(), 0);
  const std::uint8_t second = byte_at(head_.data(), 1);
  opcode_ = static_cast<WsOpcode>(first & kOpcodeBits);
  is_final_ = (first & kFinal) != 0;
  is_masked_ = (second & kMasked) != 0;
  if (first & kReserved) return fail(kProtocol, "a reserved bit is set");
  if (!is_known(opcode_)) return fail(kProtocol, "the opcode is not known");
  if (is_masked_ != (from_ == WsRole::client)) return fail(kProtocol, "the masking is wrong for the sender");
  std::size_t at = 2;
  std::uint64_t length = second & kLengthBits;
  if (const std::size_t extra = length == kLength16 ? 2 : length == kLength64 ? 8 : 0; extra > 0) {
    length = 0;
    for (std::size_t i = 0; i < extra; ++i) length = length << 8 | byte_at(head_.data(), at++);
    if (length < kLength16 || (extra == 8 && length <= 0xffff))
      return fail(kProtocol, "the length is not minimal");
  }
  if (is_masked_) std::memcpy(mask_.data(), head_.data() + at, mask_.size());
  payload_left_ = length;
  payload_done_ = 0;
  if (is_control(opcode_)) {
    if (!is_final_ || length > kMaxControlBytes)
      return fail(kProtocol, "a control frame is too long or in pieces");
    control_size_ = 0;
    return Event::none;
  }
  if ((opcode_ == WsOpcode::continuation) != is_in_message_)
    return fail(kProtocol, "a fragment is out of place");
  if (opcode_ == WsOpcode::text)
    return fail(static_cast<CloseCode>(kUnsupportedData), "messages must be binary");
  return Event::none;
}

WsDecoder::Event WsDecoder::finish_control() {
  if (opcode_ == WsOpcode::ping) return Event::ping;
  if (opcode_ == WsOpcode::pong) return Event::pong;
  close_code_ = kNoStatus;
  if (control_size_ == 1) return fail(static_cast<CloseCode>(kProtocolError), "a close code is cut in two");
  if (control_size_ >= 2) {
    close_code_ = static_cast<std::uint16_t>(byte_at(control_.data(), 0) << 8 | byte_at(control_.data(), 1));
    if (!is_sendable_close_code(close_code_)) {
      return fail(static_cast<CloseCode>(kProtocolError), "the close code is not allowed");
    }
    control_size_ = static_cast<std::uint8_t>(control_size_ - 2);
    std::memmove(control_.data(), control_.data() + 2, control_size_);
    if (!is_valid_utf8(control()))
      return fail(static_cast<CloseCode>(kInvalidPayload), "a close reason is not UTF-8");
  }
  return Event::close;
}

WsDecoder::Event WsDecoder::decode(std::string_view& input, std::string& message) {
  for (;;) {
    if (!is_in_payload_) {
      while (head_size_ < wanted_head_bytes()) {
        if (input.empty()) return Event::none;
        const std::size_t count = std::min(wanted_head_bytes() - head_size_, input.size());
        std::memcpy(head_.data() + head_size_, input.data(), count);
        head_size_ = static_cast<std::uint8_t>(head_size_ + count);
        input.remove_prefix(count);
      }
      if (const Event event = read_head(); event != Event::none) return event;
      if (!is_control(opcode_)) {
        if (payload_left_ > max_message_bytes_ || message.size() > max_message_bytes_ - payload_left_) {
          return fail(CloseCode::too_big, "the message is longer than allowed");
        }
        // Not more at once than has arrived, but for messages of the usual size in one step.
        message.reserve(message.size() + std::min<std::size_t>(payload_left_, std::size_t{64} * 1024));
      }
      is_in_payload_ = true;
    }
    const std::size_t count = std::min<std::size_t>(payload_left_, input.size());
    if (is_control(opcode_)) {
      std::memcpy(control_.data() + control_size_, input.data(), count);
      if (is_masked_) apply_mask({control_.data() + control_size_, count}, mask_, payload_done_);
      control_size_ = static_cast<std::uint8_t>(control_size_ + count);
    } else {
      const std::size_t begin = message.size();
      message.append(input.substr(0, count));
      if (is_masked_) apply_mask({message.data() + begin, count}, mask_, payload_done_);
    }
    input.remove_prefix(count);
    payload_left_ -= count;
    payload_done_ += count;
    if (payload_left_ > 0) return Event::none;
    is_in_payload_ = false;
    head_size_ = 0;
    if (!is_control(opcode_)) {
      is_in_message_ = !is_final_;
      if (is_final_) {
        idle_frames_ = 0;
        return Event::message;
      }
    }
    if (++idle_frames_ > kMaxIdleFrames) return fail(CloseCode::policy, "too many frames without a message");
    if (is_control(opcode_)) return finish_control();
  }
}

}  // namespace fettle::net
