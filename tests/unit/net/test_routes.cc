#include "tests/unit/net/test_routes.h"

#include <boost/describe.hpp>

#include "fettle/base/json_codec.h"
#include "tests/unit/net/server_fixture.h"

namespace fettle::net::test {

BOOST_DESCRIBE_STRUCT(Thing, (), (name, size))
BOOST_DESCRIBE_STRUCT(ThingQuery, (), (limit))

namespace {

RouteSpec spec_of(Method method, std::string path, std::string operation, Permission permission,
                  ScopeSource scope = ScopeSource::none) {
  RouteSpec spec;
  spec.method = method;
  spec.path = std::move(path);
  spec.operation = std::move(operation);
  spec.permission = permission;
  spec.scope = scope;
  spec.summary = "A route of the test.";
  return spec;
}

Task<std::optional<EnvironmentId>> resolve_thing(std::string id) {
  if (id == kThingInFirst) co_return HeaderAuthenticator::environment(1);
  if (id == kThingInSecond) co_return HeaderAuthenticator::environment(2);
  co_return std::nullopt;
}

struct Handlers {
  Calls& calls;

  Task<Result<Page<Thing>>> list(ThingQuery query) {
    ++calls["list_things"];
    Page<Thing> page;
    page.items.push_back({"first", query.limit});
    co_return page;
  }
  Task<Result<Thing>> show(std::string id) {
    ++calls["show_thing"];
    co_return Thing{std::move(id), 1};
  }
  Task<Result<Thing>> create(Thing body) {
    const int number = ++calls["create_thing"];
    if (body.name == "throws") throw std::runtime_error("a secret of the house");
    if (body.name == "fails") co_return fail(ErrorCode::io, "disk_broken", "another secret of the house");
    if (body.name == "limited") {
      Error error{ErrorCode::rate_limited, "too_fast", "Slower.", {}, 7};
      co_return std::unexpected(std::move(error));
    }
    co_return Thing{body.name, number};
  }
  Task<Result<None>> remove() {
    ++calls["remove_thing"];
    co_return None{};
  }
  Task<Result<Response>> echo(const Request& request) {
    ++calls["echo"];
    Response response;
    response.headers.add("Content-Type", "text/plain");
    response.body = request.method_text + " " + request.path + " " + request.body;
    co_return response;
  }
};

}  // namespace

void add_test_routes(Router& router, Calls& calls) {
  // The handlers live as long as the functions that hold them; none of the functions is a coroutine itself.
  const auto handlers = std::make_shared<Handlers>(calls);
  router.add_scope_resolver("thing", resolve_thing);
  router.add<ThingQuery, None, Page<Thing>>(
      spec_of(Method::get, "/api/v1/things", "list_things", Permission::view, ScopeSource::any),
      [handlers](RequestContext&, ThingQuery query, None) { return handlers->list(query); });
  router.add<None, None, Thing>(
      spec_of(Method::get, "/api/v1/things/{id}", "show_thing", Permission::view, ScopeSource::path_id),
      [handlers](RequestContext& context, None, None) {
        return handlers->show(std::string(context.path_parameter("id")));
      });
  RouteSpec create = spec_of(Method::post, "/api/v1/things", "create_thing", Permission::signed_in);
  create.success_status = 201;
  create.body_limit_bytes = 1000;
  create.problem_codes = {"name_taken"};
  router.add<None, Thing, Thing>(create, [handlers](RequestContext& context, None, Thing body) {
    context.answer_headers().add("Location", "/api/v1/things/" + body.name);
    return handlers->create(std::move(body));
  });
  router.add<None, None, None>(
      spec_of(Method::del, "/api/v1/things/{id}", "remove_thing", Permission::operate, ScopeSource::path_id),
      [handlers](RequestContext&, None, None) { return handlers->remove(); });
  router.add<None, None, None>(
      spec_of(Method::post, "/api/v1/server", "restart_server", Permission::administer_server),
      [handlers](RequestContext&, None, None) { return handlers->remove(); });
  RouteSpec echo = spec_of(Method::get, "/echo", "echo", Permission::public_access);
  echo.answer_media_type = "text/plain";
  router.add_raw<None>(
      echo, [handlers](RequestContext& context, None) { return handlers->echo(context.request()); });
  echo.method = Method::post;
  echo.operation = "post_echo";
  echo.body_limit_bytes = 1024 * 1024;
  router.add_raw<None>(
      echo, [handlers](RequestContext& context, None) { return handlers->echo(context.request()); });
}

}  // namespace fettle::net::test

FETTLE_JSON(fettle::net::test::Thing)
FETTLE_JSON(fettle::net::Page<fettle::net::test::Thing>)
FETTLE_QUERY(fettle::net::test::ThingQuery)
