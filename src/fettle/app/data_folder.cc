#include "fettle/app/data_folder.h"

namespace fettle::app {

Result<DataFolder> DataFolder::open(io::Files& files, const std::string& path) {
  if (auto made = files.make_folders(path); !made) return std::unexpected(std::move(made).error());
  auto lock = io::FileLock::take(path + "/lock");
  if (!lock) return std::unexpected(std::move(lock).error());
  return DataFolder(path, std::move(*lock));
}

}  // namespace fettle::app
