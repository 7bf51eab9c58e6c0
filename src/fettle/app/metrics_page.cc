#include "fettle/app/metrics_page.h"

#include "fettle/app/run_metrics.h"
#include "fettle/metrics/expose.h"
#include "fettle/net/idempotency.h"

namespace fettle::app {
namespace {

void write_store(metrics::FigureWriter& out, const store::StoreFigures& store) {
  out.counter("fettle_db_statements", "", "Statements of the embedded store, transactions included",
              static_cast<double>(store.statements));
  out.counter("fettle_db_groups", "", "Groups that were committed", static_cast<double>(store.groups));
  out.counter("fettle_db_pieces", "", "Writes within those groups", static_cast<double>(store.pieces));
  out.counter("fettle_db_checkpoints", "", "Checkpoints of the write-ahead log",
              static_cast<double>(store.checkpoints));
  out.counter("fettle_db_busy_checkpoints", "", "Checkpoints that a reader held up",
              static_cast<double>(store.busy_checkpoints));
  out.gauge("fettle_db_wal_bytes", "bytes", "Size of the write-ahead log",
            static_cast<double>(store.wal_bytes));
  out.gauge("fettle_db_wal_stuck_seconds", "seconds",
            "How long a reader has kept the write-ahead log from being moved",
            static_cast<double>(store.wal_stuck_seconds));
  out.gauge("fettle_db_queued_pieces", "", "Writes that wait", static_cast<double>(store.queued_pieces));
  out.gauge("fettle_db_queue_capacity", "", "Writes that may wait",
            static_cast<double>(store.queue_capacity));
  out.gauge("fettle_db_reads", "", "Reads that run or wait", static_cast<double>(store.running_reads));
  out.gauge("fettle_db_read_capacity", "", "Reads that may run or wait",
            static_cast<double>(store.read_capacity));
  out.counter("fettle_db_late_reads", "", "Reads that were ended for taking too long",
              static_cast<double>(store.late_reads));
}

void write_journal(metrics::FigureWriter& out, const metrics::JournalFigures& journal) {
  out.counter("fettle_journal_records", "", "Heartbeats written to the journal",
              static_cast<double>(journal.records));
  out.counter("fettle_journal_groups", "", "Writes and syncs of the journal",
              static_cast<double>(journal.groups));
  out.counter("fettle_journal_written_bytes", "bytes", "Bytes written to the journal",
              static_cast<double>(journal.written_bytes));
  out.gauge("fettle_journal_bytes", "bytes", "Size of the journal on disk",
            static_cast<double>(journal.bytes));
  out.gauge("fettle_journal_segments", "", "Files of the journal", static_cast<double>(journal.segments));
  out.counter("fettle_journal_cut_bytes", "bytes", "Bytes of torn or flipped tails that were cut",
              static_cast<double>(journal.cut_bytes));
  out.gauge("fettle_journal_queued_records", "", "Heartbeats that wait for the disk",
            static_cast<double>(journal.queued));
  out.gauge("fettle_journal_queue_capacity", "", "Heartbeats that may wait",
            static_cast<double>(journal.queue_capacity));
  out.gauge("fettle_journal_queued_bytes", "bytes", "Memory of the heartbeats that wait",
            static_cast<double>(journal.queued_bytes));
}

void write_stream(metrics::FigureWriter& out, const stream::HubFigures& hub) {
  out.gauge("fettle_stream_connections", "", "Open streams", static_cast<double>(hub.connections));
  out.counter("fettle_stream_published", "", "Messages published", static_cast<double>(hub.published));
  out.counter("fettle_stream_delivered", "", "Messages handed to connections",
              static_cast<double>(hub.delivered));
  out.counter("fettle_stream_delivered_bytes", "bytes", "Bytes handed to connections",
              static_cast<double>(hub.delivered_bytes));
  out.counter("fettle_stream_coalesced", "", "Samples that a newer one replaced for a slow reader",
              static_cast<double>(hub.coalesced));
  out.counter("fettle_stream_resyncs", "", "Readers told to fetch afresh", static_cast<double>(hub.resyncs));
  out.counter("fettle_stream_closed_slow", "", "Readers closed because they took nothing",
              static_cast<double>(hub.closed_slow));
  out.gauge("fettle_stream_window_bytes", "bytes", "Messages kept for resuming readers",
            static_cast<double>(hub.window_bytes));
  out.gauge("fettle_stream_window_capacity_bytes", "bytes", "Messages that may be kept for them",
            static_cast<double>(stream::HubSettings{}.window_bytes));
  out.gauge("fettle_stream_connection_capacity", "", "Streams that may be open",
            static_cast<double>(stream::HubSettings{}.max_connections));
}

void write_http(metrics::FigureWriter& out, const net::HttpFigures& http) {
  out.gauge("fettle_http_connections", "", "Open connections, streams and agents included",
            static_cast<double>(http.connections_open));
  out.gauge("fettle_http_requests_in_flight", "", "Requests being answered",
            static_cast<double>(http.requests_in_flight));
  out.counter("fettle_http_tls_handshakes", "", "TLS handshakes that ended well",
              static_cast<double>(http.handshakes));
  out.counter("fettle_http_tls_handshakes_failed", "", "TLS handshakes that did not",
              static_cast<double>(http.handshakes_failed));
  out.counter("fettle_http_tls_handshakes_distrusted", "",
              "Of those: ended by clients that do not trust the certificate",
              static_cast<double>(http.handshakes_distrusted));
  out.counter("fettle_http_connections_refused", "", "Connections refused by a limit",
              static_cast<double>(http.connections_refused_by_address + http.connections_refused_by_total));
  out.begin_counter("fettle_http_answers", "", "Answers by class of status");
  constexpr std::array<std::string_view, 6> kClasses{"", "1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t i = 1; i < kClasses.size(); ++i) {
    out.add({{"class", kClasses[i]}}, static_cast<double>(http.answers_by_class[i]));
  }
}

void write_fleet(metrics::FigureWriter& out, fleet::Fleet& fleet) {
  const fleet::IngestFigures& ingest = fleet.ingest_figures();
  const fleet::GatewayFigures& gateway = fleet.gateway_figures();
  out.counter("fettle_heartbeats", "", "Heartbeats taken in", static_cast<double>(ingest.heartbeats));
  out.counter("fettle_heartbeats_repeated", "", "Heartbeats that had come before",
              static_cast<double>(ingest.duplicates));
  out.counter("fettle_heartbeats_refused", "", "Heartbeats refused for want of disk or queue",
              static_cast<double>(ingest.refused));
  out.gauge("fettle_agent_links", "", "Agents connected", static_cast<double>(gateway.links));
  out.counter("fettle_agent_refused", "", "Agents turned away", static_cast<double>(gateway.refused));
  out.counter("fettle_agent_bad_messages", "", "Messages that closed a link",
              static_cast<double>(gateway.bad_messages));
  out.counter("fettle_agent_too_fast", "", "Links closed because their agent sent more than one may",
              static_cast<double>(gateway.too_fast));
  out.counter("fettle_agent_unknown_messages", "", "Messages of a kind that this version does not know",
              static_cast<double>(gateway.unknown_messages));
  out.counter("fettle_agent_unknown_fields", "", "Messages with fields that this version does not know",
              static_cast<double>(gateway.unknown_fields));
  const fleet::EnrolmentFigures& enrolment = fleet.enrolment().figures();
  out.counter("fettle_enrolments_refused", "", "Enrolments with a token that is unknown, used or expired",
              static_cast<double>(enrolment.refused));
  out.counter("fettle_enrolments_limited", "", "Enrolments of addresses that were refused too often",
              static_cast<double>(enrolment.limited));
  const metrics::HistoryFigures history = fleet.history().figures();
  out.gauge("fettle_ring_bytes", "bytes", "Memory of the last hour", static_cast<double>(history.bytes));
  out.gauge("fettle_ring_hosts", "", "Hosts in memory", static_cast<double>(history.hosts));
}

void write_history(metrics::FigureWriter& out, const metrics::TierFigures& history) {
  using Pick = double (*)(const metrics::TierFigures::One&);
  const auto each = [&](std::string_view name, std::string_view unit, std::string_view help, Pick pick) {
    out.begin_gauge(name, unit, help);
    for (const metrics::Tier tier : metrics::kTiers)
      out.add({{"tier", metrics::tier_name(tier)}}, pick(history.tiers[metrics::index_of(tier)]));
  };
  each("fettle_history_bytes", "bytes", "Size of the history on disk",
       [](const metrics::TierFigures::One& one) { return static_cast<double>(one.bytes); });
  each("fettle_history_packs", "", "Files of the history",
       [](const metrics::TierFigures::One& one) { return static_cast<double>(one.packs); });
  each("fettle_history_oldest_timestamp_seconds", "seconds", "Where the oldest file of the history begins",
       [](const metrics::TierFigures::One& one) { return static_cast<double>(one.oldest_ms) / 1000; });
  out.gauge("fettle_history_index_bytes", "bytes", "Memory of the history's indexes",
            static_cast<double>(history.index_bytes));
  out.counter("fettle_history_sealed_segments", "", "Segments of the journal that went into the history",
              static_cast<double>(history.sealed_segments));
  out.counter("fettle_history_sealed_heartbeats", "", "Heartbeats that went into the history",
              static_cast<double>(history.sealed_samples));
  out.counter("fettle_history_late_reopenings", "", "Periods that were put together and got late samples",
              static_cast<double>(history.late_reopenings));
  out.counter("fettle_history_flagged_heartbeats", "",
              "Heartbeats filed at the time of arrival, because their host's clock was not believed",
              static_cast<double>(history.flagged_samples));
  out.counter("fettle_history_too_old_heartbeats", "", "Heartbeats too late to be kept as they came",
              static_cast<double>(history.too_old_samples));
  out.counter("fettle_history_chunk_rounds", "", "Files that were put together into chunks",
              static_cast<double>(history.chunk_rounds));
  out.counter("fettle_history_dropped_packs", "", "Files dropped for their age",
              static_cast<double>(history.dropped_packs));
  out.counter("fettle_history_damaged_records", "", "Records that answers left out because they are damaged",
              static_cast<double>(history.damaged_records));
}

void write_loop(metrics::FigureWriter& out, const io::LoopFigures& loop) {
  out.counter("fettle_loop_turns", "", "Turns of the event loop", static_cast<double>(loop.turns));
  out.counter("fettle_loop_slow_turns", "", "Turns that computed for more than 10 ms",
              static_cast<double>(loop.slow_turns));
  out.counter("fettle_loop_delayed_turns", "", "Turns of more than 10 ms, most of it waiting for a processor",
              static_cast<double>(loop.delayed_turns));
}

void write_workers(metrics::FigureWriter& out, const io::WorkQueue& workers) {
  out.gauge("fettle_worker_queued_jobs", "", "Large answers that wait for a worker",
            static_cast<double>(workers.waiting()));
  out.gauge("fettle_worker_queue_capacity", "", "Large answers that may wait",
            static_cast<double>(workers.capacity()));
}

void write_passwords(metrics::FigureWriter& out, const io::WorkQueue& passwords) {
  out.gauge("fettle_password_queued_jobs", "", "Password hashes that wait for one of two threads",
            static_cast<double>(passwords.waiting()));
  out.gauge("fettle_password_queue_capacity", "", "Password hashes that may wait",
            static_cast<double>(passwords.capacity()));
}

void write_answers(metrics::FigureWriter& out, const net::Router::Remembered& answers) {
  out.gauge("fettle_idempotency_answers", "", "Answers kept for requests that may be repeated",
            static_cast<double>(answers.answers));
  out.gauge("fettle_idempotency_answer_capacity", "", "Answers that may be kept",
            static_cast<double>(answers.most));
  out.gauge("fettle_idempotency_bytes", "bytes", "Memory of those answers",
            static_cast<double>(answers.bytes));
  out.gauge("fettle_idempotency_capacity_bytes", "bytes", "Memory that they may take",
            static_cast<double>(net::AnswerMemory::kMaxBytes));
}

std::vector<metrics::ExposedHost> exposed_hosts(const HealthGround& ground,
                                                const std::vector<EnvironmentId>& allowed) {
  std::vector<metrics::ExposedHost> out;
  std::map<EnvironmentId, std::string> names;
  for (const access::Environment& environment : ground.environments.all())
    names[environment.id] = environment.name;
  for (const fleet::LiveHost* host : ground.fleet.roster().in_environments(allowed)) {
    auto latest = ground.fleet.history().raw_latest(host->row.number);
    using enum fleet::HostState;
    metrics::ExposedHost& exposed = out.emplace_back();
    exposed.host = host->row.name;
    exposed.environment = names[host->row.environment];
    exposed.is_up = host->row.state == online || host->row.state == late;
    if (!latest) continue;
    exposed.at_ms = latest->at_ms;
    exposed.layout = latest->layout;
    if (exposed.is_up) exposed.values.assign(latest->values.begin(), latest->values.end());
  }
  return out;
}

/// Prometheus on the same machine may scrape without a token where the configuration says so; then it sees
/// all.
std::vector<EnvironmentId> allowed_environments(const net::RequestContext& context,
                                                const HealthGround& ground) {
  if (context.principal().is_signed_in()) return context.principal().environments_with(Permission::metrics);
  std::vector<EnvironmentId> out;
  if (!ground.metrics_open_on_loopback || !context.request().peer.is_loopback) return out;
  for (const access::Environment& environment : ground.environments.all()) out.push_back(environment.id);
  return out;
}

Task<Result<net::Response>> metrics_answer(const net::RequestContext& context, const HealthGround& ground) {
  const auto allowed = allowed_environments(context, ground);
  if (allowed.empty()) {
    if (!context.principal().is_signed_in()) {
      co_return fail(ErrorCode::unauthenticated, "no_session",
                     "scraping wants a bearer token with the scope metrics");
    }
    co_return fail(ErrorCode::forbidden, "forbidden", "this token has not the scope metrics");
  }
  const auto format = metrics::choose_figure_format(context.request().headers.get("Accept"));
  metrics::FigureWriter writer(format);
  write_store(writer, ground.store.figures());
  write_journal(writer, ground.journal.figures());
  write_stream(writer, ground.hub.figures());
  write_http(writer, ground.http.figures());
  write_fleet(writer, ground.fleet);
  write_history(writer, ground.fleet.tiers().figures());
  write_loop(writer, ground.loop.figures());
  write_workers(writer, ground.workers);
  write_passwords(writer, ground.passwords);
  write_answers(writer, ground.router.remembered());
  write_runs(writer, ground.runs, ground.host_runs);
  write_schedules(writer, ground.schedules);
  // The hosts are what is large: megabytes of text for a thousand of them.
  auto work = [writer = std::move(writer), hosts = exposed_hosts(ground, allowed)]() mutable {
    metrics::expose_hosts(writer, hosts);
    return writer.finish();
  };
  FETTLE_CO_TRY(std::string body, co_await io::offload(ground.loop, ground.workers, std::move(work)));
  net::Response response;
  response.headers.set("Content-Type", std::string(metrics::content_type(format)));
  response.body = std::move(body);
  co_return response;
}

}  // namespace

void add_metrics_route(net::Router& router, HealthGround& ground) {
  router.add_raw<net::None>(
      {.method = net::Method::get,
       .path = "/metrics",
       .permission = Permission::public_access,  // decided by the handler: a token with
                                                 // the scope, or loopback by setting
       .operation = "get_metrics",
       .summary = "The server's figures and the hosts' newest samples, for Prometheus.",
       .answer_media_type = "application/openmetrics-text",
       .other_answers = {{200, "text/plain"}},
       .token_scope = "metrics"},
      [&ground](net::RequestContext& context, net::None) { return metrics_answer(context, ground); });
}

}  // namespace fettle::app
