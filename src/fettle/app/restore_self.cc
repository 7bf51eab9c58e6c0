#include "fettle/app/restore_self.h"

#include <boost/describe.hpp>
#include <filesystem>
#include <map>
#include <set>

#include "fettle/app/backup_self.h"
#include "fettle/app/migrations.h"
#include "fettle/archive/archive_reader.h"
#include "fettle/base/encoding.h"
#include "fettle/base/json_value.h"
#include "fettle/base/sha256_stream.h"
#include "fettle/io/system_files.h"
#include "fettle/store/sqlite/database_copy.h"

namespace fettle::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestManifest = 256U << 20U;  // a million files

struct Manifest {
  std::int64_t format = 0, schema = 0;
  std::string version, made_at, master_key;
  std::map<std::string, std::pair<std::uint64_t, std::string>> files;  // name: size, sha256 in hex
};

const JsonNode* member(const JsonNode& node, std::string_view name) {
  for (const JsonNode& item : node.items) {
    if (item.name == name) return &item;
  }
  return nullptr;
}

std::string text_of(const JsonNode& node, std::string_view name) {
  const JsonNode* found = member(node, name);
  return found != nullptr && found->kind == JsonNode::Kind::string ? found->text : std::string();
}

std::int64_t number_of(const JsonNode& node, std::string_view name) {
  const JsonNode* found = member(node, name);
  return found != nullptr && found->kind == JsonNode::Kind::integer ? found->integer : -1;
}

std::unexpected<Error> corrupt(const std::string& why) {
  return fail(ErrorCode::corrupt, "bad_archive", "the archive cannot be used: " + why);
}

Result<Manifest> parse_manifest(std::string_view text) {
  const auto json = parse_json(text);
  if (!json) return corrupt("its manifest is unreadable");
  Manifest out;
  out.format = number_of(*json, "format");
  out.schema = number_of(*json, "schema");
  out.version = text_of(*json, "version");
  out.made_at = text_of(*json, "made_at");
  out.master_key = text_of(*json, "master_key");
  const JsonNode* files = member(*json, "files");
  if (files == nullptr || out.format < 1) return corrupt("its manifest is not whole");
  for (const JsonNode& file : files->items) {
    out.files[text_of(file, "name")] = {static_cast<std::uint64_t>(number_of(file, "size")),
                                        text_of(file, "sha256")};
  }
  return out;
}

/// Takes the entries of the archive into a folder.
class Extraction {
 public:
  Extraction(io::Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  archive::ArchiveSink sink() {
    return {[this](const archive::TarEntry& entry) { return begin(entry); },
            [this](std::string_view bytes) { return add(bytes); }, [this] { return end(); }};
  }
  Result<> sync_folders() {
    for (const std::string& folder : folders_) {
      if (auto synced = files_.sync_folder(folder); !synced) return synced;
    }
    return {};
  }
  std::string manifest;
  std::map<std::string, std::pair<std::uint64_t, std::string>> written;

 private:
  Result<> begin(const archive::TarEntry& entry) {
    name_ = entry.name;
    size_ = entry.size;
    sum_ = Sha256Stream();
    if (written.contains(name_) || !manifest.empty()) return corrupt("it names a file twice");
    if (name_ == kManifestName) {
      return entry.size <= kLongestManifest ? Result<>() : corrupt("its manifest is too long");
    }
    const std::string path = folder_ + "/" + name_;
    const std::string parent = path.substr(0, path.rfind('/'));
    if (folders_.insert(parent).second) {
      if (auto made = files_.make_folders(parent); !made) return made;
    }
    FETTLE_TRY(file_, files_.open(path, io::OpenMode::append_or_create));
    return {};
  }
  Result<> add(std::string_view bytes) {
    if (!file_) {
      manifest += bytes;
      return {};
    }
    sum_.add(as_bytes(bytes));
    return file_->append(as_bytes(bytes));
  }
  Result<> end() {
    if (!file_) return {};
    if (auto synced = file_->sync(); !synced) return synced;
    file_.reset();
    written[name_] = {size_, hex_encode(sum_.finish())};
    return {};
  }

  io::Files& files_;
  const std::string folder_;
  std::string name_;
  std::uint64_t size_ = 0;
  Sha256Stream sum_;
  std::unique_ptr<io::File> file_;
  std::set<std::string> folders_;
};

Result<> check_target(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return {};
  if (fs::is_directory(path, error) && fs::is_empty(path, error) && !error) return {};
  return fail(ErrorCode::conflict, "folder_not_empty",
              path + " is not an empty folder; a copy is restored into one that is empty or not there yet");
}

Result<> check_manifest(const Manifest& manifest, const Extraction& found) {
  if (manifest.format > kBackupFormat) {
    return fail(ErrorCode::conflict, "backup_newer",
                "this copy was made by Fettle " + manifest.version +
                    ", in a form that this version does not "
                    "know; restore it with that version");
  }
  const auto newest = static_cast<std::int64_t>(all_migrations().size());
  if (manifest.schema > newest) {
    return fail(ErrorCode::conflict, "backup_newer",
                "this copy was made by Fettle " + manifest.version + " (schema " +
                    std::to_string(manifest.schema) + ", this one knows " + std::to_string(newest) +
                    "); restore it with that version");
  }
  if (manifest.files != found.written) return corrupt("its files are not those of its manifest");
  if (!manifest.files.contains(std::string(kDatabaseFile))) return corrupt("there is no database in it");
  return {};
}

Result<> check_store(const std::string& path) {
  FETTLE_TRY(const int schema, store::check_database(path));
  // What a reader of the write-ahead log made beside it.
  std::error_code ignored;
  fs::remove(path + "-wal", ignored);
  fs::remove(path + "-shm", ignored);
  if (schema <= static_cast<int>(all_migrations().size())) return {};
  return fail(ErrorCode::conflict, "backup_newer",
              "the database of this copy was written by a newer Fettle; restore it with that version");
}

/// The key that was kept apart, into its place.
Result<> place_key(io::Files& files, const cli::RestoreOptions& options, const Manifest& manifest,
                   const std::string& folder) {
  if (!options.key_file) return {};
  constexpr std::size_t kLimit = 64 * 1024;
  FETTLE_TRY(const std::string key, files.read_all(*options.key_file, kLimit));
  const std::string path = folder + "/" + std::string(kMasterKeyFile);
  if (auto written = files.write_atomically(path, key); !written) return written;
  FETTLE_TRY(const std::string id, master_key_id(path));
  if (manifest.master_key.empty() || id == manifest.master_key) return {};
  return fail(ErrorCode::conflict, "wrong_master_key",
              *options.key_file + " holds the key " + id + ", this copy needs " + manifest.master_key);
}

Result<> put_in_place(io::Files& files, const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(from, to, error);  // over an empty folder too, at once
  if (error) return fail(ErrorCode::io, "rename", to + ": " + error.message());
  const std::string parent = fs::path(to).parent_path().string();
  return files.sync_folder(parent.empty() ? "." : parent);
}

Result<Manifest> restore_beside(io::Files& files, const cli::RestoreOptions& options,
                                const std::string& beside, const cli::OnByteProgress& on_progress) {
  FETTLE_TRY(const auto file, files.open(options.archive, io::OpenMode::read));
  if (auto whole = archive::verify_archive(*file, on_progress); !whole) {
    return std::unexpected(std::move(whole).error());
  }
  if (auto made = files.make_folders(beside); !made) return std::unexpected(std::move(made).error());
  Extraction extraction(files, beside);
  const archive::ArchiveSink sink = extraction.sink();
  if (auto read = archive::read_archive(*file, sink, on_progress); !read) {
    return std::unexpected(std::move(read).error());
  }
  FETTLE_TRY(Manifest manifest, parse_manifest(extraction.manifest));
  for (auto checked :
       {check_manifest(manifest, extraction), check_store(beside + "/" + std::string(kDatabaseFile)),
        place_key(files, options, manifest, beside), extraction.sync_folders()}) {
    if (!checked) return std::unexpected(std::move(checked).error());
  }
  return manifest;
}

}  // namespace

Result<cli::RestoreDone> restore_self(const cli::RestoreOptions& options,
                                      const cli::OnByteProgress& on_progress) {
  std::string target = options.data_folder;
  while (target.size() > 1 && target.ends_with('/')) target.pop_back();
  if (auto empty = check_target(target); !empty) return std::unexpected(std::move(empty).error());
  io::SystemFiles files;
  const std::string beside = target + ".restoring";
  std::error_code ignored;
  fs::remove_all(beside, ignored);  // of an attempt that was killed
  auto manifest = restore_beside(files, options, beside, on_progress);
  Result<> placed;
  if (manifest) placed = put_in_place(files, beside, target);
  if (!manifest || !placed) fs::remove_all(beside, ignored);
  if (!manifest) return std::unexpected(std::move(manifest).error());
  if (!placed) return std::unexpected(std::move(placed).error());
  cli::RestoreDone done;
  done.files = manifest->files.size();
  for (const auto& [name, facts] : manifest->files) done.bytes += facts.first;
  done.version = manifest->version;
  done.made_at = manifest->made_at;
  if (!options.key_file) done.needed_key = manifest->master_key;
  return done;
}

}  // namespace fettle::app
