#include "fettle/app/backup_api.h"

#include "fettle/access/audit_repo.h"
#include "fettle/app/backup_self.h"
#include "fettle/io/async_event.h"

namespace fettle::app {
namespace {

/// Holds the door while a copy is made, whatever ends it.
struct Busy {
  bool& flag;
  explicit Busy(bool& busy) : flag(busy) { flag = true; }
  ~Busy() { flag = false; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
};

constexpr Seconds kStalled{120};  // a reader that takes nothing for so long is given up

}  // namespace

BackupDoor::BackupDoor(BackupGround ground) : ground_(std::move(ground)), tasks_(ground_.loop, ground_.log) {}

void BackupDoor::add_routes(net::Router& router) {
  router.add_raw<net::None>(
      {.method = net::Method::get,
       .path = "/api/v1/backup",
       .permission = Permission::administer_server,
       .scope = net::ScopeSource::none,
       .operation = "get_backup",
       .summary = "A copy of the server's own data as one archive, taken while it works; for "
                  "`fettle restore-self`. Without the master key.",
       .problem_codes = {"backup_running"},
       .answer_media_type = "application/zstd"},
      [this](net::RequestContext& context, net::None) { return answer(context); });
}

Task<void> BackupDoor::stop() {
  co_await tasks_.stop();
}

Task<Result<net::Response>> BackupDoor::answer(net::RequestContext& context) {
  if (is_busy_) {
    co_return fail(ErrorCode::conflict, "backup_running", "A copy is being made already; wait for its end.");
  }
  const access::AuditEntry entry{ground_.clock.wall_now(), access::actor_of(context), "backup.read", "",
                                 "a copy of the server's data"};
  auto noted = co_await ground_.store.write(
      [entry](store::Session& session) { access::audit_repo::append(session, entry); });
  if (!noted) co_return std::unexpected(std::move(noted).error());
  net::Response response;
  response.headers.set("Content-Type", "application/zstd");
  response.headers.set("Content-Disposition", "attachment; filename=\"fettle-backup.tar.zst\"");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("X-Accel-Buffering", "no");
  response.stream = [this](std::shared_ptr<net::ByteStream> stream) {
    if (is_busy_) return stream->close();
    tasks_.spawn("backup.send", send(std::move(stream)));
  };
  co_return response;
}

/// Made piece by piece as the reader takes it: a slow reader holds no worker.
Task<void> BackupDoor::send(std::shared_ptr<net::ByteStream> stream) {
  if (is_busy_) co_return stream->close();
  const Busy busy(is_busy_);
  auto backup = std::make_shared<SelfBackup>(ground_.data_folder, ground_.data_folder,
                                             ground_.clock.wall_now());  // shared with the worker
  for (;;) {
    auto bytes = co_await io::offload(ground_.loop, ground_.workers, [backup] { return backup->next(); });
    if (!bytes) {
      ground_.log.error("a copy of the data was not finished", {{"error", bytes.error()}});
      break;
    }
    if (!*bytes) {
      ground_.log.info("a copy of the data was sent",
                       {{"bytes", backup->progress().archive}, {"files", backup->progress().files}});
      break;
    }
    auto written = co_await write(*stream, std::move(**bytes));
    if (!written || !*written) {
      ground_.log.warn("who fetched a copy of the data has gone", {{"bytes", backup->progress().archive}});
      break;
    }
  }
  stream->close();
}

/// False when the reader has gone or takes nothing.
Task<Result<bool>> BackupDoor::write(net::ByteStream& stream, std::string bytes) {
  std::string_view rest = bytes;
  MonoTime taken_at = ground_.clock.mono_now();
  while (!rest.empty()) {
    const std::array<std::string_view, 1> parts{rest};
    const std::ptrdiff_t taken = stream.try_write(parts);
    if (taken < 0) co_return false;
    rest.remove_prefix(static_cast<std::size_t>(taken));
    const MonoTime now = ground_.clock.mono_now();
    if (taken > 0) taken_at = now;
    if (now - taken_at > kStalled) co_return false;
    // A poll of 20 ms is enough for a bulk copy, and ends by itself when the reader has gone.
    if (taken == 0) co_await ground_.clock.sleep_for(Millis(20));
  }
  co_return true;
}

}  // namespace fettle::app
