#include "fettle/runs/expectations_api.h"

#include <boost/describe.hpp>

#include "fettle/access/audit.h"
#include "fettle/base/json_codec.h"
#include "fettle/net/router.h"
#include "fettle/runs/cron_rules.h"
#include "fettle/runs/expectation_rules.h"

namespace fettle::runs {

/// A command that a host runs by itself, and when (fettle exec --expect).
struct ExpectedCommandDto {
  std::string name, timing, sentence, time_zone;
  WallTime began_at;  // the last time
  RunId run_id;
  std::optional<WallTime> next_at;
  bool is_overdue = false;
  std::optional<std::string> fault;
};
BOOST_DESCRIBE_STRUCT(ExpectedCommandDto, (),
                      (name, timing, sentence, time_zone, began_at, run_id, next_at, is_overdue, fault))

struct ExpectedCommandQuery {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(ExpectedCommandQuery, (), (name))

namespace {

using net::Method;
using net::None;
using net::Page;
using net::RequestContext;

constexpr std::string_view kPath = "/api/v1/hosts/{id}/expected-commands";

HostId host_of(const RequestContext& context) {
  return *HostId::parse(context.path_parameter("id"));  // the scope was found by it
}

ExpectedCommandDto dto_of(const Expectations::View& view) {
  const Expectation& one = view.expectation;
  ExpectedCommandDto out;
  out.name = one.key.name;
  out.timing = one.times.timing;
  out.time_zone = expected_zone(one.times, view.timing);
  out.sentence = timing_sentence(view.timing, out.time_zone);
  out.began_at = one.began;
  out.run_id = one.run;
  out.next_at = view.next;
  out.is_overdue = view.is_overdue;
  if (!view.fault.empty()) out.fault = view.fault;
  return out;
}

}  // namespace

void add_expectation_routes(net::Router& router, Expectations& expectations) {
  router.add<None, None, Page<ExpectedCommandDto>>(
      {.method = Method::get,
       .path = std::string(kPath),
       .permission = Permission::view,
       .scope = net::ScopeSource::path_id,
       .operation = "list_expected_commands",
       .summary = "Commands that the host runs by itself and said when (fettle exec --expect), by name."},
      [&expectations](RequestContext& context, None, None) {
        Page<ExpectedCommandDto> page;
        expectations.for_each_of(host_of(context),
                                 [&](const Expectations::View& view) { page.items.push_back(dto_of(view)); });
        return net::ready(Result<Page<ExpectedCommandDto>>(std::move(page)));
      });
  router.add<ExpectedCommandQuery, None, None>(
      {.method = Method::del,
       .path = std::string(kPath),
       .permission = Permission::operate,
       .scope = net::ScopeSource::path_id,
       .operation = "forget_expected_command",
       .summary = "Expects a command no more, until its next run says so.",
       .success_status = 204},
      [&expectations](RequestContext& context, ExpectedCommandQuery query, None) {
        struct Forgetting {
          static Task<Result<None>> go(Expectations& from, access::Actor actor, ExpectationKey key) {
            auto forgotten = co_await from.forget(std::move(actor), std::move(key));
            if (!forgotten) co_return std::unexpected(std::move(forgotten).error());
            co_return None{};
          }
        };
        return Forgetting::go(expectations, access::actor_of(context),
                              {host_of(context), std::move(query.name)});
      });
}

}  // namespace fettle::runs

FETTLE_QUERY(fettle::runs::ExpectedCommandQuery)
FETTLE_JSON(fettle::net::Page<fettle::runs::ExpectedCommandDto>)
