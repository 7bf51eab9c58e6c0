#include "fettle/app/admin_reset.h"

#include <filesystem>

#include "fettle/access/audit_repo.h"
#include "fettle/access/person_repo.h"
#include "fettle/access/setup_service.h"
#include "fettle/app/backup_self.h"
#include "fettle/app/data_folder.h"
#include "fettle/app/loop_end.h"
#include "fettle/app/migrations.h"
#include "fettle/base/token.h"
#include "fettle/io/asio_loop.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/system_files.h"
#include "fettle/io/system_random.h"
#include "fettle/io/task_scope.h"
#include "fettle/store/sqlite_store.h"

namespace fettle::app {
namespace {

Task<void> record(store::SqliteStore& store, WallTime now, io::AsioLoop& loop, Result<>* into) {
  *into = co_await store.write([now](store::Session& session) -> Result<> {
    if (!access::person_repo::is_any(session)) {
      return fail(ErrorCode::conflict, "not_set_up",
                  "nobody has been made administrator yet: start the server, it prints the link");
    }
    const access::Actor actor{"server", "", "fettle admin reset", ""};
    access::audit_repo::append(session, {now, actor, "admin.reset", "", "a link for a new administrator"});
    return {};
  });
  co_await store.stop();
  stop_after_this_task(loop);
}

}  // namespace

Result<std::string> admin_reset(const cli::AdminResetOptions& options) {
  io::SystemFiles files;
  std::error_code error;
  // Looked for before the lock, so that a mistyped folder is not made.
  const std::string database = options.data_folder + "/" + std::string(kDatabaseFile);
  if (!std::filesystem::exists(database, error)) {
    return fail(ErrorCode::not_found, "no_database", options.data_folder + " holds no data of a server");
  }
  FETTLE_TRY(const DataFolder folder, DataFolder::open(files, options.data_folder));
  io::AsioLoop loop;
  io::SystemClock clock(loop);
  io::SystemRandom random;
  io::Log log(std::make_shared<io::StderrSink>(io::LogFormat::text, io::LogLevel::warn), "admin");
  store::SqliteStoreOptions store_options;
  store_options.path = database;
  store_options.migrations = all_migrations();
  store_options.on_fatal = [&loop](const Error&) { loop.stop(); };
  store::SqliteStore store(loop, clock, files, log, store_options);
  if (auto opened = store.open(); !opened) return std::unexpected(std::move(opened).error());
  io::TaskScope tasks(loop, log);
  Result<> recorded = fail(ErrorCode::io, "disk_failed", "the disk failed");
  tasks.spawn("admin.reset", record(store, clock.wall_now(), loop, &recorded));
  loop.run();
  if (!recorded) return std::unexpected(std::move(recorded).error());
  std::array<std::uint8_t, 16> bytes{};
  random.fill(bytes);
  const Secret<> token = make_token(kSetupTokenPrefix, bytes);
  const std::string path = folder.path(access::kResetTokenFile);
  if (auto written = files.write_atomically(path, token.reveal() + "\n"); !written) {
    return std::unexpected(std::move(written).error());
  }
  return options.url + "/setup#token=" + token.reveal() + "&reset";
}

}  // namespace fettle::app
