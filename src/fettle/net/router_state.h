// The inside of the router, shared by dispatch (router.cc) and the document (openapi.cc).
#pragma once
#include <map>
#include <memory>

#include "fettle/io/log.h"
#include "fettle/net/idempotency.h"
#include "fettle/net/route_table.h"
#include "fettle/net/router.h"

namespace fettle::net {

struct Route {
  RouteShape shape;
  std::unique_ptr<RouteHandler> handler;
  std::vector<std::string> parameters;
};

struct Router::Impl {
  Impl(Authenticator& who, io::Log to) : authenticator(who), log(std::move(to)) {}

  Task<Response> answer(const Request& request);
  Task<Response> run_route(const Request& request, std::size_t index, const RouteTable::Match& match);
  Task<Result<>> authorize(const Request& request, const RouteSpec& spec, RequestContext& context);
  Task<Result<EnvironmentId>> environment_of(std::string id);
  Task<Response> run_handler(RequestContext& context, std::size_t index);
  Response answer_options(const Request& request, const RouteTable::Match& match) const;
  Response refuse(const Error& error, const Request& request) const;

  Authenticator& authenticator;
  io::Log log;
  std::vector<RouteSpec> specs;
  std::vector<Route> routes;  // same index
  RouteTable table;
  SchemaBook schemas;
  std::map<std::string, ScopeResolver, std::less<>> resolvers;
  std::function<Response(const Request&)> fallback;
  std::unique_ptr<AnswerMemory> memory;
  bool is_sealed = false;
};

}  // namespace fettle::net
