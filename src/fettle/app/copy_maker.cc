#include "fettle/app/copy_maker.h"

#include <filesystem>

#include "fettle/app/backup_self.h"
#include "fettle/base/encoding.h"
#include "fettle/io/system_files.h"

namespace fettle::app {
namespace {

namespace fs = std::filesystem;

/// One that is made. Shared by the task and the worker, since a job outlives a task that is cancelled.
struct Making {
  Making(std::string data_folder, std::string target, WallTime now)
      : path(std::move(target)), part(path + ".part"), backup(std::move(data_folder), folder(), now) {}
  ~Making() {
    std::error_code ignored;
    if (!is_done) fs::remove(part, ignored);
  }
  Making(const Making&) = delete;
  Making& operator=(const Making&) = delete;

  [[nodiscard]] std::string folder() const { return fs::path(path).parent_path().string(); }
  Result<> begin() {
    remove_left_copies(folder());
    if (auto removed = files.remove(part); !removed) return removed;
    FETTLE_TRY(file, files.open(part, io::OpenMode::append_or_create));
    return {};
  }
  /// False after the last piece.
  Result<bool> step() {
    FETTLE_TRY(const auto bytes, backup.next());
    if (!bytes) return false;
    if (auto added = file->append(as_bytes(*bytes)); !added) return std::unexpected(std::move(added).error());
    return true;
  }
  Result<> finish() {
    if (auto synced = file->sync(); !synced) return synced;
    std::error_code error;
    fs::rename(part, path, error);
    if (error) return fail(ErrorCode::io, "rename", path + ": " + error.message());
    is_done = true;
    return files.sync_folder(folder());
  }

  const std::string path, part;
  io::SystemFiles files;
  SelfBackup backup;
  std::unique_ptr<io::File> file;
  bool is_done = false;
};

}  // namespace

Task<Result<upkeep::MadeCopy>> CopyMaker::make(std::string path, std::function<bool()> is_cancelled) {
  const auto making = std::make_shared<Making>(data_folder_, std::move(path), clock_.wall_now());
  auto begun = co_await io::offload(loop_, workers_, [making] { return making->begin(); });
  if (!begun) co_return std::unexpected(std::move(begun).error());
  for (bool has_more = true; has_more;) {
    if (is_cancelled()) co_return fail(ErrorCode::cancelled, "cancelled", "the copy was not finished");
    FETTLE_CO_TRY(has_more, co_await io::offload(loop_, workers_, [making] { return making->step(); }));
  }
  auto finished = co_await io::offload(loop_, workers_, [making] { return making->finish(); });
  if (!finished) co_return std::unexpected(std::move(finished).error());
  co_return upkeep::MadeCopy{making->backup.progress().archive, making->backup.progress().files};
}

std::uint64_t bytes_of_data(const std::string& data_folder) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(data_folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code gone;
    if (entry.depth() == 0 && entry->path().filename() == kCopyFolder) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file(gone)) {
      const std::uintmax_t size = entry->file_size(gone);
      bytes += gone ? 0 : size;
    }
  }
  return bytes;
}

}  // namespace fettle::app
