#include "tests/unit/access/permission_matrix.h"

#include <gmock/gmock.h>

#include "fettle/access/session_start.h"
#include "fettle/base/json_codec.h"
#include "tests/unit/access/access_fixture.h"

namespace fettle::access {

namespace {

using net::Method;
using net::None;
using net::RequestContext;
using net::ScopeSource;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

const std::set<Permission> kViewer{Permission::view};
const std::set<Permission> kOperator{Permission::view, Permission::operate, Permission::metrics};
const std::set<Permission> kAdministrator{Permission::view, Permission::operate, Permission::administer,
                                          Permission::metrics};

}  // namespace

struct Named {
  EnvironmentId environment;
};
BOOST_DESCRIBE_STRUCT(Named, (), (environment))

namespace {

/// The module's own routes, and one for each permission and scope that there can be.
struct Matrix : testing::Test, AccessFixture {
  Matrix() {
    for (const Permission permission : kAdministrator) {
      const std::string name(permission_name(permission));
      add_route({.path = "/x/any/" + name, .permission = permission, .scope = ScopeSource::any});
      add_route({.path = "/x/things/{id}/" + name, .permission = permission, .scope = ScopeSource::path_id});
      add_named_route({.path = "/x/named/" + name, .permission = permission}, &Matrix::careful);
    }
    router->add_scope_resolver("thing", [](std::string id) { return resolve(std::move(id)); });
  }

  static Task<std::optional<EnvironmentId>> resolve(std::string id) {
    co_return EnvironmentId::parse("env_" + id.substr(id.find('_') + 1));
  }
  static Result<None> careful(RequestContext& context, const Named& query) {
    if (auto allowed = context.require(query.environment); !allowed) {
      return std::unexpected(std::move(allowed).error());
    }
    return None{};
  }
  static Result<None> careless(RequestContext&, const Named&) { return None{}; }

  void add_route(net::RouteSpec spec) {
    spec.method = Method::post;
    spec.operation = "op" + spec.path;
    spec.summary = "x";
    router->add<None, None, None>(std::move(spec),
                                  [](RequestContext&, None, None) { return net::ready<None>(None{}); });
  }
  void add_named_route(net::RouteSpec spec, Result<None> (*handler)(RequestContext&, const Named&)) {
    spec.method = Method::post;
    spec.operation = "op" + spec.path;
    spec.summary = "x";
    spec.scope = ScopeSource::handler;
    router->add<Named, None, None>(std::move(spec),
                                   [handler](RequestContext& context, const Named& query, None) {
                                     return net::ready<None>(handler(context, query));
                                   });
  }

  MatrixCaller by_cookie(const std::string& name, std::map<EnvironmentId, std::set<Permission>> permissions) {
    const Actor actor{"person", person_id(name).text(), name, ""};
    return {name, true, false, std::move(permissions), [this, actor](net::Request& request) {
              const NewSession made = make_session(random, clock.wall_now(), actor, settings);
              EXPECT_TRUE(loop.run(
                  store->write([&](store::Session& session) { record_session(session, made.row, actor); })));
              request.headers.add("Cookie", "fettle_session=" + made.cookie.reveal());
            }};
  }
  MatrixCaller by_token(const std::string& cookie, const std::string& name, const std::string& body,
                        std::map<EnvironmentId, std::set<Permission>> permissions) {
    const std::string text = make_token(cookie, body);
    return {name, true, false, std::move(permissions),
            [text](net::Request& request) { request.headers.add("Authorization", "Bearer " + text); }};
  }
  std::vector<MatrixCaller> callers() {
    const std::string admin = set_up("ada");
    add_person("vera", kViewerRole);
    add_person("otto", kOperatorRole);
    add_person("anna", kAdministratorRole);
    add_person("lars", kAdministratorRole, lab);
    const EnvironmentId here = kDefaultEnvironment;
    std::vector<MatrixCaller> out;
    out.push_back({"nobody", false, false, {}, nullptr});
    out.push_back(by_cookie("vera", {{here, kViewer}}));
    out.push_back(by_cookie("otto", {{here, kOperator}}));
    out.push_back(by_cookie("anna", {{here, kAdministrator}}));
    out.push_back(by_cookie("lars", {{lab, kAdministrator}}));
    out.push_back(by_cookie("ada", {{here, kAdministrator}, {kSystemEnvironment, kAdministrator}}));
    out.back().is_server_administrator = true;
    const auto both = [&](const std::set<Permission>& permissions) {
      return std::map<EnvironmentId, std::set<Permission>>{{here, permissions},
                                                           {kSystemEnvironment, permissions}};
    };
    out.push_back(
        by_token(admin, "read token", R"({"name":"r","scopes":["read"]})", both({Permission::view})));
    out.push_back(by_token(admin, "operate token", R"({"name":"o","scopes":["operate"]})",
                           both({Permission::view, Permission::operate})));
    out.push_back(by_token(admin, "metrics token", R"({"name":"m","scopes":["metrics"]})",
                           both({Permission::metrics})));
    out.push_back(by_token(admin, "admin token", R"({"name":"a","scopes":["admin"]})", both(kAdministrator)));
    out.back().is_server_administrator = true;
    out.push_back(by_token(admin, "admin token of default",
                           R"({"name":"d","scopes":["admin"],"environment_id":")" + here.text() + R"("})",
                           {{here, kAdministrator}}));
    return out;
  }
  std::vector<MatrixTarget> targets(const net::RouteSpec& spec) {
    std::vector<MatrixTarget> out;
    for (const EnvironmentId& environment : {kDefaultEnvironment, lab, kSystemEnvironment}) {
      std::string path = spec.path;
      const std::size_t at = path.find("{id}");
      if (at != std::string::npos) path.replace(at, 4, "thing_" + environment.text().substr(4));
      if (spec.scope == ScopeSource::handler) path += "?environment=" + environment.text();
      out.push_back({path, "{}", environment});
    }
    return out;
  }
  std::vector<std::string> check() {
    router->seal();
    const auto dispatch = [this](std::shared_ptr<const net::Request> request) {
      return loop.run(router->dispatch(std::move(request)));
    };
    return check_permission_matrix(*router, dispatch, callers(),
                                   [this](const auto& spec) { return targets(spec); });
  }

  EnvironmentId lab = add_environment("lab");
};

TEST_F(Matrix, EveryRouteAnswersEachCallerAsItsPermissionSays) {
  EXPECT_GT(router->routes().size(), 20U);
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(Matrix, AHandlerThatForgetsToAskIsFound) {
  add_named_route({.path = "/x/careless", .permission = Permission::operate}, &Matrix::careless);
  const auto faults = check();
  EXPECT_THAT(faults,
              Contains(HasSubstr("/x/careless by otto in " + lab.text() + ": expected 404, got 204")));
  EXPECT_THAT(faults, Contains(HasSubstr("/x/careless by operate token in " + lab.text())));
  for (const std::string& fault : faults) EXPECT_THAT(fault, HasSubstr("/x/careless"));
}

}  // namespace
}  // namespace fettle::access

FETTLE_QUERY(fettle::access::Named)
