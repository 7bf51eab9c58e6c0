// A folder that stands for the root of a made-up machine: files written into it look like /proc and /sys.
#pragma once
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace fettle::agent {

class TemporaryRoot {
 public:
  TemporaryRoot() {
    std::string pattern = (std::filesystem::temp_directory_path() / "fettle-agent-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryRoot() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryRoot(const TemporaryRoot&) = delete;
  TemporaryRoot& operator=(const TemporaryRoot&) = delete;

  void write(const std::string& name, std::string_view content) const {
    const std::filesystem::path path = path_ / name;
    std::filesystem::create_directories(path.parent_path());
    // In place: a kept descriptor sees it, as with a file of the kernel.
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  }
  void remove(const std::string& name) const { std::filesystem::remove(path_ / name); }
  [[nodiscard]] std::string at(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace fettle::agent
