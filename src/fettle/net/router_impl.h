// The typed face of the router: turns a handler of (Query, Body) -> Answer into one of request -> response.
// Kept thin, because each route instantiates it.
#pragma once
#include <type_traits>
#include <utility>

#include "fettle/net/router.h"

namespace fettle::net {

/// What the document says of a route's types; empty: there is none of that kind.
struct RouteShape {
  std::string query_parameters;
  std::string body_schema;
  std::string answer_schema;
  bool is_raw = false;
};

class RouteHandler {
 public:
  virtual ~RouteHandler() = default;
  virtual Task<Result<Response>> run(RequestContext& context) = 0;
};

namespace detail {

Result<None> read_no_query(const Request& request);
Result<None> read_no_body(const Request& request);
/// A 200 answer with this JSON; the router sets status and further headers.
Response json_answer(std::string json);

template <class Query>
Result<Query> read_query(const Request& request) {
  if constexpr (std::is_same_v<Query, None>) {
    return read_no_query(request);
  } else {
    return from_query<Query>(request.query);
  }
}

template <class Body>
Result<Body> read_body(const Request& request, const std::string& absent) {
  if constexpr (std::is_same_v<Body, None>) {
    return read_no_body(request);
  } else {
    return from_json<Body>(request.body.empty() ? absent : request.body);
  }
}

template <class Query, class Body, class Answer>
class TypedHandler final : public RouteHandler {
 public:
  using Function = std::function<Task<Result<Answer>>(RequestContext&, Query, Body)>;
  TypedHandler(Function function, std::string absent_body)
      : function_(std::move(function)), absent_body_(std::move(absent_body)) {}

  Task<Result<Response>> run(RequestContext& context) override {
    FETTLE_CO_TRY(Query query, read_query<Query>(context.request()));
    FETTLE_CO_TRY(Body body, read_body<Body>(context.request(), absent_body_));
    Result<Answer> answer = co_await function_(context, std::move(query), std::move(body));
    if (!answer) co_return std::unexpected(std::move(answer).error());
    if constexpr (std::is_same_v<Answer, None>) {
      co_return Response{};
    } else {
      co_return json_answer(to_json(*answer));
    }
  }

 private:
  Function function_;
  std::string absent_body_;
};

template <class Query>
class RawHandler final : public RouteHandler {
 public:
  using Function = std::function<Task<Result<Response>>(RequestContext&, Query)>;
  explicit RawHandler(Function function) : function_(std::move(function)) {}

  Task<Result<Response>> run(RequestContext& context) override {
    FETTLE_CO_TRY(Query query, read_query<Query>(context.request()));
    co_return co_await function_(context, std::move(query));
  }

 private:
  Function function_;
};

}  // namespace detail

template <class Query, class Body, class Answer>
void Router::add(RouteSpec spec, std::function<Task<Result<Answer>>(RequestContext&, Query, Body)> handler) {
  RouteShape shape;
  if constexpr (!std::is_same_v<Query, None>) shape.query_parameters = query_parameters_of<Query>();
  if constexpr (!std::is_same_v<Body, None>)
    shape.body_schema = schema_of<Body>(schemas(), SchemaUse::request);
  if constexpr (std::is_same_v<Answer, None>) {
    if (spec.success_status == 200) spec.success_status = 204;
  } else {
    shape.answer_schema = schema_of<Answer>(schemas(), SchemaUse::answer);
  }
  std::string absent = spec.absent_body;
  add_route(
      std::move(spec), std::move(shape),
      std::make_unique<detail::TypedHandler<Query, Body, Answer>>(std::move(handler), std::move(absent)));
}

template <class Query, class Answer>
void Router::add_raw(RouteSpec spec, std::function<Task<Result<Response>>(RequestContext&, Query)> handler) {
  RouteShape shape;
  shape.is_raw = true;
  if constexpr (!std::is_same_v<Answer, None>)
    shape.answer_schema = schema_of<Answer>(schemas(), SchemaUse::answer);
  if constexpr (!std::is_same_v<Query, None>) shape.query_parameters = query_parameters_of<Query>();
  add_route(std::move(spec), std::move(shape),
            std::make_unique<detail::RawHandler<Query>>(std::move(handler)));
}

}  // namespace fettle::net
