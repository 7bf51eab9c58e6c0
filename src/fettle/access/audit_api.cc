#include "fettle/access/audit_api.h"

#include <charconv>

#include "fettle/access/access_dto.h"
#include "fettle/access/audit_export.h"
#include "fettle/access/audit_repo.h"

namespace fettle::access {
namespace {

using net::Method;
using net::None;
using net::Page;
using net::RequestContext;

constexpr std::int64_t kMostExported = 50'000;  // some 15 MB; the next piece begins at `cursor`

Result<std::optional<std::int64_t>> sequence_of(const std::optional<std::string>& cursor) {
  if (!cursor) return std::nullopt;
  std::int64_t sequence = 0;
  const char* end = cursor->data() + cursor->size();
  const auto [at, error] = std::from_chars(cursor->data(), end, sequence);
  if (error == std::errc{} && at == end && sequence > 0) return sequence;
  return fail_field("/query/cursor", "cursor must be one that this list gave.");
}

audit_repo::Filter filter_of(const AuditFilterDto& query) {
  return {query.who, query.action, query.object, query.from, query.until};
}

Task<Result<Page<AuditEntryDto>>> list(store::Store& store, AuditQueryDto query) {
  FETTLE_CO_TRY(const std::size_t limit, list_limit({query.limit, {}}));
  FETTLE_CO_TRY(const auto before, sequence_of(query.cursor));
  auto read = [filter = filter_of(query), before, limit](store::Session& session) {
    return audit_repo::list(session, filter, before, static_cast<std::int64_t>(limit));
  };
  FETTLE_CO_TRY(const auto rows, co_await store.read(std::move(read)));
  Page<AuditEntryDto> page;
  for (const AuditRow& row : rows) page.items.push_back(audit_entry_dto(row));
  if (rows.size() == limit && rows.back().sequence > 1)
    page.next_cursor = std::to_string(rows.back().sequence);
  co_return page;
}

/// Made on the reader's thread: it is megabytes.
Task<Result<net::Response>> export_entries(store::Store& store, AuditExportQueryDto query) {
  FETTLE_CO_TRY(const auto before, sequence_of(query.cursor));
  const bool is_csv = query.format.value_or(AuditFormat::csv) == AuditFormat::csv;
  auto read = [filter = filter_of(query), before, is_csv](store::Session& session) {
    const auto rows = audit_repo::list(session, filter, before, kMostExported);
    return std::make_shared<const std::string>(is_csv ? audit_csv(rows) : audit_json_lines(rows));
  };
  FETTLE_CO_TRY(auto body, co_await store.read(std::move(read)));
  net::Response response;
  response.headers.set("Content-Type", is_csv ? "text/csv; charset=utf-8" : "application/jsonl");
  response.headers.set("Content-Disposition", is_csv ? R"(attachment; filename="audit.csv")"
                                                     : R"(attachment; filename="audit.jsonl")");
  response.shared_body = std::move(body);
  co_return response;
}

Task<Result<AuditVerdictDto>> verify(AuditVerifier& verifier) {
  FETTLE_CO_TRY(const AuditVerdict verdict, co_await verifier.verify());
  AuditVerdictDto out;
  out.at = verdict.at;
  out.intact = !verdict.fault;
  out.entries = verdict.entries;
  if (verdict.fault) {
    out.broken_at = verdict.fault->sequence;
    out.detail = verdict.fault->what;
  }
  co_return out;
}

}  // namespace

void add_audit_routes(net::Router& router, store::Store& store, AuditVerifier& verifier) {
  router.add<AuditQueryDto, None, Page<AuditEntryDto>>(
      {.method = Method::get,
       .path = "/api/v1/audit",
       .permission = Permission::administer_server,
       .operation = "list_audit_entries",
       .summary = "Lists who did what, when, through what, newest first."},
      [&store](RequestContext&, AuditQueryDto query, None) { return list(store, std::move(query)); });
  router.add_raw<AuditExportQueryDto>(
      {.method = Method::get,
       .path = "/api/v1/audit/export",
       .permission = Permission::administer_server,
       .operation = "export_audit_entries",
       .summary = "The newest 50,000 entries that the filter lets through, as CSV or JSON lines; `cursor` is "
                  "the sequence to go on from.",
       .answer_media_type = "text/csv",
       .other_answers = {{200, "application/jsonl"}}},
      [&store](RequestContext&, AuditExportQueryDto query) {
        return export_entries(store, std::move(query));
      });
  router.add<None, None, AuditVerdictDto>(
      {.method = Method::get,
       .path = "/api/v1/audit/verification",
       .permission = Permission::administer_server,
       .operation = "verify_audit",
       .summary =
           "Walks the whole chain and says whether it is intact, or which entry is the first that is not.",
       .problem_codes = {"verification_running"}},
      [&verifier](RequestContext&, None, None) { return verify(verifier); });
}

}  // namespace fettle::access
