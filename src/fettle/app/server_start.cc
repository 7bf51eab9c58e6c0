// The order of starting: what is on the disk (the store is open), then those who serve it, then the door.
#include <cstdio>

#include "fettle/app/certificate_plan.h"
#include "fettle/app/local_enrolment.h"
#include "fettle/app/ready_file.h"
#include "fettle/app/server_parts.h"
#include "fettle/app/service_watch.h"
#include "fettle/app/session_watch.h"
#include "fettle/app/version.h"
#include "fettle/base/encoding.h"
#include "fettle/fleet/environment_use.h"
#include "fettle/logs/logs_api.h"
#include "fettle/runs/expectations_api.h"
#include "fettle/runs/host_plans.h"
#include "fettle/runs/runs_api.h"
#include "fettle/runs/schedules_api.h"
#include "fettle/stream/stream_api.h"
#include "fettle/upkeep/maintenance_api.h"
#include "fettle/upkeep/upkeep_plan.h"

namespace fettle::app {
namespace {

std::function<void(store::Session&)> record_person(ServerParts& parts, const access::PersonCreated& person) {
  events::Event event;
  event.at = person.at;
  event.id = parts.random.make_id<EventId>(event.at);
  event.type = "person.created";
  event.environment = parts.access.environments().system_id();
  event.source_kind = "person";
  event.source_id = person.id.text();
  event.source_name = person.name;
  event.message = person.name + " became the administrator";
  return [event, log = &parts.events](store::Session& session) { log->record(session, event); };
}

/// The knowledge that travels upward (docs/architecture.md): hooks of lower modules, filled here and nowhere
/// else.
void connect_hooks(ServerParts& parts) {
  parts.hub.on_interest(
      [&parts](const stream::Topic& topic, bool watched) { parts.fleet.on_interest(topic, watched); });
  parts.access.setup().on_person_created(
      [&parts](const access::PersonCreated& person) { return record_person(parts, person); });
  access::EnvironmentService& environments = parts.access.environment_service();
  environments.add_user(
      {"hosts", fleet::count_hosts_in, [&parts](store::Session& session, const EnvironmentId& id) {
         return fleet::forget_environment(session, parts.clock, id);
       }});
  environments.add_user({"moves of the history of hosts, which end soon", fleet::count_history_moves, {}});
  environments.add_user(
      {"runs", runs::count_live_in, [&parts](store::Session& session, const EnvironmentId& id) {
         return runs::forget_environment(session, parts.clock, id);
       }});
  environments.add_user({"schedules", [](store::Session&, const EnvironmentId&) { return std::int64_t{0}; },
                         [&parts](store::Session& session, const EnvironmentId& id) {
                           return parts.schedules.forget_environment(session, id);
                         }});
  parts.fleet.on_remove_write(
      [&parts](store::Session& session, const HostId& host) { parts.schedules.forget_host(session, host); });
  parts.fleet.on_hello([&parts](const fleet::LiveHost& host) { parts.schedules.host_came(host.row.id); });
  parts.fleet.care().on_move_write([&parts](store::Session& session, const fleet::HostMove& move) {
    for (const runs::ScheduleId& id : parts.schedules.move_host(session, move.host, move.route.to))
      parts.fleet.care().history().begin_source(session, id.text(), move.route);
  });
  parts.access.credentials().on_scope_changed([&parts](const access::ScopeChange& change) {
    const Principal* now = change.now ? &*change.now : nullptr;
    parts.hub.rescope(change.principal_id, change.session_id, now);
    parts.logs.rescope(change.principal_id, change.session_id, now);
  });
  parts.fleet_api.on_install_command(
      [&parts](std::string token) { return parts.install.command(std::move(token)); });
}

/// All plans that there are, each from the module that knows what it is about.
void add_plans(ServerParts& parts) {
  parts.host_runs.connect();
  parts.expectations.connect();
  runs::add_host_plans(parts.runs, parts.fleet.roster());
}

/// All who have something open that goes on for hours.
Audience audience(ServerParts& parts) {
  return {.who =
              [&parts] {
                auto all = parts.hub.audience();
                all.merge(parts.logs.audience());
                return all;
              },
          .end =
              [&parts](const std::string& principal, const std::string& session) {
                parts.hub.rescope(principal, session, nullptr);
                parts.logs.rescope(principal, session, nullptr);
              }};
}

void add_routes(ServerParts& parts) {
  parts.router.remember_answers(parts.clock);
  parts.access.add_routes(parts.router);
  parts.fleet_api.add_routes(parts.router);
  parts.install.add_routes(parts.router);
  stream::add_stream_routes(parts.router, parts.hub);
  events::add_event_routes(parts.router, parts.events, parts.access.environments());
  logs::add_log_routes(parts.router, parts.logs, parts.loop, *parts.workers);
  parts.backup_door.add_routes(parts.router);
  events::add_condition_routes(parts.router,
                               {parts.conditions, parts.store, parts.clock, parts.access.environments()});
  const fleet::WatchApiGround watching{parts.fleet, parts.access.environments(), parts.clock};
  fleet::add_threshold_routes(parts.router, watching);
  fleet::add_overview_routes(parts.router, watching);
  runs::add_run_routes(parts.router, {parts.runs, parts.store, parts.clock, parts.access.environments()});
  runs::add_expectation_routes(parts.router, parts.expectations);
  runs::add_schedule_routes(parts.router,
                            {parts.schedules, parts.runs, parts.clock, parts.access.environments()});
  upkeep::add_maintenance_routes(parts.router, {parts.upkeep, parts.runs, parts.store, parts.clock});
  add_health_routes(parts.router, parts.health);
  parts.router.set_fallback([&parts](const net::Request& request) { return parts.assets.answer(request); });
  parts.router.seal();
}

events::Event started_event(ServerParts& parts) {
  events::Event event;
  event.at = parts.clock.wall_now();
  event.id = parts.random.make_id<EventId>(event.at);
  event.type = "server.started";
  event.environment = parts.access.environments().system_id();
  event.source_kind = "server";
  event.source_id = parts.server_id;
  event.source_name = "server";
  event.message = "The server started";
  event.fields["version"] = version();
  return event;
}

events::Event certificate_event(ServerParts& parts, const CertificateNews& news) {
  events::Event event;
  event.at = parts.clock.wall_now();
  event.id = parts.random.make_id<EventId>(event.at);
  event.environment = parts.access.environments().system_id();
  event.source_kind = "server";
  event.source_id = parts.server_id;
  event.source_name = "server";
  event.message = news.message;
  switch (news.kind) {
    case CertificateNews::Kind::changed:
      event.type = "certificate.changed";
      break;
    case CertificateNews::Kind::refused:
      event.type = "certificate.refused";
      event.severity = events::Severity::error;
      break;
    case CertificateNews::Kind::runs_out:
      event.type = "certificate.runs_out";
      event.severity = events::Severity::warning;
      break;
  }
  return event;
}

Task<void> tell_certificate_news(ServerParts& parts, CertificateNews news) {
  if (news.kind == CertificateNews::Kind::changed) {
    parts.log.info(news.message);
  } else {
    parts.log.warn(news.message);
  }
  ignore(co_await parts.events.add(certificate_event(parts, news)), "the log has it too");
}

/// As curl wants it; empty for a certificate that was given, or none.
std::string install_pin(const ServerParts& parts) {
  if (!parts.certificate || parts.certificate->pins().empty()) return {};
  return base64_encode(parts.certificate->pins().front());
}

/// Whoever enrols, and whoever was enrolled, learns the keys of a certificate of the server's own making.
void publish_pins(ServerParts& parts) {
  const auto& pins = parts.certificate->pins();
  parts.fleet.set_certificate_pins(pins);
  parts.fleet_api.set_certificate_pin(pins.empty() ? std::nullopt : std::optional(pins.front()));
  parts.install.set_certificate_pin(install_pin(parts));
}

void start_certificate(ServerParts& parts) {
  if (!parts.certificate) return;
  publish_pins(parts);
  const auto& pins = parts.certificate->pins();
  parts.log.info(
      "TLS", {{"certificate", pins.empty() ? parts.options.tls_certificate : "of the server's own making"},
              {"valid_until", format_time(parts.certificate->tls()->facts().not_after)},
              {"pin", pin_text(parts.certificate->tls()->facts().pin)}});
  parts.watch.spawn("server.certificate",
                    parts.certificate->watch({parts.loop, parts.clock, *parts.workers, parts.log.with("tls"),
                                              [&parts](CertificateNews news) {
                                                return tell_certificate_news(parts, std::move(news));
                                              },
                                              [&parts] { publish_pins(parts); }}));
}

/// What this server does for itself, as a plan like all others.
void add_upkeep(ServerParts& parts) {
  upkeep::UpkeepGround ground{
      .store = parts.store,
      .care = parts.store,
      .access = parts.access,
      .fleet = parts.fleet,
      .doubts = parts.doubts,
      .believed = parts.believed,
      .server_id = parts.server_id,
      .answers =
          [&parts] {
            const net::Router::Remembered now = parts.router.remembered();
            return upkeep::RememberedAnswers{now.answers, now.most, now.bytes};
          },
      .copies = {.loop = parts.loop,
                 .clock = parts.clock,
                 .files = parts.files,
                 .workers = *parts.workers,
                 .make =
                     [&parts](std::string path, std::function<bool()> is_cancelled) {
                       return parts.copies.make(std::move(path), std::move(is_cancelled));
                     },
                 .data_bytes = [folder = parts.options.data_folder] { return bytes_of_data(folder); }}};
  // Nobody has held it for long in this life yet.
  parts.doubts.close("store.log_held", "");
  parts.runs.add_plan(upkeep::server_plan(ground, parts.upkeep.settings()));
}

ReadyLine ready_line(ServerParts& parts, const std::string& url) {
  ReadyLine line{url, std::nullopt};
  if (const std::string& token = parts.access.setup().token().reveal(); !token.empty()) {
    line.setup_url = url + "/setup#token=" + token;
  }
  return line;
}

void tell_ready(ServerParts& parts, const ReadyLine& line) {
  if (line.setup_url && !parts.options.ready_file) {
    // To the terminal and not to the log: the link is a key.
    std::printf("Open this link to become the administrator: %s\n", line.setup_url->c_str());
    std::fflush(stdout);
  }
  parts.service.ready("serving " + line.url);
  parts.log.info("serving",
                 {{"url", line.url}, {"version", version()}, {"hosts", parts.fleet.roster().size()}});
}

/// What a start leaves behind for others, each once.
struct Announcement {
  events::Event started;
  ReadyLine line;
  bool is_noted = false, is_offered = false, is_ready = false;
};

/// A token for the agent of this machine, in a file beside the data.
Task<Result<>> offer_enrolment(ServerParts& parts) {
  FETTLE_CO_TRY(std::optional<Secret<std::string>> enrolment,
                co_await make_local_enrolment(parts.fleet, parts.access.environments()));
  // On a worker, since a file takes two syncs.
  if (enrolment && parts.certificate && !parts.certificate->pins().empty()) {
    enrolment = Secret<std::string>(join_pin(enrolment->reveal(), parts.certificate->pins().front()));
  }
  auto write = [&files = parts.files, enrolment = std::move(enrolment),
                path = parts.folder.path(kLocalEnrolmentFile)] {
    return keep_local_enrolment(files, path, enrolment);
  };
  co_return co_await io::offload(parts.loop, *parts.workers, std::move(write));
}

Task<Result<>> tell_starter(ServerParts& parts, ReadyLine line) {
  if (!parts.options.ready_file) co_return Result<>{};
  auto write = [&files = parts.files, line = std::move(line), path = *parts.options.ready_file] {
    return write_ready_file(files, path, line);
  };
  co_return co_await io::offload(parts.loop, *parts.workers, std::move(write));
}

/// Tries all that is not done yet; the first fault.
Task<Result<>> announce(ServerParts& parts, std::shared_ptr<Announcement> what) {
  Result<> outcome;
  const auto take = [&outcome](bool& is_done, auto result) {
    is_done = result.has_value();
    if (!is_done && outcome) outcome = std::unexpected(std::move(result).error());
  };
  if (!what->is_noted) take(what->is_noted, co_await parts.events.add(what->started));
  if (!what->is_offered) take(what->is_offered, co_await offer_enrolment(parts));
  if (!what->is_ready) take(what->is_ready, co_await tell_starter(parts, what->line));
  co_return outcome;
}

bool is_disk_full(const Result<>& result) {
  return !result && result.error().code == ErrorCode::unavailable && result.error().reason == "disk_full";
}

Task<void> announce_when_there_is_space(ServerParts& parts, std::shared_ptr<Announcement> what) {
  constexpr Seconds kPause{5};
  Result<> announced;
  do {
    co_await parts.clock.sleep_for(kPause);
    announced = co_await announce(parts, what);
  } while (is_disk_full(announced));
  if (!announced) parts.log.error("the start could not be recorded", {{"error", announced.error()}});
}

}  // namespace

Task<Result<>> start_server(ServerParts& parts) {
  parts.loop.log_slow_turns(parts.log);
  parts.store.be_patient(true);
  if (auto started = co_await parts.access.start(); !started) co_return started;
  if (auto loaded = co_await parts.events.load(parts.clock.wall_now()); !loaded) co_return loaded;
  if (auto loaded = co_await parts.conditions.load(); !loaded) co_return loaded;
  if (auto loaded = co_await parts.fleet.load(); !loaded) co_return loaded;
  if (auto loaded = co_await parts.believed.load(); !loaded) co_return loaded;
  add_plans(parts);
  add_upkeep(parts);
  if (auto loaded = co_await parts.runs.load(); !loaded) co_return loaded;
  if (auto loaded = co_await parts.schedules.load(); !loaded) co_return loaded;
  if (auto loaded = co_await parts.host_runs.load(); !loaded) co_return loaded;
  if (auto loaded = co_await parts.expectations.load(); !loaded) co_return loaded;
  if (auto loaded = co_await parts.upkeep.load(); !loaded) co_return loaded;
  parts.store.be_patient(false);
  connect_hooks(parts);
  add_routes(parts);
  parts.hub.start();
  parts.logs.start();
  parts.watch.spawn("server.sessions",
                    watch_sessions(parts.access.credentials(), audience(parts), parts.clock));
  parts.conditions.start();
  parts.access.environment_service().start();
  parts.runs.start();
  parts.schedules.start();
  parts.host_runs.start();
  parts.expectations.start();
  parts.upkeep.start();
  parts.believed.start();
  parts.tiers.set_believed_now([&parts] { return parts.believed.now(); });
  parts.watch.spawn("server.watchdog", feed_watchdog(parts.service, parts.clock));
  start_certificate(parts);
  if (auto listening = parts.http.start(); !listening) co_return listening;
  const std::string url = url_of(parts.options, parts.http.port());
  parts.fleet_api.set_public_url(url);
  parts.install.set_address(url, install_pin(parts));
  // Shared with the task that goes on with it.
  auto what = std::make_shared<Announcement>(started_event(parts), ready_line(parts, url));
  tell_ready(parts, what->line);
  // Pages are served while the last hour is read; agents, and who asks for hosts, wait for it.
  if (auto recalled = co_await parts.fleet.recall(); !recalled) co_return recalled;
  parts.fleet.start();
  auto announced = co_await announce(parts, what);
  if (!is_disk_full(announced)) co_return announced;
  // What is there can be read all the same (R2).
  parts.log.error("the disk is full; the start is recorded when there is space");
  parts.watch.spawn("server.announce", announce_when_there_is_space(parts, what));
  co_return Result<>{};
}

}  // namespace fettle::app
