#include "fettle/app/server_parts.h"

#include <cctype>
#include <filesystem>

#include "fettle/app/backup_self.h"
#include "fettle/app/certificate_plan.h"
#include "fettle/app/migrations.h"
#include "fettle/app/version.h"
#include "fettle/events/event_json.h"
#include "fettle/io/file_limit.h"
#include "fettle/net/url.h"

namespace fettle::app {
namespace {

// Two, so that one large answer does not hold up the small ones behind it; the loop keeps its core.
constexpr std::size_t kWorkers = 2;
constexpr std::size_t kWaitingJobs = 64;  // beyond: 503, try again

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1";
}

constexpr const char* kLogHeld = "store.log_held";

void tell_log_held(ServerParts& parts, const std::optional<std::string>& holder) {
  if (!holder) return parts.doubts.close(kLogHeld, "");
  parts.doubts.open({.kind = kLogHeld,
                     .target = "",
                     .title = "The database's log cannot be emptied",
                     .message = *holder +
                                " holds the database in a transaction; until it ends, the write-ahead log "
                                "grows. End the transaction or the program."});
}

store::SqliteStoreOptions store_options(ServerParts& parts) {
  store::SqliteStoreOptions out;
  out.path = parts.folder.path("fettle.db");
  out.migrations = all_migrations();
  out.on_fatal = [&parts](const Error& error) { end_at_once(parts.log, error); };
  out.on_log_held = [&parts](const std::optional<std::string>& holder) { tell_log_held(parts, holder); };
  return out;
}

metrics::JournalSettings journal_settings(const DataFolder& folder) {
  metrics::JournalSettings out;
  out.folder = folder.path("journal");
  return out;
}

metrics::TierSettings tier_settings(const cli::ServerOptions& options, const DataFolder& folder) {
  metrics::TierSettings out;
  out.folder = folder.path("history");
  out.journal_folder = journal_settings(folder).folder;
  out.keep = {Millis(options.keep_raw).count(), Millis(options.keep_minutes).count(),
              Millis(options.keep_hours).count()};
  return out;
}

access::AccessSettings access_settings(const cli::ServerOptions& options) {
  access::AccessSettings out;
  out.data_folder = options.data_folder;
  out.session_idle = options.session_idle;
  out.session_absolute = options.session_absolute;
  return out;
}

events::EventLogSettings event_settings(const cli::ServerOptions& options) {
  events::EventLogSettings out;
  out.least = events::parse_severity(options.event_level).value_or(events::Severity::info);
  return out;
}

upkeep::UpkeepSettings upkeep_settings(const cli::ServerOptions& options) {
  const cli::UpkeepOptions& set = options.upkeep;
  return {.is_on = set.is_on,
          .interval = set.interval,
          .off = {set.off.begin(), set.off.end()},
          .events = std::chrono::days(options.event_days),
          .run_logs = set.run_logs,
          .audit = set.audit,
          .ended_sessions = set.sessions,
          .enrolment_tokens = set.enrolment_tokens,
          .invitations = set.invitations,
          .ledger = set.ledger,
          .host_states = set.host_states,
          .absent_hosts = set.absent_hosts,
          .runs = {.per_target = set.runs_per_target,
                   .commands_per_host = set.commands_per_host,
                   .commands = set.commands},
          .copies = set.copies,
          .between_copies = set.between_copies,
          .copy_folder = set.copy_folder.empty() ? options.data_folder + "/" + std::string(kCopyFolder)
                                                 : set.copy_folder};
}

fleet::FleetSettings fleet_settings(const cli::ServerOptions& options) {
  fleet::FleetSettings out;
  out.heartbeat_interval = options.heartbeat_interval;
  return out;
}

/// Where this very program lies, for a command that is typed on this machine; "fettle" when a shell would
/// take the path apart.
std::string own_program() {
  std::error_code error;
  const std::string path = std::filesystem::read_symlink("/proc/self/exe", error).string();
  const bool is_plain = !error && std::ranges::all_of(path, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("/._-+").contains(c);
  });
  return is_plain && !path.empty() ? path : "fettle";
}

fleet::FleetApiSettings fleet_api_settings(const cli::ServerOptions& options) {
  const bool is_local = options.public_url.empty() && is_loopback(options.listen.address);
  return {.public_url = options.public_url,
          .program = is_local ? own_program() : "fettle",
          .is_loopback_only = is_local,
          .certificate_pin = std::nullopt,
          .version = std::string(version())};
}

/// Connections never take the files that the store and the journal open anew: a journal that cannot open its
/// next segment ends the process.
std::size_t connections_within(std::size_t file_limit, std::size_t wanted) {
  constexpr std::size_t kReservedFiles = 256;
  constexpr std::size_t kFewest = 16;
  return std::clamp(file_limit - std::min(file_limit, kReservedFiles), kFewest, wanted);
}

/// "/fettle" of "https://example.org/fettle".
std::string base_path_of(const cli::ServerOptions& options) {
  const auto url = net::parse_url(options.public_url);
  return url && url->target != "/" ? url->target : std::string();
}

net::HttpOptions http_options(const cli::ServerOptions& options, io::WorkQueue& workers,
                              const CertificateKeeper* certificate, const io::Log& log) {
  net::HttpOptions out;
  out.workers = &workers;
  const std::size_t files = io::raise_file_limit();
  constexpr std::size_t kEnough = 4'096;  // for a few thousand hosts and their pages
  out.limits.connections = connections_within(files, out.limits.connections);
  if (out.limits.connections < kEnough) {
    log.warn("the limit of open files allows fewer connections; LimitNOFILE or ulimit -n raises it",
             {{"files", files}, {"connections", out.limits.connections}});
  }
  out.address = options.listen.address;
  out.port = options.listen.port;
  out.trusted_proxies = options.trusted_proxies;
  out.host_names = own_host_names(options);
  out.is_for_proxies_only = !options.speaks_tls && !is_loopback(options.listen.address);
  if (certificate != nullptr) out.tls = certificate->tls();
  out.base_path = base_path_of(options);
  return out;
}

}  // namespace

ServerParts::ServerParts(cli::ServerOptions chosen, io::Log& log_to_use, io::SystemFiles& files_to_use,
                         std::shared_ptr<io::LogRing> log_ring, DataFolder& data_folder, std::string id,
                         const access::MasterKeys& keys, std::unique_ptr<CertificateKeeper> keeper)
    : options(std::move(chosen)),
      log(log_to_use),
      files(files_to_use),
      folder(data_folder),
      server_id(std::move(id)),
      service(options.service),
      certificate(std::move(keeper)),
      workers(loop.make_work_queue("worker", kWorkers, kWaitingJobs)),
      store(loop, clock, files, log.with("store"), store_options(*this)),
      hub(loop, clock, random, log.with("stream"), {}, std::string(version())),
      events(store, hub, event_settings(options)),
      conditions({loop, clock, random, log.with("conditions"), store, events, hub}),
      logs(loop, clock, log.with("logs"), std::move(log_ring), hub, access::kSystemEnvironment),
      journal(loop, clock, files, log.with("journal"), journal_settings(folder)),
      tiers(loop, clock, files, log.with("history"), tier_settings(options, folder)),
      access(loop, clock, random, files, log, store, access_settings(options), keys),
      fleet({loop, clock, random, log.with("fleet"), store, hub, events, journal, history, tiers, server_id,
             conditions, std::string(version())},
            fleet_settings(options)),
      fleet_api(fleet, access.environments(), loop, clock, *workers, fleet_api_settings(options)),
      believed(loop, clock, log.with("upkeep"), store),
      runs({loop, clock, random, log.with("runs"), store, hub, events, conditions, server_id}),
      schedules({loop,
                 clock,
                 random,
                 log.with("schedules"),
                 store,
                 events,
                 conditions,
                 runs,
                 {loop, *workers, files},
                 server_id,
                 access::kSystemEnvironment,
                 [this] { return believed.now(); }}),
      host_runs({loop, clock, random, log.with("runs"), store, hub, events, conditions, server_id}, fleet,
                runs),
      expectations({loop, clock, log.with("runs"), store, conditions, {loop, *workers, files}}, fleet, runs),
      doubts(conditions, server_id),
      copies(loop, clock, *workers, options.data_folder),
      upkeep({loop, clock, log.with("upkeep"), store, runs, doubts}, upkeep_settings(options)),
      program(loop, clock, *workers, files, log),
      install(program),
      router(access.credentials(), log.with("http")),
      assets(net::embedded_page(), base_path_of(options)),
      http(loop, clock, random, log.with("http"), router,
           http_options(options, *workers, certificate.get(), log)),
      health{clock,
             loop,
             *workers,
             store,
             journal,
             hub,
             fleet,
             access.environments(),
             http,
             access.password_queue(),
             router,
             runs,
             host_runs,
             schedules,
             options.metrics_open_on_loopback},
      backup_door({loop, clock, *workers, store, log.with("backup"), options.data_folder}),
      watch(loop, log),
      starting(loop, log),
      tasks(loop, log) {
  journal.on_fatal([this](const Error& error) { end_at_once(log, error); });
  tiers.on_fatal([this](const Error& error) { end_at_once(log, error); });
}

}  // namespace fettle::app
