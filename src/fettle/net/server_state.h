// What the connections of one server share: the services handed in, limits, figures, and one receive buffer,
// which is why an idle connection needs none of its own. Loop thread.
#pragma once
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <list>
#include <vector>

#include "fettle/io/async_event.h"
#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/loop.h"
#include "fettle/io/random.h"
#include "fettle/io/task_scope.h"
#include "fettle/net/connection_book.h"
#include "fettle/net/handshake_gate.h"
#include "fettle/net/http_server.h"
#include "fettle/net/response_head.h"
#include "fettle/net/router.h"
#include "fettle/net/ws_sweep.h"

namespace fettle::net {

class HttpConnection;

struct ServerState {
  ServerState(io::Loop& on, io::Clock& time, io::Random& chance, const io::Log& to, Router& routes,
              HttpOptions given)
      : loop(on),
        clock(time),
        random(chance),
        log(to),
        router(routes),
        options(std::move(given)),
        tasks(on, log) {}

  io::Loop& loop;
  io::Clock& clock;
  io::Random& random;
  io::Log log;
  Router& router;
  HttpOptions options;

  HttpFigures figures;
  DateCache date;
  std::string id_prefix;  // of request ids, different in every process
  std::uint64_t requests = 0;
  std::vector<boost::asio::ip::network_v4> trusted_v4;
  std::vector<boost::asio::ip::network_v6> trusted_v6;
  /// Valid between two suspensions only; what must stay is copied out.
  std::vector<char> scratch = std::vector<char>(64 * 1024);
  /// Shared with streams, which may outlive the server.
  std::shared_ptr<ConnectionBook> book = std::make_shared<ConnectionBook>();
  std::list<HttpConnection*> connections;
  HandshakeGate handshakes;
  MonoTime handshake_failure_told;
  std::shared_ptr<WsSweep> web_sockets =
      std::make_shared<WsSweep>();  // shared with channels for the same reason
  std::size_t serving = 0;          // connections and WebSocket handlers that stop() waits for
  bool is_stopping = false;
  MonoTime stop_deadline = MonoTime::max();
  io::AsyncEvent drained;
  io::TaskScope tasks;

  void served_one() {
    --serving;
    if (is_stopping && serving == 0) drained.set();
  }
  [[nodiscard]] bool is_trusted_proxy(std::string_view address) const;
};

}  // namespace fettle::net
