#include "fettle/app/health_api.h"

#include <boost/describe.hpp>

#include "fettle/app/metrics_page.h"
#include "fettle/app/version.h"
#include "fettle/base/json_codec.h"

namespace fettle::app {

struct ReadyQuery {
  std::optional<std::string> verbose;  // read from the request itself: "?verbose" has no value
};
BOOST_DESCRIBE_STRUCT(ReadyQuery, (), (verbose))

}  // namespace fettle::app

FETTLE_QUERY(fettle::app::ReadyQuery)

namespace fettle::app {
namespace {

struct Check {
  std::string_view name;
  bool is_good;
};

std::vector<Check> ready_checks(const HealthGround& ground) {
  return {{"running", !ground.is_stopping},
          {"store", !ground.store.figures().disk_full},
          {"journal", !ground.journal.figures().disk_full},
          {"history", ground.fleet.is_recalled()}};
}

net::Response plain(int status, std::string body) {
  net::Response response;
  response.status = status;
  response.headers.set("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(body);
  return response;
}

net::Response ready_answer(const HealthGround& ground, bool is_verbose) {
  constexpr int kUnavailable = 503;
  bool is_ready = true;
  std::string lines;
  for (const Check& check : ready_checks(ground)) {
    is_ready = is_ready && check.is_good;
    lines += std::string(check.is_good ? "[+]" : "[-]") + std::string(check.name) +
             (check.is_good ? " ok\n" : " failed\n");
  }
  return plain(is_ready ? 200 : kUnavailable,
               (is_verbose ? lines : "") + (is_ready ? "ready\n" : "not ready\n"));
}

}  // namespace

void add_health_routes(net::Router& router, HealthGround& ground) {
  router.add_raw<net::None>(
      {.method = net::Method::get,
       .path = "/livez",
       .permission = Permission::public_access,
       .operation = "get_livez",
       .summary = "200 as long as the process answers at all.",
       .answer_media_type = "text/plain"},
      [](net::RequestContext&, net::None) { return net::ready<net::Response>(plain(200, "ok\n")); });
  router.add_raw<ReadyQuery>(
      {.method = net::Method::get,
       .path = "/readyz",
       .permission = Permission::public_access,
       .operation = "get_readyz",
       .summary = "200 while the server takes work, else 503; ?verbose lists what was checked.",
       .answer_media_type = "text/plain",
       .other_answers = {{503, "text/plain"}}},
      [&ground](net::RequestContext& context, const ReadyQuery&) {
        const bool is_verbose = std::ranges::any_of(
            context.request().query, [](const auto& parameter) { return parameter.first == "verbose"; });
        return net::ready<net::Response>(ready_answer(ground, is_verbose));
      });
  add_metrics_route(router, ground);
  router.add_raw<net::None>({.method = net::Method::get,
                             .path = "/api/v1/openapi.json",
                             .permission = Permission::public_access,
                             .operation = "get_openapi",
                             .summary = "This document.",
                             .answer_media_type = "application/json"},
                            [&router](net::RequestContext&, net::None) {
                              net::Response response;
                              response.headers.set("Content-Type", "application/json");
                              response.body = router.openapi(version());
                              return net::ready<net::Response>(std::move(response));
                            });
}

}  // namespace fettle::app
