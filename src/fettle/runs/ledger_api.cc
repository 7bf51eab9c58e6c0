// The route of the ledger.
#include <charconv>

#include "fettle/access/environments.h"
#include "fettle/base/json_codec.h"
#include "fettle/base/page_limit.h"
#include "fettle/base/text.h"
#include "fettle/runs/schedule_answers.h"

namespace fettle::runs {
namespace {

using net::Method;
using net::None;
using net::Page;
using net::RequestContext;

/// "1767225600.schedule_....0"
std::string format_place(const ledger_repo::Place& place) {
  return std::to_string(place.nominal.time_since_epoch().count()) + '.' + place.schedule.text() + '.' +
         std::to_string(place.fold);
}

Result<ledger_repo::Place> parse_place(std::string_view cursor) {
  const auto parts = split(cursor, '.');
  std::int64_t nominal = 0;
  std::int32_t fold = 0;
  const auto read = [](std::string_view text, auto& into) {
    const auto done = std::from_chars(text.data(), text.data() + text.size(), into);
    return done.ec == std::errc{} && done.ptr == text.data() + text.size();
  };
  constexpr std::size_t kParts = 3;
  const auto id = parts.size() == kParts ? ScheduleId::parse(parts[1]) : std::nullopt;
  if (!id || !read(parts[0], nominal) || !read(parts[2], fold))
    return fail_field("/query/cursor", "must be the next_cursor of an earlier answer");
  return ledger_repo::Place{Instant(Seconds(nominal)), *id, fold};
}

Result<ledger_repo::Filter> filter_of(const ScheduleApiGround& ground, const RequestContext& context,
                                      const LedgerQuery& query) {
  ledger_repo::Filter out;
  FETTLE_TRY(out.environments, ground.environments.listed(context.principal(), query.environment));
  FETTLE_TRY(out.limit, page_limit(query.limit));
  out.schedule = query.schedule_id;
  out.host = query.host_id;
  if (query.from) out.from = std::chrono::ceil<Seconds>(*query.from);
  if (query.to) out.to = std::chrono::ceil<Seconds>(*query.to);
  if (query.outcome) {
    for (const std::string_view name : split(*query.outcome, ',')) {
      const auto outcome = parse_outcome(trim(name));
      if (!outcome)
        return fail_field(
            "/query/outcome",
            "must be ran, late, skipped, blocked, missed or superseded, or several with commas");
      out.outcomes.push_back(*outcome);
    }
  }
  if (query.cursor) {
    FETTLE_TRY(out.after, parse_place(*query.cursor));
  }
  return out;
}

Task<Result<Page<LedgerRowDto>>> list_ledger(ScheduleApiGround ground, RequestContext& context,
                                             LedgerQuery query) {
  FETTLE_CO_TRY(ledger_repo::Filter filter, filter_of(ground, context, query));
  FETTLE_CO_TRY(const ledger_repo::Answer answer, co_await ground.schedules.ledger(std::move(filter)));
  Page<LedgerRowDto> page;
  for (const ledger_repo::Row& row : answer.rows)
    page.items.push_back(ledger_dto(row, ground.schedules.book().find(row.entry.schedule)));
  if (answer.next) page.next_cursor = format_place(*answer.next);
  co_return page;
}

}  // namespace

void add_ledger_route(net::Router& router, ScheduleApiGround ground) {
  router.add<LedgerQuery, None, Page<LedgerRowDto>>(
      {.method = Method::get,
       .path = "/api/v1/ledger",
       .permission = Permission::view,
       .scope = net::ScopeSource::any,
       .operation = "list_ledger",
       .summary = "Where every due time ended, the newest first."},
      [ground](RequestContext& context, LedgerQuery query, None) {
        return list_ledger(ground, context, std::move(query));
      });
}

}  // namespace fettle::runs

FETTLE_QUERY(fettle::runs::LedgerQuery)
FETTLE_JSON(fettle::net::Page<fettle::runs::LedgerRowDto>)
