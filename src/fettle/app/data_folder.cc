#include "fettle/app/data_folder.h"

namespace fettle::app {

Result<DataFolder> DataFolder::open(io::Files& files, const std::string& path) {
  const auto refuse = [&path](const std::string& why) {
    return fail(ErrorCode::io, "data_folder_refused", "the data folder " + path + " cannot be used: " + why);
  };
  if (auto made = files.make_folders(path); !made) return refuse(made.error().detail);
  auto lock = io::FileLock::take(path + "/lock");
  if (lock) return DataFolder(path, std::move(*lock));
  if (lock.error().code != ErrorCode::conflict) return refuse(lock.error().detail);
  return fail(ErrorCode::conflict, "data_in_use",
              lock.error().detail +
                  ": the data folder is in use; stop that process first, or name another folder "
                  "with --data");
}

}  // namespace fettle::app
