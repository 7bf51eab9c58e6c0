#include "tests/unit/access/permission_matrix.h"

#include "fettle/base/text.h"

namespace fettle::access {
namespace {

enum class Verdict : std::uint8_t { let_in, sign_in_first, forbidden, hidden };

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::let_in:
      return "let in";
    case Verdict::sign_in_first:
      return "401";
    case Verdict::forbidden:
      return "403";
    case Verdict::hidden:
      return "404";
  }
  return "?";
}

bool holds(const MatrixCaller& caller, Permission permission, const EnvironmentId& environment) {
  const auto found = caller.permissions.find(environment);
  return found != caller.permissions.end() && found->second.contains(permission);
}

bool holds_anywhere(const MatrixCaller& caller, Permission permission) {
  return std::ranges::any_of(caller.permissions,
                             [&](const auto& entry) { return entry.second.contains(permission); });
}

/// What S5 says, for a request that concerns `environment`, or no particular one.
Verdict expected(const net::RouteSpec& spec, const MatrixCaller& caller, const EnvironmentId* environment) {
  if (spec.permission == Permission::public_access) return Verdict::let_in;
  if (!caller.is_signed_in) return Verdict::sign_in_first;
  if (spec.permission == Permission::signed_in) return Verdict::let_in;
  if (spec.permission == Permission::administer_server) {
    return caller.is_server_administrator ? Verdict::let_in : Verdict::forbidden;
  }
  if (!environment) return holds_anywhere(caller, spec.permission) ? Verdict::let_in : Verdict::forbidden;
  if (holds(caller, spec.permission, *environment)) return Verdict::let_in;
  if (holds(caller, Permission::view, *environment)) return Verdict::forbidden;
  // Who holds the permission nowhere is told so before it is known what the request is about.
  const bool is_told_first =
      spec.scope == net::ScopeSource::handler && !holds_anywhere(caller, spec.permission);
  return is_told_first ? Verdict::forbidden : Verdict::hidden;
}

/// Whether the answer is one that `want` allows. Who is let in may still meet 404, 409 or 422 of the handler,
/// where the request concerns nothing that exists.
bool is_as(Verdict want, const net::Response& response, bool concerns_something) {
  const bool is_forbidden =
      response.status == 403 && response.body.find("\"code\":\"forbidden\"") != std::string::npos;
  switch (want) {
    case Verdict::let_in:
      return !is_forbidden && response.body.find("\"code\":\"unauthenticated\"") == std::string::npos &&
             (!concerns_something || response.status != 404) && response.status != 500;
    case Verdict::sign_in_first:
      return response.status == 401;
    case Verdict::forbidden:
      return is_forbidden;
    case Verdict::hidden:
      return response.status == 404;
  }
  return false;
}

std::string with_nobodys_ids(std::string path) {
  for (std::size_t at = path.find('{'); at != std::string::npos; at = path.find('{')) {
    path.replace(at, path.find('}') - at + 1, "x");
  }
  return path;
}

std::shared_ptr<const net::Request> request_for(const net::RouteSpec& spec, const MatrixTarget& target,
                                                const MatrixCaller& caller) {
  auto request = std::make_shared<net::Request>();
  request->method = spec.method;
  request->method_text = std::string(net::method_name(spec.method));
  request->target = target.path;
  request->path = target.path.substr(0, target.path.find('?'));
  if (request->path.size() < target.path.size()) {
    const std::string query = target.path.substr(request->path.size() + 1);
    for (const std::string_view pair : split(query, '&')) {
      const std::size_t equals = pair.find('=');
      request->query.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    }
  }
  request->body = target.body;
  request->peer = {"127.0.0.1", true, false};
  request->id = "req_matrix";
  request->headers.add("Host", "127.0.0.1");
  request->headers.add("Sec-Fetch-Site", "same-origin");
  request->headers.add("Content-Type", "application/json");
  if (caller.sign) caller.sign(*request);
  return request;
}

}  // namespace

std::vector<std::string> check_permission_matrix(const net::Router& router, const Dispatch& dispatch,
                                                 const std::vector<MatrixCaller>& callers,
                                                 const TargetMaker& targets) {
  std::vector<std::string> faults;
  for (const net::RouteSpec& spec : router.routes()) {
    const bool concerns_one =
        spec.scope == net::ScopeSource::path_id || spec.scope == net::ScopeSource::handler;
    for (const MatrixCaller& caller : callers) {
      std::vector<MatrixTarget> asked;
      if (concerns_one) asked = targets(spec);
      const std::string who =
          std::string(net::method_name(spec.method)) + " " + spec.path + " by " + caller.name;
      if (concerns_one && asked.empty()) faults.push_back(who + ": no request is known for this route");
      if (!concerns_one)
        asked.push_back({with_nobodys_ids(spec.path), spec.method == net::Method::get ? "" : "{}", {}});
      for (const MatrixTarget& target : asked) {
        const Verdict want = expected(spec, caller, concerns_one ? &target.environment : nullptr);
        const net::Response response = dispatch(request_for(spec, target, caller));
        if (is_as(want, response, concerns_one)) continue;
        std::string line = who;
        if (concerns_one) line += " in " + target.environment.text();
        line.append(": expected ").append(verdict_name(want)).append(", got ");
        faults.push_back(line + std::to_string(response.status) + " " + response.body.substr(0, 120));
      }
    }
  }
  return faults;
}

}  // namespace fettle::access
