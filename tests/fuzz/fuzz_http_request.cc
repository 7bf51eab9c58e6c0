// Bytes of a client into the request parser. The first byte says how large the pieces are in which they
// arrive; the outcome must not depend on that.
#include <cstdlib>

#include "fettle/base/check.h"
#include "fettle/net/request_parser.h"

namespace {

using fettle::net::RequestParser;
using State = RequestParser::State;

struct Outcome {
  State state = State::head;
  std::string path;
  std::string body;
  std::size_t fields = 0;
  bool is_too_large = false;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

constexpr std::size_t kBodyLimit = 256;

Outcome parse(std::string_view text, std::size_t piece) {
  RequestParser parser({512, 10, 128});
  std::string pending;
  const auto is_over = [&] { return parser.state() == State::done || parser.state() == State::failed; };
  while (!is_over() && !text.empty()) {
    pending += text.substr(0, piece);
    text.remove_prefix(std::min(piece, text.size()));
    while (!pending.empty() && !is_over()) {
      const State before = parser.state();
      const std::string exact = pending;  // its own block, so that a step beyond its end is seen
      const std::size_t used = parser.feed(exact);
      pending.erase(0, used);
      if (before == State::head && parser.state() == State::body) {
        parser.limit_body(kBodyLimit);
      } else if (used == 0) {
        break;
      }
    }
  }
  Outcome out;
  out.state = parser.state();
  if (out.state == State::failed) {
    FETTLE_CHECK(parser.failure().status >= 400 && parser.failure().status < 600);
  }
  if (out.state != State::done) return out;
  const fettle::net::Request& request = *parser.request();
  FETTLE_CHECK(request.path.find('\0') == std::string::npos);
  FETTLE_CHECK(request.path == "*" || request.path.starts_with('/'));
  FETTLE_CHECK(request.body.size() <= kBodyLimit);
  FETTLE_CHECK(request.headers.all().size() <= 10);
  out.path = request.path;
  out.body = request.body;
  out.fields = request.headers.all().size();
  out.is_too_large = request.is_body_too_large;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Outcome whole = parse(text, text.size() + 1);
  const Outcome pieces = parse(text, 1 + data[0] % 32);
  // What is too long may be noticed sooner in one piece than in another; what is read is read alike.
  if (whole.state == State::done && pieces.state == State::done) FETTLE_CHECK(whole == pieces);
  return 0;
}
