#include "fettle/net/router.h"

#include <boost/asio/this_coro.hpp>

#include "fettle/base/check.h"
#include "fettle/base/crypto.h"
#include "fettle/base/encoding.h"
#include "fettle/base/text.h"
#include "fettle/net/router_state.h"

namespace fettle::net {
namespace {

constexpr std::size_t kDefaultBodyLimit = 64 * 1024;

bool is_api(std::string_view path) {
  return path == "/api" || path.starts_with("/api/");
}

bool concerns_environment(Permission permission) {
  switch (permission) {
    case Permission::public_access:
    case Permission::signed_in:
    case Permission::administer_server:
      return false;
    case Permission::view:
    case Permission::operate:
    case Permission::administer:
    case Permission::metrics:
      return true;
  }
  return true;
}

bool is_json_media_type(std::string_view type) {
  return equals_ignoring_case(trim(type.substr(0, type.find(';'))), "application/json");
}

bool is_unsafe(Method method) {
  return method == Method::post || method == Method::put || method == Method::patch || method == Method::del;
}

std::unexpected<Error> sign_in_first() {
  return fail(ErrorCode::unauthenticated, "unauthenticated", "Sign in, or send a bearer token.");
}
/// What is missing, in the words of the page and of tokens.
std::string_view need_of(Permission permission) {
  switch (permission) {
    case Permission::administer_server:
      return " It takes a server administrator; with a token, one made by them with the scope admin.";
    case Permission::administer:
      return " It takes the role administrator in this environment; with a token, the scope admin too.";
    case Permission::operate:
      return " It takes the role operator in this environment; with a token, the scope operate too.";
    case Permission::metrics:
      return " It takes the role operator, or a token with the scope metrics.";
    case Permission::view:
    case Permission::signed_in:
    case Permission::public_access:
      return "";
  }
  return "";
}
std::unexpected<Error> not_allowed(Permission permission) {
  return fail(ErrorCode::forbidden, "forbidden",
              "You have no permission to do this." + std::string(need_of(permission)));
}
std::unexpected<Error> nothing_there() {
  return fail(ErrorCode::not_found, "not_found", "There is nothing with this id.");
}

}  // namespace

namespace detail {

Result<None> read_no_query(const Request& request) {
  if (request.query.empty()) return None{};
  return fail_field("/query/" + request.query.front().first, "is not a known parameter");
}

Result<None> read_no_body(const Request& request) {
  const std::string_view body = trim(request.body);
  if (body.empty() || body == "{}") return None{};
  return fail_field("/body", "this request takes no body");
}

Response json_answer(std::string json) {
  Response response;
  response.headers.add("Content-Type", "application/json");
  response.body = std::move(json);
  return response;
}

}  // namespace detail

std::optional<std::string> RequestContext::repeat_name() const {
  if (!request_.headers.has("Idempotency-Key")) return std::nullopt;
  const std::string scope = AnswerMemory::scope_of(principal_, request_);
  return hex_encode(sha256(AnswerMemory::full_key(scope, request_.headers.get("Idempotency-Key"))));
}

std::string_view RequestContext::path_parameter(std::string_view name) const {
  for (const auto& [key, value] : path_parameters_) {
    if (key == name) return value;
  }
  FETTLE_CHECK(false, "a handler asks for a parameter that its path does not have");
}

Result<> RequestContext::require(const EnvironmentId& environment) const {
  if (principal_.may(permission_, environment)) return {};
  if (principal_.may(Permission::view, environment)) return not_allowed(permission_);
  return fail(ErrorCode::not_found, "environment_not_found", "There is no such environment.");
}

Router::Router(Authenticator& authenticator, const io::Log& log)
    : impl_(std::make_unique<Impl>(authenticator, log.with("api"))) {}
Router::~Router() = default;

void Router::remember_answers(io::Clock& clock) {
  impl_->memory = std::make_unique<AnswerMemory>(clock);
}

Router::Remembered Router::remembered() const {
  if (!impl_->memory) return {};
  return {impl_->memory->size(), AnswerMemory::kMaxAnswers, impl_->memory->bytes()};
}

SchemaBook& Router::schemas() {
  return impl_->schemas;
}

void Router::add_route(RouteSpec spec, RouteShape shape, std::unique_ptr<RouteHandler> handler) {
  FETTLE_CHECK(!impl_->is_sealed, "a route is added after seal()");
  FETTLE_CHECK(spec.path.starts_with('/'), spec.path);
  FETTLE_CHECK(spec.method != Method::head && spec.method != Method::options && spec.method != Method::other,
               "HEAD and OPTIONS are answered by the router itself");
  FETTLE_CHECK(impl_->table.add(spec.method, spec.path, impl_->specs.size()),
               "two routes share method and path");
  Route route;
  route.shape = std::move(shape);
  route.handler = std::move(handler);
  route.parameters = parameter_names(spec.path);
  impl_->routes.push_back(std::move(route));
  impl_->specs.push_back(std::move(spec));
}

void Router::add_scope_resolver(std::string id_prefix, ScopeResolver resolver) {
  impl_->resolvers[std::move(id_prefix)] = std::move(resolver);
}

void Router::set_fallback(std::function<Response(const Request&)> fallback) {
  impl_->fallback = std::move(fallback);
}

void Router::add_schema(std::string name, std::string json_schema) {
  impl_->schemas.emplace_back(std::move(name), std::move(json_schema));
}

void Router::seal() {
  std::vector<std::string> operations;
  for (std::size_t i = 0; i < impl_->specs.size(); ++i) {
    const RouteSpec& spec = impl_->specs[i];
    const std::string where = std::string(method_name(spec.method)) + " " + spec.path;
    FETTLE_CHECK(!spec.operation.empty(), where + " names no operation");
    FETTLE_CHECK(!spec.summary.empty(), where + " has no summary");
    FETTLE_CHECK((spec.scope != ScopeSource::none) == concerns_environment(spec.permission),
                 where + " has a scope that does not fit its permission");
    const auto& names = impl_->routes[i].parameters;
    FETTLE_CHECK(spec.scope != ScopeSource::path_id || std::ranges::find(names, "id") != names.end(),
                 where + " takes its scope from {id} but has none");
    operations.push_back(spec.operation);
  }
  std::ranges::sort(operations);
  const auto twice = std::ranges::adjacent_find(operations);
  FETTLE_CHECK(twice == operations.end(), *twice + " is the operation of two routes");
  impl_->is_sealed = true;
}

const std::vector<RouteSpec>& Router::routes() const {
  return impl_->specs;
}

std::size_t Router::body_limit(Method method, std::string_view path) const {
  const auto match = impl_->table.find(path);
  if (!match) return kDefaultBodyLimit;
  const std::size_t index = match->node->route(method);
  return index == RouteTable::kNoRoute ? kDefaultBodyLimit : impl_->specs[index].body_limit_bytes;
}

Task<Response> Router::dispatch(std::shared_ptr<const Request> request) {
  std::exception_ptr fault;
  try {
    co_return co_await impl_->answer(*request);
  } catch (...) {
    fault = std::current_exception();
  }
  const auto cancelled = co_await boost::asio::this_coro::cancellation_state;
  if (cancelled.cancelled() != boost::asio::cancellation_type::none) std::rethrow_exception(fault);
  std::string what = "an exception of unknown type";
  try {
    std::rethrow_exception(fault);
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
  }
  Error error;
  error.detail = std::move(what);
  co_return impl_->refuse(error, *request);
}

Response Router::Impl::refuse(const Error& error, const Request& request) const {
  Response response = problem(error, request.id);
  if (response.status == 500) {
    log.error("request failed", {{"request", request.id},
                                 {"method", request.method_text},
                                 {"path", request.path},
                                 {"reason", error.reason},
                                 {"error", error.detail}});
  }
  response.headers.add("Cache-Control", "no-store");
  return response;
}

Task<Response> Router::Impl::answer(const Request& request) {
  if (request.path == "*") {  // OPTIONS *: about the server as a whole
    Response response;
    response.status = 204;
    response.headers.add("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    co_return response;
  }
  const auto match = table.find(request.path);
  if (!match) {
    const bool is_reading = request.method == Method::get || request.method == Method::head;
    if (fallback && is_reading && !is_api(request.path)) co_return fallback(request);
    co_return refuse({ErrorCode::not_found, "route_not_found", "There is nothing at this path."}, request);
  }
  if (request.method == Method::options) co_return answer_options(request, *match);
  std::size_t index = match->node->route(request.method);
  if (index == RouteTable::kNoRoute && request.method == Method::head)
    index = match->node->route(Method::get);
  if (index != RouteTable::kNoRoute) co_return co_await run_route(request, index, *match);
  const bool is_known =
      request.method != Method::other || request.method_text == "TRACE" || request.method_text == "CONNECT";
  Response response =
      is_known ? problem(405, "method_not_allowed", "This path does not know the method.", request.id)
               : problem(501, "method_unknown", "This server does not know the method.", request.id);
  response.headers.add("Allow", match->node->allow());
  response.headers.add("Cache-Control", "no-store");
  co_return response;
}

Response Router::Impl::answer_options(const Request& /*request*/, const RouteTable::Match& match) const {
  Response response;
  response.status = 204;
  response.headers.add("Allow", match.node->allow());
  response.headers.add("Cache-Control", "no-store");
  return response;
}

Task<Response> Router::Impl::run_route(const Request& request, std::size_t index,
                                       const RouteTable::Match& match) {
  const RouteSpec& spec = specs[index];
  const Route& route = routes[index];
  RequestContext context(request, Principal{});
  context.permission_ = spec.permission;
  for (std::size_t i = 0; i < route.parameters.size(); ++i) {
    context.path_parameters_.emplace_back(route.parameters[i], match.parameters[i]);
  }
  if (auto allowed = co_await authorize(request, spec, context); !allowed)
    co_return refuse(allowed.error(), request);
  const bool is_absent = request.body.empty() && !spec.absent_body.empty();
  const bool takes_json = !route.shape.body_schema.empty() && !is_absent;
  if (takes_json && !is_json_media_type(request.headers.get("Content-Type"))) {
    co_return refuse({ErrorCode::unsupported, "unsupported_media_type", "The body must be application/json."},
                     request);
  }
  if (request.is_body_too_large) {
    co_return refuse(
        {ErrorCode::too_large, "body_too_large",
         "The body is longer than the " + std::to_string(spec.body_limit_bytes) + " bytes allowed here."},
        request);
  }
  const std::string_view key = request.headers.get("Idempotency-Key");
  const bool is_remembered = memory && is_unsafe(request.method) && !route.shape.is_raw &&
                             context.principal().is_signed_in() && request.headers.has("Idempotency-Key");
  if (!is_remembered) co_return co_await run_handler(context, index);

  const std::string scope = AnswerMemory::scope_of(context.principal(), request);
  auto begun = memory->begin(scope, key, request.body);
  if (!begun) co_return refuse(begun.error(), request);
  if (auto* replay = std::get_if<AnswerMemory::Replay>(&*begun)) {
    replay->response.headers.add("Idempotency-Replayed", "true");
    co_return std::move(replay->response);
  }
  // A handler that is cancelled or throws leaves no answer: the key is free again.
  struct Forget {
    AnswerMemory* memory;
    const std::string& scope;
    std::string_view key;
    ~Forget() {
      if (memory) memory->forget(scope, key);
    }
  } forget{memory.get(), scope, key};
  Response response = co_await run_handler(context, index);
  // What was refused has changed nothing: put right, it may be asked for with the same key.
  if (response.status >= 400) co_return response;
  memory->keep(scope, key, response);
  forget.memory = nullptr;
  co_return response;
}

Task<Response> Router::Impl::run_handler(RequestContext& context, std::size_t index) {
  if (specs[index].wait_for) {
    if (auto there = co_await specs[index].wait_for(); !there)
      co_return refuse(there.error(), context.request());
  }
  Result<Response> result = co_await routes[index].handler->run(context);
  if (!result) co_return refuse(result.error(), context.request());
  Response response = std::move(*result);
  if (context.status_ != 0) {
    response.status = context.status_;
  } else if (!routes[index].shape.is_raw) {
    response.status = specs[index].success_status;
  }
  for (const auto& [name, value] : context.answer_headers_.all()) response.headers.add(name, value);
  if (!response.headers.has("Cache-Control")) response.headers.add("Cache-Control", "no-store");
  co_return response;
}

Task<Result<>> Router::Impl::authorize(const Request& request, const RouteSpec& spec,
                                       RequestContext& context) {
  Result<Principal> principal = co_await authenticator.authenticate(request);
  if (!principal) {
    // A bad token does no harm where none is needed; a request from another site does.
    const bool is_harmless =
        spec.permission == Permission::public_access && principal.error().code == ErrorCode::unauthenticated;
    if (!is_harmless) co_return std::unexpected(std::move(principal).error());
    principal = Principal{};
  }
  context.principal_ = std::move(*principal);
  const Principal& who = context.principal_;
  if (spec.permission == Permission::public_access) co_return Result<>{};
  if (!who.is_signed_in()) co_return sign_in_first();
  if (spec.scope != ScopeSource::path_id) {
    if (!who.may_somewhere(spec.permission)) co_return not_allowed(spec.permission);
    co_return Result<>{};
  }
  FETTLE_CO_TRY(context.environment_, co_await environment_of(std::string(context.path_parameter("id"))));
  if (who.may(spec.permission, context.environment_)) co_return Result<>{};
  if (who.may(Permission::view, context.environment_)) co_return not_allowed(spec.permission);
  co_return nothing_there();
}

Task<Result<EnvironmentId>> Router::Impl::environment_of(std::string id) {
  const auto resolver = resolvers.find(std::string_view(id).substr(0, id.find('_')));
  if (resolver == resolvers.end()) co_return nothing_there();
  auto environment = co_await resolver->second(std::move(id));
  if (!environment) co_return nothing_there();
  co_return *environment;
}

}  // namespace fettle::net
