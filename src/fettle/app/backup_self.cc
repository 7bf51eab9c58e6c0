#include "fettle/app/backup_self.h"

#include <unistd.h>

#include <deque>
#include <filesystem>
#include <set>

#include "fettle/access/master_key.h"
#include "fettle/app/migrations.h"
#include "fettle/app/version.h"
#include "fettle/archive/archive_writer.h"
#include "fettle/base/encoding.h"
#include "fettle/base/json.h"
#include "fettle/io/system_files.h"
#include "fettle/store/sqlite/database_copy.h"

namespace fettle::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::string_view kCopyPrefix = ".copy-";

// Not copied: what belongs to the running process, what can be made again, earlier copies, what is a key to
// the door, and the master key, which goes a way of its own.
constexpr std::array<std::string_view, 10> kLeftOut{
    "admin-reset-token",     "lock",          kCopyFolder,         "fettle.db",
    "fettle.db-wal",         "fettle.db-shm", "fettle.db.reserve", "setup-token",
    "local-enrolment-token", kMasterKeyFile};

bool is_left_out(const std::string& name) {
  return name.starts_with('.') || name.starts_with("fettle.db.before-") ||
         std::ranges::find(kLeftOut, name) != kLeftOut.end();
}

/// Regular files below `root/relative`, sorted; one that goes away meanwhile is no error.
void list_files(const std::string& root, const std::string& relative, std::deque<std::string>& out) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(root + "/" + relative, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    const std::string name = relative + "/" + entry->path().filename().string();
    if (entry->is_symlink(ignored)) continue;
    if (entry->is_directory(ignored)) {
      list_files(root, name, out);
    } else if (entry->is_regular_file(ignored)) {
      names.push_back(name);
    }
  }
  std::ranges::sort(names);
  out.insert(out.end(), names.begin(), names.end());
}

std::deque<std::string> list_rest(const std::string& root) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end; entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  std::ranges::sort(names);
  std::deque<std::string> out;
  for (const std::string& name : names) {
    std::error_code ignored;
    if (is_left_out(name) || name == "journal" || fs::is_symlink(root + "/" + name, ignored)) continue;
    if (fs::is_directory(root + "/" + name, ignored)) list_files(root, name, out);
    if (fs::is_regular_file(root + "/" + name, ignored)) out.push_back(name);
  }
  return out;
}

}  // namespace

struct SelfBackup::Impl {
  enum class Phase : std::uint8_t { begin, journal, database, rest, manifest, done };

  Impl(std::string folder, std::string scratch_folder, WallTime at)
      : root(std::move(folder)), scratch(std::move(scratch_folder)), now(at) {}
  ~Impl() { drop_copy(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  const std::string root, scratch;
  const WallTime now;
  io::SystemFiles files;
  archive::ArchiveWriter writer;
  Phase phase = Phase::begin;
  std::deque<std::string> waiting;  // names, in the order of copying
  std::set<std::string> listed;     // all of them that were ever waiting, but for the journal
  std::unique_ptr<io::File> open;   // the file that is copied
  std::uint64_t at = 0, size = 0;
  std::unique_ptr<store::DatabaseCopy> copy;
  std::string copy_path;
  BackupProgress progress;

  void drop_copy() {
    copy.reset();
    if (copy_path.empty()) return;
    ::unlink(copy_path.c_str());
    ::unlink((copy_path + "-wal").c_str());
    ::unlink((copy_path + "-shm").c_str());
    copy_path.clear();
  }

  /// What took the place of a file of the history that went while others were copied stands behind it in its
  /// folder.
  void look_again(const std::string& gone) {
    if (!gone.starts_with("history/")) return;
    std::deque<std::string> there;
    list_files(root, gone.substr(0, gone.rfind('/')), there);
    for (auto name = there.rbegin(); name != there.rend(); ++name)
      if (*name > gone && listed.insert(*name).second) waiting.push_front(*name);
  }

  Result<> begin_file(const std::string& path, const std::string& name) {
    auto opened = files.open(path, io::OpenMode::read);
    if (!opened) {
      // Dropped since it was listed: it had outlived its time, or was sealed into what is copied later.
      if (opened.error().code == ErrorCode::not_found && name != kDatabaseFile) {
        look_again(name);
        return {};
      }
      return std::unexpected(std::move(opened).error());
    }
    open = std::move(*opened);
    at = 0;
    size = open->size();  // what is appended from now on is not part of the copy
    return writer.begin_file({name, size, std::chrono::floor<Seconds>(now).time_since_epoch().count()});
  }

  Result<> copy_some() {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kReadBytes, size - at));
    if (wanted > 0) {
      FETTLE_TRY(const auto bytes, open->read(at, wanted));
      if (bytes.size() != wanted) {
        return fail(ErrorCode::io, "file_shrank", "a file became shorter while it was copied; try again");
      }
      writer.add(as_text(bytes));
      at += wanted;
      progress.bytes += wanted;
    }
    if (at < size) return {};
    writer.end_file();
    ++progress.files;
    open.reset();
    return {};
  }

  Result<> step() {
    if (open) return copy_some();
    switch (phase) {
      case Phase::begin:
        list_files(root, "journal", waiting);
        phase = Phase::journal;
        return {};
      case Phase::journal:
        if (!waiting.empty()) return begin_next();
        return begin_database();
      case Phase::database:
        return copy_database();
      case Phase::rest:
        if (!waiting.empty()) return begin_next();
        phase = Phase::manifest;
        return {};
      case Phase::manifest:
        return write_manifest();
      case Phase::done:
        return {};
    }
    return {};
  }

  Result<> begin_next() {
    const std::string name = std::move(waiting.front());
    waiting.pop_front();
    return begin_file(root + "/" + name, name);
  }

  Result<> begin_database() {
    copy_path = scratch + "/" + std::string(kCopyPrefix) + std::to_string(::getpid()) + "-" +
                std::to_string(now.time_since_epoch().count()) + ".db";
    FETTLE_TRY(copy, store::DatabaseCopy::begin(root + "/" + std::string(kDatabaseFile), copy_path));
    phase = Phase::database;
    return {};
  }

  Result<> copy_database() {
    if (copy) {
      FETTLE_TRY(const bool is_whole, copy->step());
      if (!is_whole) return {};
      copy.reset();
      return begin_file(copy_path, std::string(kDatabaseFile));
    }
    drop_copy();
    waiting = list_rest(root);
    listed.insert(waiting.begin(), waiting.end());
    phase = Phase::rest;
    return {};
  }

  Result<> write_manifest() {
    FETTLE_TRY(const std::string key, master_key_id(root + "/" + std::string(kMasterKeyFile)));
    std::string text = R"({"format":)" + std::to_string(kBackupFormat) + R"(,"version":)";
    append_json_string(text, version());
    text += R"(,"schema":)" + std::to_string(all_migrations().size()) + R"(,"made_at":)";
    append_json_string(text, format_time(now));
    text += R"(,"master_key":)";
    if (key.empty()) {
      text += "null";
    } else {
      append_json_string(text, key);
    }
    text += R"(,"files":[)";
    for (const archive::WrittenFile& file : writer.files()) {
      if (text.back() == '}') text += ',';
      text += R"({"name":)";
      append_json_string(text, file.name);
      text += R"(,"size":)" + std::to_string(file.size) + R"(,"sha256":")" + hex_encode(file.sha256) + "\"}";
    }
    text += "]}\n";
    const auto modified = std::chrono::floor<Seconds>(now).time_since_epoch().count();
    auto added = writer.add_file({std::string(kManifestName), text.size(), modified}, text);
    if (!added) return added;
    writer.finish();
    phase = Phase::done;
    return {};
  }
};

SelfBackup::SelfBackup(std::string data_folder, std::string scratch, WallTime now)
    : impl_(std::make_unique<Impl>(std::move(data_folder), std::move(scratch), now)) {}
SelfBackup::~SelfBackup() = default;

Result<std::optional<std::string>> SelfBackup::next() {
  if (impl_->phase == Impl::Phase::done) return std::optional<std::string>();
  if (auto done = impl_->step(); !done) return std::unexpected(std::move(done).error());
  std::string bytes = impl_->writer.take();
  impl_->progress.archive += bytes.size();
  return std::optional(std::move(bytes));
}

BackupProgress SelfBackup::progress() const {
  return impl_->progress;
}

void remove_left_copies(const std::string& scratch) {
  std::error_code error;
  for (fs::directory_iterator entry(scratch, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().filename().string().starts_with(kCopyPrefix)) fs::remove(entry->path(), ignored);
  }
}

Result<std::string> master_key_id(const std::string& path) {
  io::SystemFiles files;
  std::error_code error;
  if (!fs::exists(path, error)) return std::string();
  // There is a file, so that none is made.
  FETTLE_TRY(const auto keys, access::load_or_make_master_keys(files, {"", path}, {}));
  return hex_encode(access::key_id_of(keys.front()));
}

}  // namespace fettle::app
