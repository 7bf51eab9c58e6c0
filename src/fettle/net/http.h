// Requests and answers as handlers see them. No handler sees Beast or a socket.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fettle/base/principal.h"
#include "fettle/base/result.h"
#include "fettle/io/task.h"

namespace fettle::net {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options, other };
std::string_view method_name(Method method);
/// Methods are case-sensitive (RFC 9110 section 9.1); what is not in the enum is `other`.
Method method_of(std::string_view name);

/// Header names compare without case.
class Headers {
 public:
  void set(std::string_view name, std::string value);
  void add(std::string_view name, std::string value);
  [[nodiscard]] std::string_view get(std::string_view name) const;  // empty when absent
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const { return items_; }

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

/// Where a request came from, after `trusted_proxies` were taken into account.
struct Peer {
  std::string address;  // "127.0.0.1", "::1"
  bool is_loopback = false;
  bool is_tls = false;
};

struct Request {
  Method method = Method::get;
  std::string method_text;
  std::string target;                                      // as received
  std::string path;                                        // percent-decoded, without query
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  Headers headers;
  std::string body;
  Peer peer;
  std::string id;  // request id: for logs and problem bodies
  /// The body was longer than the route takes and was not read; the router answers 413 in its turn.
  bool is_body_too_large = false;
};

class ByteStream;
class MessageChannel;

/// A whole answer, or the head of one whose body goes on (`stream`), or an upgrade to a WebSocket.
struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  std::shared_ptr<const std::string> shared_body;  // sent without a copy, when set
  std::string_view static_body;  // the same for what lives as long as the process (assets), when not empty
  /// Called on the loop after the head was written: the connection now belongs to the stream (SSE).
  std::function<void(std::shared_ptr<ByteStream>)> stream;
  /// Called on the loop after the WebSocket handshake.
  std::function<Task<void>(std::unique_ptr<MessageChannel>)> websocket;
  std::string websocket_protocol;
};

/// RFC 9457 body for an error; status by its code.
Response problem(const Error& error, std::string_view request_id);
int status_of(ErrorCode code);
std::string_view status_phrase(int status);
/// For answers that are not in ErrorCode (405, 406, 412 ...).
Response problem(int status, std::string_view code, std::string detail, std::string_view request_id);

}  // namespace fettle::net
