// One HTTP/1.1 connection: reads requests in order, has the router answer them, writes the answers, and hands
// the socket over when an answer becomes a stream or a WebSocket. Lives in its own task of the server's
// scope.
#pragma once
#include <list>
#include <memory>
#include <string>

#include "fettle/base/time.h"
#include "fettle/io/task.h"
#include "fettle/net/connection_book.h"
#include "fettle/net/request_parser.h"
#include "fettle/net/socket.h"

namespace fettle::net {

struct ServerState;

class HttpConnection {
 public:
  HttpConnection(ServerState& server, Socket socket, ConnectionTicket ticket);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// Serves until the connection ends or is handed over.
  static Task<void> run(std::unique_ptr<HttpConnection> connection);

  /// Cuts the client off when the present part has taken too long.
  void check_deadline(MonoTime now);
  /// The server stops: an idle connection ends now, a busy one after its answer.
  void end_if_idle();

 private:
  enum class Phase : std::uint8_t { handshake, idle, head, body, handling, writing, draining };
  enum class Got : std::uint8_t { request, failure, closed };

  Task<void> serve();
  /// Where TLS is spoken (http_handshake.cc): false when the connection ends here. Who speaks plain HTTP gets
  /// through, and an answer that says so.
  Task<bool> welcome();
  Task<bool> shake_hands_in_turn(std::string hello);
  /// What a plain request gets on a port that speaks TLS.
  [[nodiscard]] Response refuse_plain(const Request& request) const;
  Task<Got> read_request();
  /// Consumes from the front of `bytes`.
  void feed(std::string_view& bytes);
  [[nodiscard]] Got read_outcome() const;
  /// Counts a read; true when the loop belongs to others first.
  bool ends_turn(std::size_t read_bytes);
  Task<Response> answer(std::shared_ptr<Request> request);
  Task<void> compress(Response& response);
  Task<bool> send(Response response, bool is_head_only, bool keeps_alive);
  Task<void> hand_to_stream(Response response);
  Task<void> hand_to_web_socket(std::shared_ptr<const Request> request, Response response);
  /// Lets the client read the answer although it still sends: closing at once would reset the connection.
  Task<void> drain();
  void describe_peer(Request& request) const;
  void enter(Phase phase, Millis timeout);
  void log_access(const Request& request, int status, MonoTime began) const;

  ServerState& server_;
  Socket socket_;
  ConnectionTicket ticket_;
  std::list<HttpConnection*>::iterator place_;
  std::unique_ptr<RequestParser> parser_;  // only while a request is being read
  std::string pending_;                    // received and not consumed: pipelined requests, half a header
  std::size_t read_in_turn_ = 0;           // since the loop was given back
  std::string request_id_;
  bool is_tls_ = false;  // between the client and us, or a proxy that says so
  Phase phase_ = Phase::idle;
  MonoTime deadline_;
};

}  // namespace fettle::net
