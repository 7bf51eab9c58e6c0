#include "fettle/net/client.h"

#include "fettle/base/json_value.h"
#include "fettle/base/text.h"
#include "fettle/io/clock.h"
#include "fettle/net/connector.h"
#include "fettle/net/deadline.h"
#include "fettle/net/tls_handshake.h"

namespace fettle::net {
namespace {

std::string request_text(const ClientRequest& request, const Url& url) {
  std::string out(method_name(request.method));
  out += " " + url.target + " HTTP/1.1\r\nHost: " + url.authority() + "\r\n";
  out += "Connection: close\r\nUser-Agent: fettle\r\n";
  if (!request.headers.has("Accept")) out += "Accept: application/json\r\n";
  for (const auto& [name, value] : request.headers.all()) {
    out += name + ": ";
    for (const char c : value) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    out += "\r\n";
  }
  const bool has_body = request.method != Method::get && request.method != Method::head;
  if (has_body) out += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  out += "\r\n";
  if (has_body) out += request.body;
  return out;
}

ErrorCode code_of(int status) {
  for (const ErrorCode code :
       {ErrorCode::invalid_input, ErrorCode::unauthenticated, ErrorCode::forbidden, ErrorCode::not_found,
        ErrorCode::conflict, ErrorCode::gone, ErrorCode::precondition_failed, ErrorCode::too_large,
        ErrorCode::unsupported, ErrorCode::unprocessable, ErrorCode::rate_limited, ErrorCode::unavailable,
        ErrorCode::timeout}) {
    if (status_of(code) == status) return code;
  }
  return status >= 500 ? ErrorCode::internal : ErrorCode::invalid_input;
}

const JsonNode* member(const JsonNode& node, std::string_view name) {
  const auto found = std::ranges::find(node.items, name, &JsonNode::name);
  return found == node.items.end() ? nullptr : &*found;
}

std::string text_of(const JsonNode& node, std::string_view name) {
  const JsonNode* found = member(node, name);
  return found && found->kind == JsonNode::Kind::string ? found->text : std::string();
}

}  // namespace

Task<Result<ClientAnswer>> HttpClient::send(ClientRequest request) {
  const MonoTime due = clock_.mono_now() + request.timeout;
  std::string late = "no answer came from " + request.url + " in time";
  return with_deadline(clock_, due, std::move(late), send_now(std::move(request)));
}

Task<Result<Socket>> HttpClient::reach(Url url, std::vector<CertificatePin> pins) {
  if (url.scheme != "http" && url.scheme != "https") {
    co_return fail(ErrorCode::invalid_input, "bad_url",
                   "addresses that begin with " + url.scheme + ":// cannot be called");
  }
  FETTLE_CO_TRY(Socket socket, co_await connect_to(loop_, url.host, url.port));
  if (url.scheme == "https") {
    if (auto safe = co_await secure(socket, tls_, url.host, std::move(pins)); !safe) {
      co_return std::unexpected(std::move(safe).error());
    }
  }
  co_return std::move(socket);
}

Task<Result<ClientAnswer>> HttpClient::send_now(ClientRequest request) {
  FETTLE_CO_TRY(const Url url, parse_url(request.url));
  FETTLE_CO_TRY(Socket socket, co_await reach(url, request.pins));
  ResponseParser parser(request.max_body_bytes, request.method != Method::head);
  std::string rest;
  co_return co_await exchange(socket, request_text(request, url), parser, rest);
}

namespace {

Task<Result<bool>> readable(Socket& socket) {
  co_return co_await socket.wait_readable();
}

}  // namespace

/// Bytes, 0 at the end, or an error.
Task<Result<std::ptrdiff_t>> HttpClient::read_in_time(Socket& socket, std::span<char> out, Millis timeout) {
  for (;;) {
    const std::ptrdiff_t count = socket.read_some(out);
    if (count >= 0) co_return count;
    const bool is_gone = count == kGone;
    if (!is_gone) {
      FETTLE_CO_TRY(const bool is_open,
                    co_await with_deadline(clock_, clock_.mono_now() + timeout,
                                           "the server has said nothing for too long", readable(socket)));
      if (is_open) continue;
    }
    co_return fail(ErrorCode::closed, "connection_lost", "the connection was lost");
  }
}

Task<Result<ClientAnswer>> HttpClient::stream(ClientRequest request,
                                              std::function<bool(std::string_view)> on_body) {
  FETTLE_CO_TRY(const Url url, parse_url(request.url));
  FETTLE_CO_TRY(Socket socket,
                co_await with_deadline(clock_, clock_.mono_now() + request.timeout,
                                       request.url + " was not reached in time", reach(url, request.pins)));
  const std::string text = request_text(request, url);
  std::array<std::string_view, 1> parts{text};
  if (!co_await write_all(socket, parts)) {
    co_return fail(ErrorCode::closed, "connection_lost", "the connection was lost");
  }
  ResponseParser parser(request.max_body_bytes, true);
  std::string unread;
  std::vector<char> buffer(64 * 1024UL);
  while (parser.state() == ResponseParser::State::reading) {
    FETTLE_CO_TRY(const std::ptrdiff_t count, co_await read_in_time(socket, buffer, request.timeout));
    if (count == 0) {
      parser.end_of_stream();
    } else {
      unread.append(buffer.data(), static_cast<std::size_t>(count));
      std::string_view bytes = unread;
      parser.feed(bytes);
      unread.erase(0, unread.size() - bytes.size());
    }
    ClientAnswer& answer = parser.answer();
    if (answer.status < 200 || answer.status > 299 || answer.body.empty()) continue;
    const std::string piece = std::exchange(answer.body, {});
    if (!on_body(piece)) co_return std::move(answer);
  }
  if (parser.state() == ResponseParser::State::done) co_return std::move(parser.answer());
  co_return fail(ErrorCode::corrupt, "bad_answer", "the other side does not speak HTTP, or ended too early");
}

Error error_of(const ClientAnswer& answer) {
  Error error;
  error.code = code_of(answer.status);
  error.reason = "http_" + std::to_string(answer.status);
  error.detail = "the server answered " + std::to_string(answer.status) + " " +
                 std::string(status_phrase(answer.status));
  if (!answer.headers.get("Content-Type").starts_with("application/problem+json")) return error;
  const auto body = parse_json(answer.body);
  if (!body) return error;
  if (std::string code = text_of(*body, "code"); !code.empty()) error.reason = std::move(code);
  if (std::string detail = text_of(*body, "detail"); !detail.empty()) error.detail = std::move(detail);
  if (const JsonNode* errors = member(*body, "errors")) {
    for (const JsonNode& item : errors->items) {
      error.fields.push_back({text_of(item, "pointer"), text_of(item, "detail")});
    }
  }
  return error;
}

}  // namespace fettle::net
