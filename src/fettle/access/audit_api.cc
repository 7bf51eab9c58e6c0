#include "fettle/access/audit_api.h"

#include <charconv>

#include "fettle/access/access_dto.h"
#include "fettle/access/audit_repo.h"

namespace fettle::access {
namespace {

using net::Method;
using net::None;
using net::Page;
using net::RequestContext;

Result<Page<EnvironmentDto>> visible_environments(const Principal& principal, const ListQueryDto& query) {
  FETTLE_TRY(const std::size_t limit, list_limit(query));
  std::optional<EnvironmentId> after;
  if (query.cursor) {
    after = EnvironmentId::parse(*query.cursor);
    if (!after) return fail_field("/query/cursor", "cursor must be one that this list gave.");
  }
  Page<EnvironmentDto> page;
  for (auto at = after ? principal.grants.upper_bound(*after) : principal.grants.begin();
       at != principal.grants.end(); ++at) {
    if (page.items.size() == limit) {
      page.next_cursor = page.items.back().id.text();
      break;
    }
    page.items.push_back({at->first, at->second.environment_name});
  }
  return page;
}

Result<std::optional<std::int64_t>> sequence_of(const std::optional<std::string>& cursor) {
  if (!cursor) return std::nullopt;
  std::int64_t sequence = 0;
  const char* end = cursor->data() + cursor->size();
  const auto [at, error] = std::from_chars(cursor->data(), end, sequence);
  if (error == std::errc{} && at == end && sequence > 0) return sequence;
  return fail_field("/query/cursor", "cursor must be one that this list gave.");
}

Task<Result<Page<AuditEntryDto>>> list(store::Store& store, ListQueryDto query) {
  FETTLE_CO_TRY(const std::size_t limit, list_limit(query));
  FETTLE_CO_TRY(const auto before, sequence_of(query.cursor));
  FETTLE_CO_TRY(const auto rows, co_await store.read([before, limit](store::Session& session) {
    return audit_repo::list(session, before, static_cast<std::int64_t>(limit));
  }));
  Page<AuditEntryDto> page;
  for (const AuditRow& row : rows) page.items.push_back(audit_entry_dto(row));
  if (rows.size() == limit && rows.back().sequence > 1)
    page.next_cursor = std::to_string(rows.back().sequence);
  co_return page;
}

}  // namespace

void add_environment_routes(net::Router& router) {
  router.add<ListQueryDto, None, Page<EnvironmentDto>>(
      {.method = Method::get,
       .path = "/api/v1/environments",
       .permission = Permission::signed_in,
       .operation = "list_environments",
       .summary = "Lists the environments that one may see, in the order of their ids."},
      [](RequestContext& context, const ListQueryDto& query, None) {
        return net::ready<Page<EnvironmentDto>>(visible_environments(context.principal(), query));
      });
}

void add_audit_routes(net::Router& router, store::Store& store) {
  router.add<ListQueryDto, None, Page<AuditEntryDto>>(
      {.method = Method::get,
       .path = "/api/v1/audit",
       .permission = Permission::administer_server,
       .operation = "list_audit_entries",
       .summary = "Lists who did what, when, through what, newest first."},
      [&store](RequestContext&, ListQueryDto query, None) { return list(store, std::move(query)); });
}

}  // namespace fettle::access
