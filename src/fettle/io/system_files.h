// The real file system. Thread safe as far as different files go; one File belongs to one thread at a time.
#pragma once
#include "fettle/io/files.h"

namespace fettle::io {

class SystemFiles final : public Files {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<> make_folders(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& folder) override;
  Result<std::string> read_all(const std::string& path, std::size_t limit_bytes) override;
  Result<> write_atomically(const std::string& path, std::string_view content) override;
  Result<> remove(const std::string& path) override;
  Result<> sync_folder(const std::string& folder) override;
  Result<std::uint64_t> free_bytes(const std::string& path) override;
};

}  // namespace fettle::io
