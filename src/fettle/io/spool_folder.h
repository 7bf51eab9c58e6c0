// The folder in which `fettle exec` leaves word, as the agent sees it: `SystemSpool` is the real one, the
// simulation has its own.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/io/folder_watch.h"
#include "fettle/io/spool.h"

namespace fettle::io {

class SpoolFolder {
 public:
  virtual ~SpoolFolder() = default;
  [[nodiscard]] virtual const std::string& path() const = 0;
  // These block: on a work queue.
  /// See list_spool() and read_spool().
  virtual Result<SpoolList> list(std::size_t most) = 0;
  virtual Result<SpoolPiece> read(const std::string& name, std::uint64_t offset, std::size_t most) = 0;
  virtual Result<> remove(const std::string& name) = 0;
  // On the loop.
  /// `on_change` is called when something has come, until forget(). Errors: `not_found`, `unavailable`.
  virtual Result<> watch(std::function<void()> on_change) = 0;
  virtual void forget() = 0;
};

class SystemSpool final : public SpoolFolder {
 public:
  SystemSpool(Loop& loop, std::string path) : loop_(loop), path_(std::move(path)) {}
  [[nodiscard]] const std::string& path() const override { return path_; }
  Result<SpoolList> list(std::size_t most) override;
  Result<SpoolPiece> read(const std::string& name, std::uint64_t offset, std::size_t most) override;
  Result<> remove(const std::string& name) override;
  Result<> watch(std::function<void()> on_change) override;
  void forget() override { watch_.reset(); }

 private:
  Loop& loop_;
  const std::string path_;
  std::unique_ptr<FolderWatch> watch_;
};

}  // namespace fettle::io
