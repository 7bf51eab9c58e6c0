#include "fettle/net/request_parser.h"

#include <boost/beast/http/basic_parser.hpp>

#include "fettle/base/text.h"
#include "fettle/net/target.h"

namespace fettle::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

/// Chunk headers and trailers that one request may leave unconsumed before more bytes of it are refused.
constexpr std::size_t kMaxUnconsumedBytes = 16 * 1024;

/// What the chunks of a body may add to it: chunks of one byte add five, and a trailer or an extension now
/// and then is allowed. Without this an extension of 16 KiB with each byte makes a small body endless.
constexpr std::size_t kMaxOverheadPerByte = 8;
constexpr std::size_t kMaxOverheadBytes = 16 * 1024;

/// A length that is only claimed gets no more memory than this before bytes arrive.
constexpr std::size_t kMaxReservedBytes = 256 * 1024;

/// The shortest end of a chunked body ("0", two line ends). No body ends sooner after a line that begins with
/// 0.
constexpr std::size_t kLeastChunkBytes = 5;

using Failure = RequestParser::Failure;

constexpr Failure kBadTarget{400, "bad_target", "The request target cannot be read."};
constexpr Failure kTargetTooLong{414, "target_too_long", "The request target is longer than 8192 bytes."};
constexpr Failure kHeaderTooLarge{431, "header_too_large", "The header is larger than the server takes."};
constexpr Failure kBadFraming{400, "bad_framing",
                              "The length of the body is given twice or in an unknown way."};
constexpr Failure kChunkOverhead{400, "bad_framing", "The chunks of the body carry too much besides it."};
constexpr Failure kFolded{400, "folded_field", "A header field goes on in a second line."};
constexpr Failure kBadHost{400, "bad_host", "A request needs exactly one Host header."};
constexpr Failure kBadVersion{505, "bad_version", "This server speaks HTTP/1.1 and HTTP/1.0."};
constexpr Failure kBadExpectation{417, "bad_expectation", "The only expectation known here is 100-continue."};
constexpr Failure kBadRequest{};

/// Beast joins the lines; others read them apart, or as two fields (RFC 9112 section 5.2). All fields of a
/// head are taken at once, so that none is cut.
bool has_folded_field(std::string_view head) {
  head = head.substr(0, head.find("\r\n\r\n"));
  return head.find("\r\n ") != std::string_view::npos || head.find("\r\n\t") != std::string_view::npos;
}

bool is_host_text(std::string_view host) {
  return !host.empty() && host.find_first_of(" \t/?#@,\\") == std::string_view::npos;
}

}  // namespace

class RequestParser::Impl final : public http::basic_parser<true> {
 public:
  explicit Impl(const RequestLimits& limits) : limits_(limits), request_(std::make_shared<Request>()) {
    header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    body_limit(boost::none);
  }

  std::size_t feed(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && state_ != State::done && state_ != State::failed) {
      const State before = state_;
      const std::string_view rest = bytes.substr(used);
      // Beast asserts that it has so many once it has seen the size of the last chunk, which is 0.
      if (before == State::body && has_encoding_ && rest.size() < kLeastChunkBytes && rest.front() == '0')
        return used;
      error_code error;
      const std::size_t taken = put(boost::asio::const_buffer(rest.data(), rest.size()), error);
      used += taken;
      if (before == State::head) header_bytes_ += taken;
      if (error && error != http::error::need_more) {
        if (error == boost::beast::errc::message_size) return used;  // is_body_too_large: `done` already
        refuse(error == http::error::header_limit ? size_failure(rest) : reason_for(error));
        return used;
      }
      if (before == State::body && state_ == State::body) {
        body_stage_bytes_ += taken;
        if (body_stage_bytes_ > request_->body.size() * (1 + kMaxOverheadPerByte) + kMaxOverheadBytes) {
          refuse(kChunkOverhead);
          return used;
        }
      }
      const std::size_t unconsumed = bytes.size() - used;
      if (state_ == State::head) {
        if (header_bytes_ + unconsumed > limits_.header_bytes) {
          refuse(size_failure(rest));
          return used;
        }
      } else if (before == State::head) {
        if (header_bytes_ > limits_.header_bytes) refuse(kHeaderTooLarge);
        if (has_folded_field(rest.substr(0, taken))) refuse(kFolded);
        return used;  // the caller sets the limit of the body
      }
      if (error == http::error::need_more) {
        if (unconsumed > kMaxUnconsumedBytes) refuse(kBadRequest);
        return used;
      }
    }
    return used;
  }

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const Failure& failure() const { return failure_; }
  [[nodiscard]] const std::shared_ptr<Request>& request() const { return request_; }
  [[nodiscard]] bool expects_continue() const { return expects_continue_; }
  [[nodiscard]] bool is_http_1_1() const { return version_ == 11; }

  void limit_body(std::size_t bytes) {
    body_limit_ = bytes;
    if (const auto length = content_length(); length && *length > bytes) {
      request_->is_body_too_large = true;
      state_ = State::done;
    } else if (length) {
      request_->body.reserve(std::min(static_cast<std::size_t>(*length), kMaxReservedBytes));
    }
  }

 private:
  void on_request_impl(http::verb /*verb*/, boost::beast::string_view method,
                       boost::beast::string_view target, int version, error_code& error) override {
    has_request_line_ = true;
    version_ = version;
    request_->method_text = std::string(view(method));
    request_->method = method_of(request_->method_text);
    request_->target = std::string(view(target));
    if (target.size() > limits_.target_bytes) return stop(kTargetTooLong, error);
    auto parsed = net::parse_target(request_->target);
    if (!parsed) return stop(kBadTarget, error);
    if (parsed->path == "*" && request_->method != Method::options) return stop(kBadTarget, error);
    request_->path = std::move(parsed->path);
    request_->query = std::move(parsed->query);
  }
  void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}

  void on_field_impl(http::field field, boost::beast::string_view name, boost::beast::string_view value,
                     error_code& error) override {
    if (state_ != State::head)
      return;  // trailers are read and dropped: they must not pass for fields of the head
    if (++fields_ > limits_.fields) return stop(kHeaderTooLarge, error);
    switch (field) {
      case http::field::host:
        if (has_host_ || !is_host_text(view(value))) return stop(kBadHost, error);
        has_host_ = true;
        break;
      case http::field::transfer_encoding:
        if (has_encoding_ || has_length_ || version_ < 11 || !equals_ignoring_case(view(value), "chunked")) {
          return stop(kBadFraming, error);
        }
        has_encoding_ = true;
        break;
      case http::field::content_length:
        if (has_encoding_ || has_length_ ||
            !std::ranges::all_of(view(value), [](char c) { return c >= '0' && c <= '9'; })) {
          return stop(kBadFraming, error);  // "5, 5" and "+5" too
        }
        has_length_ = true;
        break;
      case http::field::expect:
        if (!equals_ignoring_case(view(value), "100-continue")) return stop(kBadExpectation, error);
        expects_continue_ = version_ == 11;
        break;
      default:
        break;
    }
    request_->headers.add(view(name), std::string(view(value)));
  }

  void on_header_impl(error_code& error) override {
    if (version_ == 11 && !has_host_) return stop(kBadHost, error);
    state_ = State::body;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(boost::beast::string_view body, error_code& error) override {
    return take_body(view(body), error);
  }
  void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view body, error_code& error) override {
    return take_body(view(body), error);
  }
  void on_finish_impl(error_code&) override { state_ = State::done; }

  std::size_t take_body(std::string_view piece, error_code& error) {
    if (piece.size() > body_limit_ - request_->body.size()) {
      request_->is_body_too_large = true;
      request_->body = std::string();
      state_ = State::done;
      error = make_error_code(boost::beast::errc::message_size);
      return 0;
    }
    request_->body += piece;
    return piece.size();
  }

  void stop(const Failure& failure, error_code& error) {
    failure_ = failure;
    is_failure_set_ = true;
    error = make_error_code(boost::beast::errc::bad_message);
  }
  void refuse(const Failure& failure) {
    if (!is_failure_set_) failure_ = failure;
    state_ = State::failed;
  }
  /// Beast reads no line of a head that came in pieces before the head is whole.
  [[nodiscard]] Failure size_failure(std::string_view unread) const {
    const bool is_line_over = has_request_line_ || unread.find('\n') != std::string_view::npos;
    return is_line_over ? kHeaderTooLarge : kTargetTooLong;
  }
  [[nodiscard]] static Failure reason_for(const error_code& error) {
    if (error == http::error::header_limit) return kHeaderTooLarge;
    if (error == http::error::bad_version) return kBadVersion;
    if (error == http::error::bad_target) return kBadTarget;
    if (error == http::error::bad_content_length || error == http::error::bad_transfer_encoding)
      return kBadFraming;
    return kBadRequest;
  }

  const RequestLimits limits_;
  std::shared_ptr<Request> request_;
  State state_ = State::head;
  Failure failure_;
  std::size_t header_bytes_ = 0;
  std::size_t body_stage_bytes_ = 0;  // taken since the head: the body, and what its chunks add
  std::size_t fields_ = 0;
  std::size_t body_limit_ = 0;
  int version_ = 11;
  bool is_failure_set_ = false;
  bool has_request_line_ = false;
  bool has_host_ = false;
  bool has_length_ = false;
  bool has_encoding_ = false;
  bool expects_continue_ = false;
};

RequestParser::RequestParser(const RequestLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;
std::size_t RequestParser::feed(std::string_view bytes) {
  return impl_->feed(bytes);
}
RequestParser::State RequestParser::state() const {
  return impl_->state();
}
const RequestParser::Failure& RequestParser::failure() const {
  return impl_->failure();
}
void RequestParser::limit_body(std::size_t bytes) {
  impl_->limit_body(bytes);
}
const std::shared_ptr<Request>& RequestParser::request() const {
  return impl_->request();
}
bool RequestParser::is_keep_alive() const {
  return impl_->keep_alive();
}
bool RequestParser::expects_continue() const {
  return impl_->expects_continue();
}
bool RequestParser::is_http_1_1() const {
  return impl_->is_http_1_1();
}

}  // namespace fettle::net
