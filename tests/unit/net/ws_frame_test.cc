#include "fettle/net/ws_frame.h"

#include <gmock/gmock.h>

#include <random>

namespace fettle::net {
namespace {

using Event = WsDecoder::Event;

std::string frame(WsOpcode opcode, std::string payload, WsRole sender) {
  const WsMask mask{0x37, 0xfa, 0x21, 0x3d};
  const WsFrameHead head =
      make_frame_head(opcode, payload.size(), sender == WsRole::client ? &mask : nullptr);
  if (sender == WsRole::client) apply_mask(payload, mask, 0);
  return std::string(head.view()) + payload;
}

/// Cuts a message into frames without the final bit on all but the last.
std::string fragments(const std::vector<std::string>& pieces, WsRole sender) {
  std::string out;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    std::string one = frame(i == 0 ? WsOpcode::binary : WsOpcode::continuation, pieces[i], sender);
    if (i + 1 < pieces.size()) one[0] = static_cast<char>(one[0] & 0x7f);
    out += one;
  }
  return out;
}

struct Decoded {
  std::vector<std::string> messages;
  std::vector<std::string> pings;
  Event last = Event::none;
  std::uint16_t code = 0;
  std::string reason;
};

Decoded decode(std::string_view bytes, std::size_t piece, WsRole from = WsRole::client,
               std::size_t limit = 100'000) {
  WsDecoder decoder(from, limit);
  Decoded out;
  std::string message;
  while (!bytes.empty()) {
    // A copy of its own size, so that the address sanitizer sees a step beyond it.
    const std::string part(bytes.substr(0, piece));
    bytes.remove_prefix(part.size());
    std::string_view input = part;
    for (;;) {
      out.last = decoder.decode(input, message);
      if (out.last == Event::none) break;
      if (out.last == Event::message) {
        out.messages.push_back(std::exchange(message, {}));
      } else if (out.last == Event::ping) {
        out.pings.emplace_back(decoder.control());
      } else if (out.last == Event::close || out.last == Event::failed) {
        out.code = decoder.close_code();
        out.reason = out.last == Event::close ? decoder.control() : decoder.failure();
        return out;
      }
    }
  }
  return out;
}

TEST(WsFrame, MatchesTheExamplesOfTheStandard) {  // RFC 6455 section 5.7, with the opcode of binary messages
  EXPECT_EQ(frame(WsOpcode::binary, "Hello", WsRole::server), "\x82\x05Hello");
  EXPECT_EQ(frame(WsOpcode::binary, "Hello", WsRole::client), "\x82\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
  EXPECT_EQ(frame(WsOpcode::binary, std::string(256, 'a'), WsRole::server).substr(0, 4),
            std::string("\x82\x7e\x01\x00", 4));
  EXPECT_EQ(frame(WsOpcode::binary, std::string(65536, 'a'), WsRole::server).substr(0, 10),
            std::string("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10));
}

TEST(WsFrame, ReadsTheSameInPiecesOfAnySize) {
  const std::string text =
      frame(WsOpcode::binary, "one", WsRole::client) + fragments({"tw", "", "o"}, WsRole::client) +
      frame(WsOpcode::ping, "are you there", WsRole::client) + frame(WsOpcode::binary, "", WsRole::client) +
      frame(WsOpcode::binary, std::string(300, 'x'), WsRole::client) +
      frame(WsOpcode::close, std::string("\x03\xe8") + "bye", WsRole::client);
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    const Decoded decoded = decode(text, piece);
    EXPECT_EQ(decoded.messages, (std::vector<std::string>{"one", "two", "", std::string(300, 'x')})) << piece;
    EXPECT_EQ(decoded.pings, (std::vector<std::string>{"are you there"}));
    EXPECT_EQ(decoded.last, Event::close);
    EXPECT_EQ(decoded.code, 1000);
    EXPECT_EQ(decoded.reason, "bye");
  }
}

TEST(WsFrame, RoundTripsRandomMessagesInRandomFragmentsWithPingsBetween) {
  std::mt19937 random(17);  // NOLINT: the same messages in every run
  for (int round = 0; round < 300; ++round) {
    const WsRole sender = round % 2 == 0 ? WsRole::client : WsRole::server;
    std::vector<std::string> messages;
    std::string wire;
    for (int m = 0; m < 4; ++m) {
      std::vector<std::string> pieces(1 + random() % 4);
      std::string whole;
      for (std::string& piece : pieces) {
        piece.resize(random() % 3 == 0 ? random() % 70'00 : random() % 130);
        for (char& c : piece) c = static_cast<char>(random());
        whole += piece;
      }
      messages.push_back(whole);
      wire += fragments(pieces, sender);
      if (random() % 2 == 0) wire += frame(WsOpcode::ping, std::string(random() % 126, 'p'), sender);
    }
    const Decoded decoded = decode(wire, 1 + random() % 5000, sender);
    ASSERT_EQ(decoded.messages, messages) << round;
  }
}

TEST(WsFrame, AcceptsPingsInsideAMessage) {
  std::string first = frame(WsOpcode::binary, "a", WsRole::client);
  first[0] = static_cast<char>(first[0] & 0x7f);
  const std::string text =
      first + frame(WsOpcode::ping, "", WsRole::client) + frame(WsOpcode::continuation, "b", WsRole::client);
  EXPECT_EQ(decode(text, 100).messages, (std::vector<std::string>{"ab"}));
}

struct BadFrame {
  const char* name;
  std::string bytes;
  std::uint16_t code;
};
class BadFrameTest : public ::testing::TestWithParam<BadFrame> {};

TEST_P(BadFrameTest, EndsTheConnection) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}}) {
    const Decoded decoded = decode(GetParam().bytes, piece, WsRole::client, 1000);
    EXPECT_EQ(decoded.last, Event::failed);
    EXPECT_EQ(decoded.code, GetParam().code);
    EXPECT_FALSE(decoded.reason.empty());
  }
}

std::string masked(WsOpcode opcode, std::string payload) {
  return frame(opcode, std::move(payload), WsRole::client);
}
std::string copies(const std::string& text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}
std::string with_first(std::string text, char first) {
  text[0] = first;
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    Frames, BadFrameTest,
    ::testing::Values(
        BadFrame{"text", masked(WsOpcode::text, "hi"), 1003},
        BadFrame{"unmasked", frame(WsOpcode::binary, "hi", WsRole::server), 1002},
        BadFrame{"reserved_bit", with_first(masked(WsOpcode::binary, "hi"), '\xc2'), 1002},
        BadFrame{"unknown_opcode", with_first(masked(WsOpcode::binary, "hi"), '\x83'), 1002},
        BadFrame{"unknown_control", with_first(masked(WsOpcode::binary, "hi"), '\x8b'), 1002},
        BadFrame{"continuation_of_nothing", masked(WsOpcode::continuation, "hi"), 1002},
        BadFrame{"message_in_message",
                 with_first(masked(WsOpcode::binary, "a"), '\x02') + masked(WsOpcode::binary, "b"), 1002},
        BadFrame{"ping_in_pieces", with_first(masked(WsOpcode::ping, "a"), '\x09'), 1002},
        BadFrame{"long_ping", masked(WsOpcode::ping, std::string(126, 'a')), 1002},
        BadFrame{"long_form_of_a_short_length", std::string("\x82\xfe\x00\x05mask-hello", 13), 1002},
        BadFrame{"longest_form_of_a_short_length", std::string("\x82\xff\0\0\0\0\0\0\xff\xffmask", 14), 1002},
        BadFrame{"length_with_the_top_bit", std::string("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xffmask", 14),
                 1009},
        BadFrame{"too_long", masked(WsOpcode::binary, std::string(1001, 'a')), 1009},
        BadFrame{"too_long_in_pieces",
                 fragments({std::string(600, 'a'), std::string(401, 'a')}, WsRole::client), 1009},
        BadFrame{"too_many_pongs", copies(masked(WsOpcode::pong, ""), kMaxIdleFrames + 1), 1008},
        BadFrame{"too_many_pings", copies(masked(WsOpcode::ping, "a"), kMaxIdleFrames + 1), 1008},
        BadFrame{"endless_pieces",
                 with_first(masked(WsOpcode::binary, ""), '\x02') +
                     copies(with_first(masked(WsOpcode::continuation, ""), '\0'), kMaxIdleFrames),
                 1008},
        BadFrame{"half_a_close_code", masked(WsOpcode::close, "\x03"), 1002},
        BadFrame{"close_code_1005", masked(WsOpcode::close, "\x03\xed"), 1002},
        BadFrame{"close_code_999", masked(WsOpcode::close, "\x03\xe7"), 1002},
        BadFrame{"close_reason_not_utf8", masked(WsOpcode::close, "\x03\xe8\xff"), 1007}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(WsFrame, TakesManyPingsWhenMessagesOrTimeComeBetween) {
  const std::string pings = copies(masked(WsOpcode::ping, "a"), kMaxIdleFrames);
  const Decoded decoded = decode(pings + masked(WsOpcode::binary, "b") + pings, 1000);
  EXPECT_EQ(decoded.last, Event::none);
  EXPECT_EQ(decoded.pings.size(), 2 * kMaxIdleFrames);
  WsDecoder decoder(WsRole::client, 100);
  std::string message;
  for (int i = 0; i < 3; ++i) {
    std::string_view input = pings;
    for (std::size_t one = 0; one < kMaxIdleFrames; ++one) {
      ASSERT_EQ(decoder.decode(input, message), Event::ping);
    }
    decoder.forgive_idle_frames();
  }
}

TEST(WsFrame, TakesAMessageOfExactlyTheLimit) {
  EXPECT_EQ(
      decode(masked(WsOpcode::binary, std::string(1000, 'a')), 64, WsRole::client, 1000).messages.size(), 1u);
  EXPECT_EQ(decode(masked(WsOpcode::close, ""), 64).code, 1005);
}

}  // namespace
}  // namespace fettle::net
