#include "tests/sim/sim_spool.h"

#include "fettle/agent/act/run_frame.h"

namespace fettle::sim {
namespace {

using agent::append_run_frame;
using agent::RunFrameKind;

std::string name_of(const std::string& id) {
  return id + std::string(io::kSpoolEnding);
}

}  // namespace

class SimSpool::Folder final : public io::SpoolFolder {
 public:
  explicit Folder(SimSpool& spool) : spool_(spool), life_(spool.life_) {}
  [[nodiscard]] const std::string& path() const override { return path_; }
  Result<io::SpoolList> list(std::size_t most) override {
    io::SpoolList list{.files = {}, .is_whole = spool_.files_.size() <= most};
    for (const auto& [name, file] : spool_.files_)
      if (list.files.size() < most) list.files.push_back({name, 0, file.bytes.size()});
    return list;
  }
  Result<io::SpoolPiece> read(const std::string& name, std::uint64_t offset, std::size_t most) override {
    const auto file = spool_.files_.find(name);
    if (file == spool_.files_.end()) return fail(ErrorCode::not_found, "file_unreadable", name + " is gone");
    const std::string& bytes = file->second.bytes;
    const auto from = static_cast<std::size_t>(std::min<std::uint64_t>(offset, bytes.size()));
    return io::SpoolPiece{
        .bytes = bytes.substr(from, most), .size = bytes.size(), .has_writer = file->second.has_writer};
  }
  Result<> remove(const std::string& name) override {
    if (life_ == spool_.life_) spool_.files_.erase(name);
    return {};
  }
  Result<> watch(std::function<void()> on_change) override {
    spool_.on_change_ = std::move(on_change);
    return {};
  }
  void forget() override {
    if (life_ == spool_.life_) spool_.on_change_ = {};
  }

 private:
  SimSpool& spool_;
  const std::uint64_t life_;
  const std::string path_ = "spool";
};

std::unique_ptr<io::SpoolFolder> SimSpool::folder() {
  return std::make_unique<Folder>(*this);
}

SimSpool::File* SimSpool::find(const std::string& id) {
  const auto at = files_.find(name_of(id));
  return at == files_.end() ? nullptr : &at->second;
}

void SimSpool::changed() {
  if (on_change_) on_change_();
}

void SimSpool::begin(const wire::RunOpened& opened) {
  append_run_frame(files_[name_of(opened.run_id)].bytes,
                   {.kind = RunFrameKind::opened, .payload = wire::encode(opened)});
  changed();
}

void SimSpool::write(const std::string& id, std::int64_t at_ms, const std::string& text) {
  File* file = find(id);
  if (file == nullptr || !file->has_writer) return;
  append_run_frame(file->bytes, {.kind = RunFrameKind::output,
                                 .first = static_cast<std::uint64_t>(at_ms),
                                 .second = 0,
                                 .payload = text});
  changed();
}

void SimSpool::end(const std::string& id, std::int64_t at_ms, int exit_code) {
  File* file = find(id);
  if (file == nullptr || !file->has_writer) return;
  append_run_frame(file->bytes, {.kind = RunFrameKind::ended,
                                 .first = static_cast<std::uint64_t>(at_ms),
                                 .second = static_cast<std::uint64_t>(exit_code),
                                 .payload = {}});
  file->synced = file->bytes.size();
  file->has_writer = false;
  changed();
}

void SimSpool::kill_writer(const std::string& id) {
  File* file = find(id);
  if (file == nullptr) return;
  file->has_writer = false;
  changed();
}

bool SimSpool::has_writer(const std::string& id) const {
  const auto at = files_.find(name_of(id));
  return at != files_.end() && at->second.has_writer;
}

void SimSpool::lose_power(io::SimRandom& chance) {
  for (auto at = files_.begin(); at != files_.end();) {
    File& file = at->second;
    file.has_writer = false;
    file.bytes.resize(file.synced + chance.below(file.bytes.size() - file.synced + 1));
    file.synced = file.bytes.size();
    at = file.bytes.empty() && chance.chance(50) ? files_.erase(at) : std::next(at);
  }
}

}  // namespace fettle::sim
