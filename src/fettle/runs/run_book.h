// The book of runs: those that are not over, in memory and in the store, changed together. A change is stored
// with its event, its steps and the lines of the log that came with it; memory, stream and conditions follow
// after the commit. Loop thread; the engine loads, starts and stops it.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fettle/io/async_event.h"
#include "fettle/io/log.h"
#include "fettle/io/loop.h"
#include "fettle/io/task_scope.h"
#include "fettle/runs/live_run.h"
#include "fettle/runs/run_figures.h"
#include "fettle/runs/run_ground.h"
#include "fettle/runs/run_news.h"
#include "fettle/store/store.h"

namespace fettle::runs {

/// What a run is from now on.
struct RunChange {
  Run run;                           // its steps count only where they are named below
  std::vector<std::uint32_t> steps;  // indices of those that changed
  /// In the same transaction (what was applied of an agent's reports). May be null. False: the change is no
  /// longer wanted, nothing happens.
  std::function<bool(store::Session&)> also;
};

class RunBook {
 public:
  explicit RunBook(const RunGround& ground);

  /// Who says whether the source of a run is still there: a host that was removed has no conditions. Before
  /// load().
  void set_source_check(std::function<bool(const Run&)> is_there) { is_source_there_ = std::move(is_there); }
  /// Reads what was live when the server ended, and says again what the last ends mean.
  Task<Result<>> load(const std::function<const Plan*(const std::string&)>& find_plan);
  void start();
  Task<void> stop();

  [[nodiscard]] LiveRun* find(const RunId& id);
  [[nodiscard]] const LiveRun* find(const RunId& id) const;
  [[nodiscard]] const LiveRun* holder(const std::string& target_kind, const std::string& target_id) const;
  void for_each(const std::function<void(LiveRun&)>& visit);
  /// Those on a host.
  [[nodiscard]] const std::set<RunId>& of_host(const HostId& host) const;
  [[nodiscard]] std::size_t size() const { return live_.size(); }
  [[nodiscard]] RunFigures figures() const;

  /// After the commit of its start.
  void add(Run run, const Plan* plan);
  /// Stores the change and returns when it is durable, trying again while the store refuses (a full disk): a
  /// run is never left live for want of a write. False: it is over or gone already, or the server stops.
  Task<bool> change(RunChange change);
  /// Once; for those who have an own way to try again.
  Task<Result<bool>> try_change(RunChange change);
  /// After the commit of the wish to end it.
  void note_cancel(const RunId& id, WallTime at, const std::string& by);
  void move_host(const HostId& host, const EnvironmentId& to);

  /// How far the present step is; not stored.
  void progress(const RunId& id, std::uint32_t step, const std::function<void(Step&)>& edit);
  void log(const RunId& id, LogLine line);

  void on_changed(std::function<void(const Run&)> listener) { listeners_.push_back(std::move(listener)); }

 private:
  struct Writing;
  std::shared_ptr<const Writing> prepare(RunChange change);
  bool write(store::Session& session, const std::shared_ptr<const Writing>& writing);
  void apply(const Writing& writing);
  void end(LiveRun& live);
  void judge(const Run& run);
  void tell_listeners(const Run& run);
  void put(std::unique_ptr<LiveRun> live);
  void something_waits(const RunId& id);
  Task<void> tick_forever();
  Task<void> store_lines(std::vector<RunId> of);
  Task<void> watch_forever();
  Task<void> pack_forever();
  Task<Result<>> pack(RunId id);

  RunGround ground_;
  RunNews news_;
  std::unordered_map<RunId, std::unique_ptr<LiveRun>> live_;
  std::map<std::pair<std::string, std::string>, RunId> holders_;  // by kind and id of the target
  std::map<HostId, std::set<RunId>> by_host_;
  std::set<RunId> waiting_;  // have something to be told or stored with the next tick
  RunFigures figures_;       // without `live`
  std::function<bool(const Run&)> is_source_there_;
  std::vector<std::function<void(const Run&)>> listeners_;
  io::AsyncEvent waits_;    // there is a waiting one
  io::AsyncEvent to_pack_;  // a run has ended
  bool is_stopping_ = false;
  io::TaskScope tasks_;
};

}  // namespace fettle::runs
