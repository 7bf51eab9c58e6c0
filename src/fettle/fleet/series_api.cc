// The routes of FleetApi that answer with numbers.
#include <cmath>

#include "fettle/base/text.h"
#include "fettle/fleet/fleet_api.h"
#include "fettle/fleet/host_dto.h"
#include "fettle/fleet/range_answer.h"

namespace fettle::fleet {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::uint32_t kDefaultPoints = 600;
constexpr int kAttempts = 3;
constexpr std::int64_t kSparkMs = 15 * 60 * 1000;
constexpr std::uint32_t kDefaultSparkPoints = 30;
constexpr std::uint32_t kMaxSparkPoints = 120;

bool wants_csv(const net::RequestContext& context, const RangeRequest& query) {
  if (query.format) return *query.format == "csv";
  return context.request().headers.get("Accept") == "text/csv";
}

/// Keys are separated by commas; a comma inside braces (a mount's name) belongs to the key.
std::vector<std::string> split_keys(std::string_view text) {
  std::vector<std::string> out(1);
  bool is_in_braces = false;
  for (const char c : text) {
    if (c == '{') is_in_braces = true;
    if (c == '}') is_in_braces = false;
    if (c == ',' && !is_in_braces) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

std::vector<std::optional<double>> known(const std::vector<double>& values) {
  std::vector<std::optional<double>> out;
  out.reserve(values.size());
  for (const double value : values) {
    // One decimal is what a line of 80 pixels can show.
    out.push_back(std::isfinite(value) ? std::optional(std::round(value * 10) / 10) : std::nullopt);
  }
  return out;
}

}  // namespace

void FleetApi::add_series_routes(net::Router& router) {
  router.add<net::None, net::None, LayoutDto>(
      {.method = net::Method::get,
       .path = "/api/v1/hosts/{id}/layout",
       .permission = Permission::view,
       .scope = net::ScopeSource::path_id,
       .operation = "get_layout",
       .summary = "What the values of metric_update mean, in order.",
       .wait_for = [this] { return fleet_.until_recalled(); }},
      [this](net::RequestContext& context, net::None, net::None) {
        const LiveHost* host = fleet_.roster().find(*HostId::parse(context.path_parameter("id")));
        if (host == nullptr) {
          return net::ready<LayoutDto>(fail(ErrorCode::not_found, "not_found", "there is no such host"));
        }
        return net::ready<LayoutDto>(make_layout_dto(fleet_.history().latest(host->row.number)));
      });
  router.add_raw<RangeRequest, SeriesAnswerDto>(
      {.method = net::Method::get,
       .path = "/api/v1/hosts/{id}/series",
       .permission = Permission::view,
       .scope = net::ScopeSource::path_id,
       .operation = "get_series",
       .summary = "Series of a host over a range, as columns; JSON or CSV. ?values=mean leaves the least and "
                  "the greatest "
                  "of each step out.",
       .other_answers = {{200, "text/csv"}},
       .wait_for = [this] { return fleet_.until_recalled(); }},
      [this](net::RequestContext& context, RangeRequest query) { return series(context, std::move(query)); });
  router.add_raw<SparklineQuery, SparklinesDto>(
      {.method = net::Method::get,
       .path = "/api/v1/sparklines",
       .permission = Permission::view,
       .scope = net::ScopeSource::any,
       .operation = "get_sparklines",
       .summary = "CPU and network of every host over the last 15 minutes, for small charts.",
       .wait_for = [this] { return fleet_.until_recalled(); }},
      [this](net::RequestContext& context, SparklineQuery query) { return sparklines(context, query); });
}

Result<metrics::RangeQuery> FleetApi::range_query(HostNumber host, const RangeRequest& query) const {
  constexpr std::int64_t kMostMs = 253'402'300'800'000;  // the year 10000
  metrics::RangeQuery range;
  range.host = host;
  range.to_ms = query.to.value_or(unix_ms(clock_.wall_now()));
  if (range.to_ms < 0 || range.to_ms > kMostMs)
    return fail_field("/query/to", "must be milliseconds since 1970, before the year 10000");
  range.from_ms = query.from.value_or(std::max<std::int64_t>(range.to_ms - kHourMs, 0));
  range.points = query.points.value_or(kDefaultPoints);
  if (query.keys) range.keys = split_keys(*query.keys);
  return range;
}

Result<metrics::RangeReading> FleetApi::read_ring(metrics::RangeQuery range) {
  auto reading = fleet_.history().read(range);
  // The host has not sent a sample in this hour: what is older may be there, or the answer is empty.
  if (!reading && reading.error().code == ErrorCode::not_found)
    return metrics::RangeReading{.query = std::move(range), .parts = {}, .meanings = {}};
  return reading;
}

Task<Result<net::Response>> FleetApi::series(const net::RequestContext& context, RangeRequest query) {
  const auto id = HostId::parse(context.path_parameter("id"));
  const LiveHost* host = id ? fleet_.roster().find(*id) : nullptr;
  if (host == nullptr) co_return fail(ErrorCode::not_found, "not_found", "there is no such host");
  if (query.format && *query.format != "json" && *query.format != "csv") {
    co_return fail_field("/query/format", "must be json or csv");
  }
  const auto wanted = WantedValues::parse(query.values.value_or("mean,min,max"));
  if (!wanted) co_return fail_field("/query/values", "must be mean, min or max, several separated by commas");
  const bool is_csv = wants_csv(context, query);
  FETTLE_CO_TRY(const metrics::RangeQuery range, range_query(host->row.number, query));
  struct Worked {
    metrics::StoredAnswer stored;
    std::string body;
  };
  Result<Worked> worked = fail(ErrorCode::internal, "not_asked", "");
  // A file of the history that becomes another one while it is read is asked for again.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    FETTLE_CO_TRY(metrics::RangeReading ring, read_ring(range));
    auto work =
        [is_csv, wanted = *wanted, ring = std::move(ring), host_id = id->text(),
         tiers = fleet_.tiers().plan(range, fleet_.history().first_at_ms(range.host))]() -> Result<Worked> {
      FETTLE_TRY(metrics::StoredAnswer stored, metrics::answer_stored(ring, tiers));
      std::string body =
          is_csv ? range_to_csv(stored.answer, wanted) : range_to_json(stored.answer, host_id, wanted);
      stored.answer = {};
      return Worked{std::move(stored), std::move(body)};
    };
    worked = co_await io::offload(loop_, workers_, std::move(work));
    if (worked || worked.error().reason != "history_moved") break;
  }
  if (!worked) co_return std::unexpected(std::move(worked).error());
  fleet_.tiers().learn(worked->stored);
  std::string body = std::move(worked->body);
  net::Response response;
  response.headers.set("Content-Type", is_csv ? "text/csv; charset=utf-8" : "application/json");
  // Whoever asks names the file: the page by its host, as no header could for any name.
  if (is_csv) response.headers.set("Content-Disposition", "attachment");
  response.body = std::move(body);
  co_return response;
}

Task<Result<net::Response>> FleetApi::sparklines(const net::RequestContext& context, SparklineQuery query) {
  FETTLE_CO_TRY(SparklinesDto curves, read_sparklines(context, query));
  auto work = [curves = std::move(curves)] { return to_json(curves); };
  FETTLE_CO_TRY(std::string body, co_await io::offload(loop_, workers_, std::move(work)));
  net::Response response;
  response.headers.set("Content-Type", "application/json");
  response.body = std::move(body);
  co_return response;
}

Result<SparklinesDto> FleetApi::read_sparklines(const net::RequestContext& context,
                                                const SparklineQuery& query) {
  const std::uint32_t points = query.points.value_or(kDefaultSparkPoints);
  if (points < 1 || points > kMaxSparkPoints) return fail_field("/query/points", "must be from 1 to 120");
  FETTLE_TRY(const auto environments, environments_of(context, query.environment));
  SparklinesDto out;
  out.step_ms = kSparkMs / points;
  const std::int64_t to = unix_ms(clock_.wall_now()) / out.step_ms * out.step_ms;
  const std::int64_t from = to - out.step_ms * points;
  for (std::uint32_t i = 0; i < points; ++i) out.times.push_back(from + out.step_ms * i);
  const auto curve = [&](HostNumber host, metrics::SparkField field) {
    return known(fleet_.history().spark({host, field, from, out.step_ms, points}));
  };
  for (const LiveHost* host : fleet_.roster().in_environments(environments)) {
    const HostNumber number = host->row.number;
    out.hosts.push_back({number, curve(number, metrics::SparkField::cpu_percent),
                         curve(number, metrics::SparkField::rx_bytes_per_second),
                         curve(number, metrics::SparkField::tx_bytes_per_second)});
  }
  return out;
}

}  // namespace fettle::fleet
