#include "fettle/net/response_parser.h"

#include <boost/beast/http/basic_parser.hpp>

namespace fettle::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;

constexpr std::uint32_t kMaxHeaderBytes = 64 * 1024;
constexpr std::size_t kMaxFields = 200;
constexpr std::size_t kMaxUnconsumedBytes = 64 * 1024;
constexpr int kMaxInterimAnswers = 8;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

class Grammar final : public http::basic_parser<false> {
 public:
  explicit Grammar(std::size_t max_body_bytes) : max_body_bytes_(max_body_bytes) {
    header_limit(kMaxHeaderBytes);
    body_limit(boost::none);
  }
  ClientAnswer answer;
  bool is_head_done = false;
  bool is_done_reading = false;
  bool is_too_large = false;

 private:
  void on_request_impl(http::verb, boost::beast::string_view, boost::beast::string_view, int,
                       error_code&) override {}
  void on_response_impl(int status, boost::beast::string_view, int, error_code&) override {
    answer.status = status;
  }
  void on_field_impl(http::field, boost::beast::string_view name, boost::beast::string_view value,
                     error_code& error) override {
    if (is_head_done) return;
    if (++fields_ > kMaxFields) {
      error = make_error_code(boost::beast::errc::bad_message);
      return;
    }
    answer.headers.add(view(name), std::string(view(value)));
  }
  void on_header_impl(error_code&) override { is_head_done = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(boost::beast::string_view body, error_code& error) override {
    if (body.size() > max_body_bytes_ - answer.body.size()) {
      is_too_large = true;
      error = make_error_code(boost::beast::errc::message_size);
      return 0;
    }
    answer.body += view(body);
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view body, error_code& error) override {
    return on_body_impl(body, error);
  }
  void on_finish_impl(error_code&) override { is_done_reading = true; }

  const std::size_t max_body_bytes_;
  std::size_t fields_ = 0;
};

}  // namespace

class ResponseParser::Impl {
 public:
  Impl(std::size_t max_body_bytes, bool is_body_expected)
      : max_body_bytes_(max_body_bytes), is_body_expected_(is_body_expected) {
    begin();
  }

  void feed(std::string_view& bytes) {
    while (state == State::reading && !bytes.empty()) {
      error_code error;
      const std::size_t used = grammar->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
      bytes.remove_prefix(used);
      if (grammar->is_too_large) {
        state = State::too_large;
      } else if (error && error != http::error::need_more) {
        state = State::failed;
      } else if (grammar->is_done_reading) {
        finish();
      } else if (error == http::error::need_more) {
        if (bytes.size() > kMaxUnconsumedBytes) state = State::failed;
        return;
      }
    }
  }

  void end_of_stream() {
    if (state != State::reading) return;
    error_code error;
    if (grammar->got_some()) grammar->put_eof(error);
    state = grammar->got_some() && !error && grammar->is_done_reading ? State::done : State::failed;
  }

  State state = State::reading;
  std::unique_ptr<Grammar> grammar;

 private:
  void begin() {
    grammar = std::make_unique<Grammar>(max_body_bytes_);
    if (!is_body_expected_) grammar->skip(true);
  }
  void finish() {
    const int status = grammar->answer.status;
    if (status >= 200 || status == 101) {
      state = State::done;
    } else if (++interim_ > kMaxInterimAnswers) {
      state = State::failed;
    } else {
      begin();
    }
  }

  const std::size_t max_body_bytes_;
  const bool is_body_expected_;
  int interim_ = 0;
};

ResponseParser::ResponseParser(std::size_t max_body_bytes, bool is_body_expected)
    : impl_(std::make_unique<Impl>(max_body_bytes, is_body_expected)) {}
ResponseParser::~ResponseParser() = default;
void ResponseParser::feed(std::string_view& bytes) {
  impl_->feed(bytes);
}
void ResponseParser::end_of_stream() {
  impl_->end_of_stream();
}
ResponseParser::State ResponseParser::state() const {
  return impl_->state;
}
ClientAnswer& ResponseParser::answer() {
  return impl_->grammar->answer;
}

}  // namespace fettle::net
