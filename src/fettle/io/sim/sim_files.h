// Files on a SimDisk, as one life of a simulated machine sees them. After a crash of the disk every call
// fails with `io` and changes nothing: the next life makes a SimFiles of its own.
#pragma once
#include "fettle/io/files.h"
#include "fettle/io/sim/sim_disk.h"

namespace fettle::io {

class SimFiles final : public Files {
 public:
  explicit SimFiles(SimDisk& disk) : disk_(disk), life_(disk.life()) {}

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<> make_folders(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& folder) override;
  Result<std::string> read_all(const std::string& path, std::size_t limit_bytes) override;
  Result<> write_atomically(const std::string& path, std::string_view content) override;
  Result<> remove(const std::string& path) override;
  Result<> sync_folder(const std::string& folder) override;
  Result<std::uint64_t> free_bytes(const std::string& path) override;

 private:
  [[nodiscard]] Result<> alive() const;

  SimDisk& disk_;
  const std::uint64_t life_;
};

}  // namespace fettle::io
