#include "fettle/app/server.h"

#include <csignal>

#include "fettle/access/totp_repo.h"
#include "fettle/app/backup_self.h"
#include "fettle/app/certificate_plan.h"
#include "fettle/app/server_parts.h"
#include "fettle/store/offline_read.h"

namespace fettle::app {
namespace {

WallTime wall_now() {
  io::AsioLoop loop;
  return io::SystemClock(loop).wall_now();
}

/// The server's own name for itself, made once: agents sign it, so that a signature is worth nothing
/// elsewhere.
Result<std::string> load_server_id(io::Files& files, const std::string& path) {
  constexpr std::size_t kLimit = 256;
  auto text = files.read_all(path, kLimit);
  if (text) {
    const auto id = ServerId::parse(std::string_view(*text).substr(0, text->find('\n')));
    if (id) return id->text();
    return fail(ErrorCode::corrupt, "server_id", path + ": this is not the id of a server");
  }
  if (text.error().code != ErrorCode::not_found) return std::unexpected(std::move(text).error());
  io::SystemRandom random;
  io::AsioLoop loop;
  const std::string id = random.make_id<ServerId>(io::SystemClock(loop).wall_now()).text();
  if (auto written = files.write_atomically(path, id + "\n"); !written) {
    return std::unexpected(std::move(written).error());
  }
  return id;
}

/// SIGHUP.
Task<void> reload(ServerParts& parts) {
  // What a reload may change is in force when `ready` says so.
  parts.service.reloading(parts.clock.mono_now());
  auto wanted = co_await io::offload(parts.loop, *parts.workers, parts.options.read_again);
  parts.reload.apply(wanted, parts.options, parts.log);
  parts.service.ready("serving");
}

/// Another key in the place of a lost one would leave second factors that no code opens, and nobody would
/// know why.
Result<> expect_nothing_sealed(const DataFolder& folder) {
  const std::string database = folder.path(kDatabaseFile);
  std::int64_t sealed = 0;
  auto read = store::read_offline(
      database, [&sealed](store::Session& session) { sealed = access::totp_repo::count(session); });
  if (!read && read.error().code == ErrorCode::not_found) return {};
  if (!read) return read;
  if (sealed == 0) return {};
  const std::string place = folder.path(kMasterKeyFile);
  return fail(
      ErrorCode::conflict, "master_key_missing",
      "the second factors of " + std::to_string(sealed) + (sealed == 1 ? " person" : " people") +
          " are sealed with a master key, and " + place +
          " is not there: put it back. If it is lost, write 64 hexadecimal digits of your own into it "
          "(openssl rand -hex 32); an administrator then has to take those second factors away");
}

/// What secrets at rest are sealed with: a credential of systemd, else a file of the data folder.
Result<access::MasterKeys> load_master_keys(io::SystemFiles& files, const DataFolder& folder,
                                            const std::string& credentials_folder) {
  access::MasterKeyPlaces places{{}, folder.path(kMasterKeyFile)};
  if (!credentials_folder.empty()) {
    const std::string path = credentials_folder + "/master-key";
    const auto there = files.read_all(path, 16 * 1024);
    if (there || there.error().code != ErrorCode::not_found) places.credential_path = path;
  }
  if (places.credential_path.empty()) {
    const auto there = files.read_all(places.file_path, 16 * 1024);
    if (!there && there.error().code == ErrorCode::not_found) {
      if (auto none = expect_nothing_sealed(folder); !none) return std::unexpected(std::move(none).error());
    }
  }
  std::array<std::uint8_t, 32> random{};
  io::SystemRandom().fill(random);
  return access::load_or_make_master_keys(files, places, random);
}

/// Starts, and begins to stop at once when that fails.
Task<void> start_or_stop(ServerParts& parts) {
  auto started = co_await start_server(parts);
  if (started) co_return;
  parts.fault = std::move(started).error();
  begin_stop(parts);
}

/// The certificate, or nothing where the server speaks no TLS.
Result<std::unique_ptr<CertificateKeeper>> open_certificate(io::Files& files,
                                                            const cli::ServerOptions& options) {
  if (!options.speaks_tls) return nullptr;
  io::AsioLoop loop;
  return CertificateKeeper::open(files, certificate_plan(options), io::SystemClock(loop).wall_now());
}

}  // namespace

Result<> run_server(const cli::ServerOptions& options) {
  const auto ring = std::make_shared<io::LogRing>(wall_now());  // shared by the log and those who show it
  const auto sink = std::make_shared<io::RingSink>(
      std::make_shared<io::StderrSink>(options.log.format, options.log.level), ring);
  io::Log log(sink, "server");
  io::SystemFiles files;
  FETTLE_TRY(DataFolder folder, DataFolder::open(files, options.data_folder));
  remove_left_copies(options.data_folder);
  FETTLE_TRY(std::string id, load_server_id(files, folder.path("server-id")));
  FETTLE_TRY(const access::MasterKeys keys, load_master_keys(files, folder, options.credentials_folder));
  FETTLE_TRY(std::unique_ptr<CertificateKeeper> certificate, open_certificate(files, options));
  ServerParts parts(options, log, files, ring, folder, std::move(id), keys, std::move(certificate));
  parts.reload.add(reload_log_level(*sink));
  const io::Signals signals(parts.loop, [&parts](int signal) {
    if (signal != SIGHUP) return begin_stop(parts);
    if (parts.certificate) parts.certificate->reload();
    if (parts.options.read_again) parts.watch.spawn("server.reload", reload(parts));
  });
  parts.service.status("opening the database");
  // Before the loop runs: it reads, migrates and syncs, and nothing is served yet. A signal waits for the
  // loop.
  if (auto opened = parts.store.open(); !opened) return opened;
  parts.starting.spawn("server.start", start_or_stop(parts));
  parts.loop.run();
  if (parts.fault) return std::unexpected(*parts.fault);
  return {};
}

}  // namespace fettle::app
