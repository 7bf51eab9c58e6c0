#include "fettle/net/http_server.h"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "fettle/base/encoding.h"
#include "fettle/net/http_connection.h"
#include "fettle/net/server_state.h"
#include "fettle/net/stream_connection.h"

namespace fettle::net {
namespace {

using boost::asio::ip::tcp;

constexpr int kBacklog = 4096;       // ten thousand agents come back at once; the kernel caps it at somaxconn
constexpr Millis kAcceptPause{100};  // after "too many open files" and the like

Result<> read_networks(ServerState& state) {
  for (const std::string& text : state.options.trusted_proxies) {
    boost::system::error_code error;
    const bool has_length = text.find('/') != std::string::npos;
    const bool is_v6 = text.find(':') != std::string::npos;
    if (is_v6) {
      const auto network = boost::asio::ip::make_network_v6(has_length ? text : text + "/128", error);
      if (!error) state.trusted_v6.push_back(network);
    } else {
      const auto network = boost::asio::ip::make_network_v4(has_length ? text : text + "/32", error);
      if (!error) state.trusted_v4.push_back(network);
    }
    if (error) {
      return fail(ErrorCode::invalid_input, "bad_network",
                  "trusted_proxies: '" + text + "' is neither an address nor a network such as 10.0.0.0/8");
    }
  }
  return {};
}

}  // namespace

bool ServerState::is_trusted_proxy(std::string_view address) const {
  if (trusted_v4.empty() && trusted_v6.empty()) return false;
  boost::system::error_code error;
  const auto parsed = boost::asio::ip::make_address(std::string(address), error);
  if (error) return false;
  if (parsed.is_v4()) {
    return std::ranges::any_of(trusted_v4, [&](const auto& network) {
      return network.prefix_length() == 0 ||
             boost::asio::ip::network_v4(parsed.to_v4(), network.prefix_length()).network() ==
                 network.network();
    });
  }
  return std::ranges::any_of(trusted_v6, [&](const auto& network) {
    return boost::asio::ip::network_v6(parsed.to_v6(), network.prefix_length()).network() ==
           network.network();
  });
}

struct HttpServer::Impl {
  Impl(io::Loop& loop, io::Clock& clock, io::Random& random, const io::Log& log, Router& router,
       HttpOptions options)
      : state(loop, clock, random, log, router, std::move(options)), acceptor(loop.executor()) {}

  Result<> listen() {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(state.options.address, error);
    if (error) {
      return fail(ErrorCode::invalid_input, "bad_address",
                  "'" + state.options.address + "' is not an IP address");
    }
    const tcp::endpoint endpoint(address, state.options.port);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && address.is_v6())
      acceptor.set_option(boost::asio::ip::v6_only(!address.is_unspecified()), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(kBacklog, error);
    if (!error) return {};
    boost::system::error_code ignored;
    acceptor.close(ignored);
    const bool is_in_use = error == boost::asio::error::address_in_use;
    return fail(is_in_use ? ErrorCode::conflict : ErrorCode::io,
                is_in_use ? "address_in_use" : "address_refused",
                "cannot listen on " + state.options.address + " port " + std::to_string(state.options.port) +
                    ": " + error.message());
  }

  Task<void> accept() {
    bool is_failing = false;  // logged once, not ten times a second
    while (acceptor.is_open()) {
      tcp::socket socket(state.loop.executor());
      tcp::endpoint peer;
      boost::system::error_code error;
      co_await acceptor.async_accept(socket, peer,
                                     boost::asio::redirect_error(boost::asio::use_awaitable, error));
      if (!acceptor.is_open()) co_return;
      if (!error) {
        is_failing = false;
        admit(std::move(socket), address_text(peer.address()));
      } else if (error != boost::asio::error::connection_aborted) {
        if (!std::exchange(is_failing, true)) {
          state.log.warn("cannot accept connections", {{"error", error.message()}});
        }
        co_await state.clock.sleep_for(kAcceptPause);
      }
    }
  }

  void admit(tcp::socket accepted, std::string address) {
    const HttpLimits& limits = state.options.limits;
    Socket socket(std::move(accepted));
    ++state.figures.connections_accepted;
    if (state.book->open >= limits.connections) {
      ++state.figures.connections_refused_by_total;
      return socket.close_with_reset();
    }
    const bool is_local = address.starts_with("127.") || address == "::1";
    const std::size_t most = is_local ? limits.connections_per_local_address : limits.connections_per_address;
    if (state.options.is_for_proxies_only && !is_local && !state.is_trusted_proxy(address)) {
      ++state.figures.connections_refused_by_origin;
      return socket.close_with_reset();
    }
    const auto count = state.book->by_address.find(address);
    if (count != state.book->by_address.end() && count->second >= most && !state.is_trusted_proxy(address)) {
      ++state.figures.connections_refused_by_address;
      return socket.close_with_reset();
    }
    auto connection = std::make_unique<HttpConnection>(state, std::move(socket),
                                                       ConnectionTicket(state.book, std::move(address)));
    state.tasks.spawn("http_connection", HttpConnection::run(std::move(connection)));
  }

  Task<void> sweep() {
    for (;;) {
      co_await state.clock.sleep_for(state.options.limits.sweep_interval);
      const MonoTime now = state.clock.mono_now();
      for (HttpConnection* connection : state.connections) connection->check_deadline(now);
      state.handshakes.sweep(now);
      if (now >= state.stop_deadline) state.drained.set();
    }
  }

  void end_streams() {
    std::vector<std::weak_ptr<StreamConnection>> streams;  // callbacks may drop any of them
    for (StreamConnection* stream : state.book->streams) streams.push_back(stream->weak_from_this());
    for (const auto& weak : streams) {
      if (const auto stream = weak.lock()) stream->end();
    }
  }

  ServerState state;
  tcp::acceptor acceptor;
};

HttpServer::HttpServer(io::Loop& loop, io::Clock& clock, io::Random& random, const io::Log& log,
                       Router& router, HttpOptions options)
    : impl_(std::make_unique<Impl>(loop, clock, random, log.with("net"), router, std::move(options))) {}

HttpServer::~HttpServer() = default;

Result<> HttpServer::start() {
  ServerState& state = impl_->state;
  if (auto networks = read_networks(state); !networks) return networks;
  if (auto listening = impl_->listen(); !listening) return listening;
  std::array<std::uint8_t, 4> bytes{};
  state.random.fill(bytes);
  state.id_prefix = hex_encode(bytes);
  state.tasks.spawn("http_accept", impl_->accept());
  state.tasks.spawn("http_sweep", impl_->sweep());
  state.tasks.spawn("web_socket_sweep", WsSweep::run(state.web_sockets, state.clock));
  return {};
}

std::uint16_t HttpServer::port() const {
  boost::system::error_code error;
  return impl_->acceptor.local_endpoint(error).port();
}

Task<void> HttpServer::stop(MonoTime deadline) {
  ServerState& state = impl_->state;
  boost::system::error_code error;
  impl_->acceptor.close(error);
  state.is_stopping = true;
  state.stop_deadline = deadline;
  for (HttpConnection* connection : state.connections) connection->end_if_idle();
  state.handshakes.sweep(state.clock.mono_now());
  impl_->end_streams();
  state.web_sockets->close_all(CloseCode::service_restart, "the server stops");
  if (state.serving > 0 && state.clock.mono_now() < deadline) co_await state.drained.wait();
  co_await state.tasks.stop();
}

HttpFigures HttpServer::figures() const {
  HttpFigures figures = impl_->state.figures;
  figures.connections_open = impl_->state.book->open;
  figures.streams_open = impl_->state.book->streams.size();
  figures.websockets_open = impl_->state.web_sockets->size();
  return figures;
}

}  // namespace fettle::net
