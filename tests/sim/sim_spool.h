// The spool of `fettle exec` on a simulated host: files that are appended to while their writer lives, that
// survive the agent, and of which a machine without power loses what was not synced. Loop thread.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "fettle/agent/act/run_store.h"
#include "fettle/io/sim/sim_random.h"
#include "fettle/io/spool_folder.h"

namespace fettle::sim {

class SimSpool {
 public:
  /// A command has begun: its file is there, and says so.
  void begin(const wire::RunOpened& opened);
  void write(const std::string& id, std::int64_t at_ms, const std::string& text);
  /// Its writer says how it ended, syncs, and goes.
  void end(const std::string& id, std::int64_t at_ms, int exit_code);
  /// Its writer is killed.
  void kill_writer(const std::string& id);
  [[nodiscard]] bool has_writer(const std::string& id) const;
  /// The machine goes: all writers with it, and of what they had not synced a part.
  void lose_power(io::SimRandom& chance);
  /// What an agent that has ended still does has no effect, and it hears of nothing any more.
  void end_life() {
    ++life_;
    on_change_ = {};
  }
  [[nodiscard]] std::size_t size() const { return files_.size(); }

  /// As one life of the agent sees it; the spool outlives it.
  std::unique_ptr<io::SpoolFolder> folder();

 private:
  class Folder;
  struct File {
    std::string bytes;
    std::size_t synced = 0;
    bool has_writer = true;
  };
  File* find(const std::string& id);
  void changed();

  std::map<std::string, File> files_;  // by name
  std::uint64_t life_ = 0;
  std::function<void()> on_change_;
};

}  // namespace fettle::sim
