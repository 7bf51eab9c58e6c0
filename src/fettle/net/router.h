// The table of routes. A route is method, path, permission, types of query, body and answer, and a handler;
// the OpenAPI document, the browser's types, the permission matrix and the 404/405/415/422 answers come from
// it. Loop thread.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/base/json.h"
#include "fettle/net/http.h"

namespace fettle::io {
class Clock;
class Log;
}  // namespace fettle::io

namespace fettle::net {

/// Where the environment of a request comes from, for permissions that concern one environment (S5).
enum class ScopeSource : std::uint8_t {
  none,     // public_access, signed_in, administer_server
  any,      // lists and streams: the handler narrows to principal.environments_with(permission)
  path_id,  // "{id}" in the path, resolved by the ScopeResolver of that id's prefix; unknown or foreign: 404
  handler,  // named in query or body: the handler calls context.require(environment)
};

/// What a handler may answer beside the usual: the same in another media type, or a status without a problem
/// body.
struct OtherAnswer {
  int status = 200;
  std::string media_type;
};

/// A header field that the handler reads; for the document.
struct RequestHeader {
  std::string name;
  std::string summary;
};

struct RouteSpec {
  Method method = Method::get;
  std::string path;  // "/api/v1/hosts/{id}/series"
  Permission permission = Permission::administer_server;
  ScopeSource scope = ScopeSource::none;
  std::string operation;  // operationId, e.g. "list_hosts"
  std::string summary;    // one sentence
  int success_status = 200;
  std::vector<std::string> problem_codes;  // stable codes this route may answer beyond the general ones
  std::string absent_body;                 // what a request without a body stands for: "{}"
  std::size_t body_limit_bytes = 64 * 1024;
  std::string answer_media_type = "application/json";  // others: documented as a string
  std::vector<OtherAnswer> other_answers;
  std::vector<RequestHeader> request_headers;
  std::vector<std::string> message_schemas;  // of a stream: its messages, each a name given to add_schema
  // Asked before the handler of a caller who may come in: what must be there first, or why it is not.
  std::function<Task<Result<>>()> wait_for;
  std::string token_scope;  // a public route whose handler wants a token of this scope from all but a few
};

/// What a handler knows of its request beside query and body.
class RequestContext {
 public:
  RequestContext(const Request& request, Principal principal)
      : request_(request), principal_(std::move(principal)) {}
  [[nodiscard]] const Request& request() const { return request_; }
  [[nodiscard]] const Principal& principal() const { return principal_; }
  /// A path parameter by name; the router guarantees that it is there.
  [[nodiscard]] std::string_view path_parameter(std::string_view name) const;
  /// The environment that the ScopeResolver found for `{id}` (ScopeSource::path_id).
  [[nodiscard]] const EnvironmentId& environment() const { return environment_; }
  /// Unless the principal holds this route's permission in the environment: `forbidden` when it may at least
  /// see the environment, else `not_found`, so that what is hidden cannot be told from what is not there.
  [[nodiscard]] Result<> require(const EnvironmentId& environment) const;
  /// Names what was asked where there is an Idempotency-Key (who, route, key), in 64 hex digits: for handlers
  /// that keep it longer than the router does.
  [[nodiscard]] std::optional<std::string> repeat_name() const;
  /// Headers for the answer (Set-Cookie, Location, Retry-After, Cache-Control ...).
  Headers& answer_headers() { return answer_headers_; }
  /// Overrides RouteSpec::success_status.
  void set_status(int status) { status_ = status; }

 private:
  friend class Router;
  const Request& request_;  // owned by the dispatcher for as long as the handler runs
  Principal principal_;
  Permission permission_ = Permission::administer_server;
  EnvironmentId environment_;
  std::vector<std::pair<std::string, std::string>> path_parameters_;
  Headers answer_headers_;
  int status_ = 0;
};

/// Filled by `access`: who is this. Never throws; an unknown or expired credential gives anonymous.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  /// `unauthenticated` for a bad bearer token; a cookie that is not known is anonymous.
  /// `forbidden` (reason "cross_site") for unsafe requests with a cookie from another site (S4).
  virtual Task<Result<Principal>> authenticate(const Request& request) = 0;
};

/// Which environment owns this id; nullopt: nobody. Filled per id prefix by the feature that owns the kind.
using ScopeResolver = std::function<Task<std::optional<EnvironmentId>>(std::string id)>;

struct None {};  // no query parameters, no body, or a 204 answer

class RouteHandler;
struct RouteShape;

/// For handlers that need no wait.
template <class T>
Task<Result<T>> ready(Result<T> result) {
  co_return result;
}

/// A list as every list route answers it.
template <class T>
struct Page {
  std::vector<T> items;
  std::optional<std::string> next_cursor;
};

class Router {
 public:
  /// What fails in a handler is logged to `log`, once, with the request id.
  Router(Authenticator& authenticator, const io::Log& log);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  /// From now on `Idempotency-Key` counts on unsafe typed routes of signed-in principals: the same key and
  /// body gets the first answer again for 24 h. In memory and bounded: what is forgotten is done again.
  void remember_answers(io::Clock& clock);
  struct Remembered {
    std::size_t answers = 0, most = 0, bytes = 0;
  };
  [[nodiscard]] Remembered remembered() const;

  /// Query and body are described structs (base/json.h): unknown names, wrong types and missing members are
  /// answered with 400/422 that name the field before the handler runs. `Answer` is a described struct,
  /// Page<T>, or None (204).
  template <class Query, class Body, class Answer>
  void add(RouteSpec spec, std::function<Task<Result<Answer>>(RequestContext&, Query, Body)> handler);

  /// For answers that the handler writes itself (streams, CSV, assets, WebSockets, JSON made on a worker).
  /// `Query` is checked as above; body is raw. `Answer` is for the document alone.
  template <class Query, class Answer = None>
  void add_raw(RouteSpec spec, std::function<Task<Result<Response>>(RequestContext&, Query)> handler);

  void add_scope_resolver(std::string id_prefix, ScopeResolver resolver);
  /// Answers every path that no route has, for GET and HEAD outside /api (the page and its assets).
  void set_fallback(std::function<Response(const Request&)> fallback);
  /// Extra schemas for the document (messages of the stream).
  void add_schema(std::string name, std::string json_schema);

  /// Fails (our own mistake) when a route names no operation, a path twice, or a scope that does not fit its
  /// permission.
  void seal();
  [[nodiscard]] const std::vector<RouteSpec>& routes() const;
  /// The OpenAPI 3.1 document.
  [[nodiscard]] std::string openapi(std::string_view version) const;
  /// How much body the server reads for a request; the rest of it is answered by dispatch.
  [[nodiscard]] std::size_t body_limit(Method method, std::string_view path) const;

  /// Every failure is a problem body; only the cancellation of the calling task ends it by exception.
  Task<Response> dispatch(std::shared_ptr<const Request> request);

 private:
  void add_route(RouteSpec spec, RouteShape shape, std::unique_ptr<RouteHandler> handler);
  SchemaBook& schemas();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fettle::net

#include "fettle/net/router_impl.h"
