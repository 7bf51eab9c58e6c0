#include "fettle/io/sim/sim_files.h"

namespace fettle::io {
namespace {

Result<> check_life(const SimDisk& disk, std::uint64_t life) {
  if (disk.life() == life) return {};
  return fail(ErrorCode::io, "disk_gone", "simulated: the machine has crashed since");
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, std::max<std::size_t>(slash, 1));
}

class SimFile final : public File {
 public:
  SimFile(SimDisk& disk, SimDisk::Node node) : disk_(disk), life_(disk.life()), node_(std::move(node)) {}

  Result<> append(std::span<const std::uint8_t> bytes) override {
    if (auto alive = check_life(disk_, life_); !alive) return alive;
    return disk_.write(node_, node_->bytes.size(), bytes);
  }
  Result<std::vector<std::uint8_t>> read(std::uint64_t offset, std::size_t size) override {
    if (auto alive = check_life(disk_, life_); !alive) return std::unexpected(std::move(alive).error());
    const std::uint64_t left = offset < node_->bytes.size() ? node_->bytes.size() - offset : 0;
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(std::min<std::uint64_t>(size, left)));
    FETTLE_TRY(const std::size_t count, disk_.read(node_, offset, bytes));
    bytes.resize(count);
    return bytes;
  }
  Result<> sync() override {
    if (auto alive = check_life(disk_, life_); !alive) return alive;
    return disk_.sync(node_);
  }
  Result<> truncate(std::uint64_t size) override {
    if (auto alive = check_life(disk_, life_); !alive) return alive;
    return disk_.truncate(node_, size);
  }
  [[nodiscard]] std::uint64_t size() const override { return node_->bytes.size(); }

 private:
  SimDisk& disk_;
  const std::uint64_t life_;
  SimDisk::Node node_;
};

}  // namespace

Result<> SimFiles::alive() const {
  return check_life(disk_, life_);
}

Result<std::unique_ptr<File>> SimFiles::open(const std::string& path, OpenMode mode) {
  if (auto living = alive(); !living) return std::unexpected(std::move(living).error());
  FETTLE_TRY(SimDisk::Node node, disk_.open(path, mode == OpenMode::append_or_create));
  return std::make_unique<SimFile>(disk_, std::move(node));
}

Result<> SimFiles::make_folders(const std::string& path) {
  if (auto living = alive(); !living) return living;
  return disk_.make_folders(path);
}

Result<std::vector<std::string>> SimFiles::list(const std::string& folder) {
  if (auto living = alive(); !living) return std::unexpected(std::move(living).error());
  return disk_.names_in(folder).value_or(std::vector<std::string>{});
}

Result<std::string> SimFiles::read_all(const std::string& path, std::size_t limit_bytes) {
  FETTLE_TRY(auto file, open(path, OpenMode::read));
  if (file->size() > limit_bytes) {
    return fail(ErrorCode::too_large, "file_too_large",
                path + " is larger than " + std::to_string(limit_bytes) + " bytes");
  }
  FETTLE_TRY(const auto bytes, file->read(0, static_cast<std::size_t>(file->size())));
  return std::string(bytes.begin(), bytes.end());
}

Result<> SimFiles::write_atomically(const std::string& path, std::string_view content) {
  const std::string aside = path + ".new";
  {
    FETTLE_TRY(auto file, open(aside, OpenMode::append_or_create));
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(content.data());
    auto written = file->truncate(0);
    if (written) written = file->append({bytes, content.size()});
    if (written) written = file->sync();
    if (!written) {
      ignore(remove(aside), "the first error is the one to tell");
      return written;
    }
  }
  if (auto living = alive(); !living) return living;
  if (auto renamed = disk_.rename(aside, path); !renamed) return renamed;
  return sync_folder(folder_of(path));
}

Result<> SimFiles::remove(const std::string& path) {
  if (auto living = alive(); !living) return living;
  return disk_.remove(path);
}

Result<> SimFiles::sync_folder(const std::string& folder) {
  if (auto living = alive(); !living) return living;
  return disk_.sync_folder(folder == "." ? "" : folder);
}

Result<std::uint64_t> SimFiles::free_bytes(const std::string& path) {
  if (auto living = alive(); !living) return std::unexpected(std::move(living).error());
  static_cast<void>(path);
  return disk_.free_bytes();
}

}  // namespace fettle::io
