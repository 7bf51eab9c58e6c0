#include "fettle/net/http_connection.h"

#include <fmt/format.h>

#include "fettle/base/text.h"
#include "fettle/io/give_way.h"
#include "fettle/io/work_queue.h"
#include "fettle/net/content_coding.h"
#include "fettle/net/host_name.h"
#include "fettle/net/server_state.h"
#include "fettle/net/ws_handshake.h"

namespace fettle::net {
namespace {

/// "/fettle/api" is "/api" for everybody behind here.
void take_off_base(const std::string& base, std::string& path) {
  if (base.empty() || !path.starts_with(base)) return;
  if (path.size() == base.size()) {
    path = "/";
  } else if (path[base.size()] == '/') {
    path.erase(0, base.size());
  }
}

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr Millis kDrainTimeout{2'000};
constexpr std::size_t kMaxDrainedBytes = 32 * 1024 * 1024;
/// A client that takes an answer more slowly than this is cut off.
constexpr std::size_t kSlowestReadBytesPerMs = 16;
constexpr std::size_t kMaxRequestIdBytes = 128;
/// What a connection may read before others get their turn: below a millisecond, even if it is all chunks of
/// one byte.
constexpr std::size_t kReadBytesATurn = 64 * 1024;
constexpr std::size_t kLeastReadCost = 1024;  // a system call is not free

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxRequestIdBytes && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  });
}

/// The elements of a list in all lines of this name, in order (RFC 9110 section 5.3). What the nearest proxy
/// wrote is the last of them; the first are whatever the client sent.
std::vector<std::string_view> elements_of(const Headers& headers, std::string_view name) {
  std::vector<std::string_view> elements;
  for (const auto& [key, value] : headers.all()) {
    if (!equals_ignoring_case(key, name)) continue;
    for (const std::string_view element : split(value, ',')) {
      if (const auto text = trim(element); !text.empty()) elements.push_back(text);
    }
  }
  return elements;
}

/// Counts for as long as it lives, so that a cancelled handler is counted out too.
class Counted {
 public:
  explicit Counted(std::size_t& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::size_t& count_;
};

}  // namespace

HttpConnection::HttpConnection(ServerState& server, Socket socket, ConnectionTicket ticket)
    : server_(server), socket_(std::move(socket)), ticket_(std::move(ticket)) {
  place_ = server_.connections.insert(server_.connections.end(), this);
  ++server_.serving;
  enter(Phase::idle, server_.options.limits.header_timeout);  // who connects is expected to speak
}

HttpConnection::~HttpConnection() {
  server_.connections.erase(place_);
  server_.served_one();
}

void HttpConnection::enter(Phase phase, Millis timeout) {
  phase_ = phase;
  deadline_ = server_.clock.mono_now() + timeout;
}

Task<void> HttpConnection::run(std::unique_ptr<HttpConnection> connection) {
  co_await connection->serve();
}

Task<void> HttpConnection::serve() {
  if (server_.options.tls && !co_await welcome()) co_return;
  for (;;) {
    const Got got = co_await read_request();
    if (got == Got::closed) co_return;
    if (got == Got::failure) {
      const auto failure = parser_->failure();
      ++server_.figures.requests_unreadable;
      Response refusal = problem(failure.status, failure.code, std::string(failure.detail), "");
      request_id_.clear();
      if (co_await send(std::move(refusal), false, false)) co_await drain();
      co_return;
    }
    const std::shared_ptr<Request> request = parser_->request();
    const MonoTime began = server_.clock.mono_now();
    describe_peer(*request);
    is_tls_ = request->peer.is_tls;
    Response response = co_await answer(request);
    const bool keeps_alive = parser_->is_keep_alive() && !request->is_body_too_large &&
                             !server_.is_stopping &&
                             !equals_ignoring_case(response.headers.get("Connection"), "close");
    const bool is_http_1_1 = parser_->is_http_1_1();
    if (server_.log.is_enabled(io::LogLevel::debug)) log_access(*request, response.status, began);
    if (response.websocket) {
      auto refusal = check_web_socket(*request, response.websocket_protocol);
      if (!refusal && is_http_1_1) co_return co_await hand_to_web_socket(request, std::move(response));
      response = problem(
          426, "upgrade_required",
          "This path speaks WebSocket only: " + std::string(refusal.value_or("it needs HTTP/1.1")) + ".",
          request_id_);
      response.headers.add("Upgrade", "websocket");
      response.headers.add("Sec-WebSocket-Version", "13");
    }
    if (is_worth_gzip(*request, response)) co_await compress(response);
    const bool is_head = request->method == Method::head;
    if (response.stream && !is_head) co_return co_await hand_to_stream(std::move(response));
    if (!co_await send(std::move(response), is_head, keeps_alive)) co_return;
    if (!keeps_alive) {
      if (request->is_body_too_large || !pending_.empty()) co_await drain();
      co_return;
    }
    parser_.reset();
    // Another request is here already. Without a wait a client that never stops asking is never interrupted.
    if (!pending_.empty()) co_await io::give_way(server_.loop);
  }
}

Task<HttpConnection::Got> HttpConnection::read_request() {
  const HttpLimits& limits = server_.options.limits;
  if (pending_.empty()) {
    pending_ = std::string();
    if (server_.is_stopping) co_return Got::closed;
    if (phase_ != Phase::idle) enter(Phase::idle, limits.idle_timeout);
    if (!co_await socket_.wait_readable()) co_return Got::closed;
  }
  enter(Phase::head, limits.header_timeout);
  parser_ = std::make_unique<RequestParser>(
      RequestLimits{limits.header_bytes, limits.header_fields, limits.target_bytes});
  std::string_view unread = pending_;
  feed(unread);
  pending_.erase(0, pending_.size() - unread.size());
  for (;;) {
    if (const auto state = parser_->state();
        state == RequestParser::State::done || state == RequestParser::State::failed) {
      co_return read_outcome();
    }
    if (parser_->state() == RequestParser::State::body && phase_ == Phase::head) {
      enter(Phase::body, limits.body_timeout);
      if (parser_->expects_continue() && pending_.empty()) {
        std::array<std::string_view, 1> parts{kContinue};
        if (!co_await write_all(socket_, parts)) co_return Got::closed;
      }
    }
    const std::ptrdiff_t count = socket_.read_some(server_.scratch);
    if (count == 0 || count == kGone) co_return Got::closed;
    if (count == kWouldBlock) {
      read_in_turn_ = 0;
      if (!co_await socket_.wait_readable()) co_return Got::closed;
      continue;
    }
    std::string_view bytes(server_.scratch.data(), static_cast<std::size_t>(count));
    if (pending_.empty()) {  // the usual case: nothing is copied but what another request begins with
      feed(bytes);
      pending_ = bytes;
    } else {
      pending_ += bytes;
      unread = pending_;
      feed(unread);
      pending_.erase(0, pending_.size() - unread.size());
    }
    if (ends_turn(static_cast<std::size_t>(count))) co_await io::give_way(server_.loop);
  }
}

bool HttpConnection::ends_turn(std::size_t read_bytes) {
  read_in_turn_ += std::max(read_bytes, kLeastReadCost);
  if (read_in_turn_ < kReadBytesATurn) return false;
  read_in_turn_ = 0;
  return true;
}

void HttpConnection::feed(std::string_view& bytes) {
  while (!bytes.empty()) {
    const auto before = parser_->state();
    if (before == RequestParser::State::done || before == RequestParser::State::failed) return;
    const std::size_t used = parser_->feed(bytes);
    const bool is_head_new = before == RequestParser::State::head && parser_->state() != before;
    if (is_head_new && parser_->state() != RequestParser::State::failed) {
      take_off_base(server_.options.base_path, parser_->request()->path);
    }
    bytes.remove_prefix(used);
    if (before == RequestParser::State::head && parser_->state() == RequestParser::State::body) {
      const Request& head = *parser_->request();
      parser_->limit_body(
          std::min(server_.router.body_limit(head.method, head.path), server_.options.limits.body_bytes));
    } else if (used == 0) {
      return;
    }
  }
}

HttpConnection::Got HttpConnection::read_outcome() const {
  return parser_->state() == RequestParser::State::failed ? Got::failure : Got::request;
}

void HttpConnection::describe_peer(Request& request) const {
  const std::string& address = ticket_.address();
  request.peer.address = address;
  request.peer.is_tls = socket_.is_tls();
  if (server_.is_trusted_proxy(address)) {
    // The rightmost address that no proxy of ours has is who talked to the outermost of them.
    const auto hops = elements_of(request.headers, "X-Forwarded-For");
    for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
      boost::system::error_code error;
      const auto parsed = boost::asio::ip::make_address(std::string(*hop), error);
      if (error) break;
      request.peer.address = address_text(parsed);
      if (!server_.is_trusted_proxy(request.peer.address)) break;
    }
    const auto schemes = elements_of(request.headers, "X-Forwarded-Proto");
    if (!schemes.empty()) request.peer.is_tls = equals_ignoring_case(schemes.back(), "https");
  }
  request.peer.is_loopback = request.peer.address.starts_with("127.") || request.peer.address == "::1";
  const std::string_view given = request.headers.get("X-Request-Id");
  request.id = is_request_id(given) ? std::string(given)
                                    : fmt::format("{}-{:x}", server_.id_prefix, ++server_.requests);
}

Task<Response> HttpConnection::answer(std::shared_ptr<Request> request) {
  phase_ = Phase::handling;
  deadline_ = MonoTime::max();  // handlers have deadlines of their own
  request_id_ = request->id;
  // Who sends no Host (HTTP/1.0) is no browser.
  const auto& names = server_.options.host_names;
  if (const auto host = request->headers.get("Host"); names && !host.empty() && !is_own_host(host, *names)) {
    co_return problem(
        421, "foreign_host",
        "This server does not answer for that name. The name of server.public_url, localhost and "
        "addresses are served.",
        request->id);
  }
  if (server_.options.tls && !socket_.is_tls()) co_return refuse_plain(*request);
  if (server_.figures.requests_in_flight >= server_.options.limits.requests_in_flight) {
    ++server_.figures.requests_refused_by_load;
    Response refusal = problem(503, "overloaded", "Too many requests are in flight. Try again.", request->id);
    refusal.headers.add("Retry-After", "1");
    co_return refusal;
  }
  const Counted in_flight(server_.figures.requests_in_flight);
  co_return co_await server_.router.dispatch(std::move(request));
}

Task<void> HttpConnection::compress(Response& response) {
  constexpr std::size_t kAtOnce = 32 * 1024;  // 0.3 ms; more of it belongs on a worker
  std::string coded;
  if (response.body.size() <= kAtOnce) {
    coded = gzip(response.body);
  } else if (server_.options.workers != nullptr) {
    // A worker that has no time for it is no reason to refuse: then it goes as it is.
    auto made = co_await io::offload(server_.loop, *server_.options.workers,
                                     [body = response.body] { return gzip(body); });
    if (made) coded = std::move(*made);
  }
  response.headers.add("Vary", "Accept-Encoding");
  if (coded.empty()) co_return;
  response.body = std::move(coded);
  response.headers.set("Content-Encoding", "gzip");
}

Task<bool> HttpConnection::send(Response response, bool is_head_only, bool keeps_alive) {
  const std::string_view body = response.shared_body            ? std::string_view(*response.shared_body)
                                : !response.static_body.empty() ? response.static_body
                                                                : std::string_view(response.body);
  HeadFacts facts;
  facts.date = server_.date.at(server_.clock.wall_now());
  facts.request_id = request_id_;
  facts.framing = response.status == 204 || response.status == 304 ? Framing::none : Framing::length;
  if (response.stream) facts.framing = Framing::none;  // HEAD of a stream
  facts.body_bytes = body.size();
  facts.keeps_alive = keeps_alive;
  facts.is_http_1_1 = !parser_ || parser_->is_http_1_1();
  facts.is_tls = is_tls_;
  ++server_.figures.answers_by_class[static_cast<std::size_t>(std::clamp(response.status / 100, 0, 5))];
  std::string head;
  append_head(head, response, facts);
  const bool has_body = !is_head_only && facts.framing == Framing::length;
  std::array<std::string_view, 2> parts{head, has_body ? body : std::string_view()};
  enter(Phase::writing, server_.options.limits.write_timeout +
                            Millis(static_cast<std::int64_t>(body.size() / kSlowestReadBytesPerMs)));
  co_return co_await write_all(socket_, parts);
}

Task<void> HttpConnection::drain() {
  parser_.reset();
  socket_.shutdown_sending();
  enter(Phase::draining, kDrainTimeout);
  for (std::size_t drained = 0; drained < kMaxDrainedBytes;) {
    const std::ptrdiff_t count = socket_.read_some(server_.scratch);
    if (count == 0 || count == kGone) co_return;
    if (count > 0) {
      drained += static_cast<std::size_t>(count);
      if (ends_turn(static_cast<std::size_t>(count))) co_await io::give_way(server_.loop);
      continue;
    }
    if (!co_await socket_.wait_readable()) co_return;
  }
}

void HttpConnection::check_deadline(MonoTime now) {
  if (now < deadline_) return;
  if (phase_ == Phase::head || phase_ == Phase::body) {
    // A try: whoever is that slow may not read it.
    std::string answer;
    Response late = problem(408, "request_timeout", "The request took too long to arrive.", "");
    HeadFacts facts;
    facts.date = server_.date.at(server_.clock.wall_now());
    facts.body_bytes = late.body.size();
    facts.keeps_alive = false;
    append_head(answer, late, facts);
    const std::array<std::string_view, 2> parts{answer, late.body};
    ignore(socket_.write_some(parts), "the connection is closed in any case");
    ++server_.figures.answers_by_class[4];
  }
  if (phase_ != Phase::idle && phase_ != Phase::draining) ++server_.figures.connections_timed_out;
  deadline_ = MonoTime::max();
  socket_.close();
}

void HttpConnection::end_if_idle() {
  if (phase_ == Phase::idle || phase_ == Phase::handshake) socket_.close();
}

void HttpConnection::log_access(const Request& request, int status, MonoTime began) const {
  const auto took = std::chrono::duration_cast<Micros>(server_.clock.mono_now() - began);
  server_.log.debug("request", {{"request", request.id},
                                {"method", request.method_text},
                                {"path", request.path},
                                {"status", status},
                                {"us", took.count()},
                                {"peer", request.peer.address}});
}

}  // namespace fettle::net
