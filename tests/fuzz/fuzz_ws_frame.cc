// Bytes of a peer into the WebSocket decoder. The first byte chooses the sender and the size of the pieces;
// what comes out must not depend on the pieces.
#include "fettle/base/check.h"
#include "fettle/base/text.h"
#include "fettle/net/ws_frame.h"

namespace {

using namespace fettle::net;
constexpr std::size_t kLimit = 1000;

std::vector<std::string> decode(std::string_view bytes, std::size_t piece, WsRole from) {
  WsDecoder decoder(from, kLimit);
  std::vector<std::string> out;
  std::string message;
  while (!bytes.empty()) {
    const std::string part(bytes.substr(0, piece));
    bytes.remove_prefix(part.size());
    std::string_view input = part;
    for (;;) {
      const WsDecoder::Event event = decoder.decode(input, message);
      FETTLE_CHECK(message.size() <= kLimit);
      if (event == WsDecoder::Event::none) break;
      if (event == WsDecoder::Event::message) {
        out.push_back("message " + std::exchange(message, {}));
      } else if (event == WsDecoder::Event::failed) {
        out.push_back("failed " + std::to_string(decoder.close_code()));
        return out;
      } else if (event == WsDecoder::Event::close) {
        FETTLE_CHECK(fettle::is_valid_utf8(decoder.control()));
        out.push_back("close " + std::to_string(decoder.close_code()) + std::string(decoder.control()));
        return out;
      } else {
        out.push_back("control " + std::string(decoder.control()));
      }
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const WsRole from = data[0] & 1 ? WsRole::client : WsRole::server;
  FETTLE_CHECK(decode(bytes, bytes.size() + 1, from) == decode(bytes, 1 + data[0] / 2 % 32, from));
  return 0;
}
