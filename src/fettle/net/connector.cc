#include "fettle/net/connector.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "fettle/io/loop.h"

namespace fettle::net {
namespace {

using boost::asio::ip::tcp;

constexpr std::size_t kReadBytes = 16 * 1024;

std::unexpected<Error> not_reached(const std::string& host, std::uint16_t port,
                                   const boost::system::error_code& error) {
  const bool is_refused = error == boost::asio::error::connection_refused;
  return fail(ErrorCode::unavailable, is_refused ? "refused" : "unreachable",
              host + " port " + std::to_string(port) +
                  (is_refused ? " refuses connections: is the server running, and on this port?"
                              : " cannot be reached: " + error.message()));
}

/// Literal addresses need no resolver, and so no thread of it.
Task<Result<std::vector<boost::asio::ip::address>>> resolve(io::Loop& loop, std::string host) {
  boost::system::error_code error;
  const auto literal = boost::asio::ip::make_address(host, error);
  if (!error) co_return std::vector{literal};
  tcp::resolver resolver(loop.executor());
  const auto found = co_await resolver.async_resolve(
      host, "", boost::asio::redirect_error(boost::asio::use_awaitable, error));
  const auto cancelled = co_await boost::asio::this_coro::cancellation_state;
  if (cancelled.cancelled() != boost::asio::cancellation_type::none) throw boost::system::system_error(error);
  std::vector<boost::asio::ip::address> addresses;
  for (const auto& entry : found) addresses.push_back(entry.endpoint().address());
  if (error || addresses.empty()) {
    co_return fail(ErrorCode::unavailable, "name_not_resolved", "the name '" + host + "' cannot be resolved");
  }
  co_return addresses;
}

}  // namespace

Task<Result<Socket>> connect_to(io::Loop& loop, std::string host, std::uint16_t port) {
  FETTLE_CO_TRY(const auto addresses, co_await resolve(loop, host));
  boost::system::error_code error;
  for (const auto& address : addresses) {
    tcp::socket socket(loop.executor());
    co_await socket.async_connect(tcp::endpoint(address, port),
                                  boost::asio::redirect_error(boost::asio::use_awaitable, error));
    const auto cancelled = co_await boost::asio::this_coro::cancellation_state;
    if (cancelled.cancelled() != boost::asio::cancellation_type::none)
      throw boost::system::system_error(error);
    if (!error) co_return Socket(std::move(socket));
  }
  co_return not_reached(host, port, error);
}

Task<Result<ClientAnswer>> exchange(Socket& socket, std::string request, ResponseParser& parser,
                                    std::string& rest) {
  std::array<std::string_view, 1> parts{request};
  // A server may answer and close before it has read everything: its answer counts, not our failed write.
  const bool is_sent = co_await write_all(socket, parts);
  std::string unread;
  std::vector<char> buffer(kReadBytes);
  while (parser.state() == ResponseParser::State::reading) {
    const std::ptrdiff_t count = socket.read_some(buffer);
    if (count == kWouldBlock) {
      if (!is_sent || !co_await socket.wait_readable()) break;
      continue;
    }
    if (count <= 0) {
      if (count == 0) parser.end_of_stream();
      break;
    }
    unread.append(buffer.data(), static_cast<std::size_t>(count));
    std::string_view bytes = unread;
    parser.feed(bytes);
    unread.erase(0, unread.size() - bytes.size());
  }
  switch (parser.state()) {
    case ResponseParser::State::done:
      rest = std::move(unread);
      co_return std::move(parser.answer());
    case ResponseParser::State::too_large:
      co_return fail(ErrorCode::too_large, "answer_too_large", "the answer is longer than expected");
    case ResponseParser::State::failed:
      co_return fail(ErrorCode::corrupt, "bad_answer",
                     "the other side does not speak HTTP, or ended too early");
    case ResponseParser::State::reading:
      break;
  }
  co_return fail(ErrorCode::closed, "connection_lost", "the connection was lost before the answer came");
}

}  // namespace fettle::net
