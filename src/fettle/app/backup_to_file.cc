#include "fettle/app/backup_to_file.h"

#include <filesystem>

#include "fettle/app/api_call.h"
#include "fettle/app/backup_self.h"
#include "fettle/archive/archive_reader.h"
#include "fettle/base/encoding.h"
#include "fettle/cli/api_client.h"
#include "fettle/io/asio_loop.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/system_files.h"

namespace fettle::app {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

WallTime wall_now() {
  io::AsioLoop loop;
  return io::SystemClock(loop).wall_now();
}

Result<cli::BackupDone> copy_folder(const cli::BackupOptions& options, io::File& file,
                                    const cli::OnByteProgress& on_progress) {
  cli::BackupDone done;
  SelfBackup backup(*options.data_folder, folder_of(options.archive), wall_now());
  for (;;) {
    FETTLE_TRY(const auto bytes, backup.next());
    if (!bytes) break;
    if (auto added = file.append(as_bytes(*bytes)); !added) return std::unexpected(std::move(added).error());
    on_progress(backup.progress().bytes, 0);
  }
  done.files = backup.progress().files;
  return done;
}

Result<cli::BackupDone> fetch(const cli::BackupOptions& options, io::File& file,
                              const cli::OnByteProgress& on_progress) {
  cli::ApiRequest request;
  request.url = options.url + "/api/v1/backup";
  request.bearer = options.bearer;
  request.accept = "application/zstd";
  request.timeout = std::chrono::minutes(2);  // without a byte
  Result<> written;
  const auto answer = stream_api(request, [&](std::string_view bytes) {
    written = file.append(as_bytes(bytes));
    on_progress(file.size(), 0);
    return written.has_value();
  });
  if (!answer) return std::unexpected(answer.error());
  if (answer->status != 200) return std::unexpected(cli::error_of_answer(*answer));
  if (!written) return std::unexpected(std::move(written).error());
  return cli::BackupDone{};
}

/// Its own file, never over another key.
Result<bool> keep_key(io::Files& files, const cli::BackupOptions& options) {
  if (!options.data_folder || !options.key_file) return false;
  constexpr std::size_t kLimit = 64 * 1024;
  const auto key = files.read_all(*options.data_folder + "/" + std::string(kMasterKeyFile), kLimit);
  if (!key && key.error().code == ErrorCode::not_found) return false;  // nothing is sealed yet
  if (!key) return std::unexpected(key.error());
  if (auto written = files.write_atomically(*options.key_file, *key); !written) {
    return std::unexpected(std::move(written).error());
  }
  return true;
}

Result<cli::BackupDone> make(const cli::BackupOptions& options, const std::string& part,
                             const cli::OnByteProgress& on_progress) {
  io::SystemFiles files;
  remove_left_copies(folder_of(options.archive));
  if (auto removed = files.remove(part); !removed) return std::unexpected(std::move(removed).error());
  FETTLE_TRY(const auto file, files.open(part, io::OpenMode::append_or_create));
  FETTLE_TRY(cli::BackupDone done, options.data_folder ? copy_folder(options, *file, on_progress)
                                                       : fetch(options, *file, on_progress));
  done.bytes = file->size();
  if (auto synced = file->sync(); !synced) return std::unexpected(std::move(synced).error());
  // A connection that was cut ends like one that is through; only the checksum tells them apart.
  if (auto whole = archive::verify_archive(*file, [](auto, auto) {}); !whole) {
    return fail(ErrorCode::closed, "backup_incomplete", "the copy did not arrive whole; try again");
  }
  FETTLE_TRY(done.is_key_kept, keep_key(files, options));
  if (options.data_folder) {
    FETTLE_TRY(done.needed_key, master_key_id(*options.data_folder + "/" + std::string(kMasterKeyFile)));
  }
  std::error_code error;
  fs::rename(part, options.archive, error);
  if (error) return fail(ErrorCode::io, "rename", options.archive + ": " + error.message());
  if (auto synced = files.sync_folder(folder_of(options.archive)); !synced) {
    return std::unexpected(std::move(synced).error());
  }
  return done;
}

}  // namespace

Result<cli::BackupDone> backup_self(const cli::BackupOptions& options,
                                    const cli::OnByteProgress& on_progress) {
  std::error_code error;
  for (const std::string& path : {options.archive, options.key_file.value_or("")}) {
    if (path.empty() || !fs::exists(path, error)) continue;
    return fail(ErrorCode::conflict, "file_exists", path + " is there already; name another file");
  }
  const std::string part = options.archive + ".part";
  auto done = make(options, part, on_progress);
  if (!done) fs::remove(part, error);
  return done;
}

}  // namespace fettle::app
