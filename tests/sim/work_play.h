// Runs on a simulated server and on real agents of simulated hosts, while words are lost, late and repeated,
// both sides crash and stop, disks fail, clocks step, hosts move and are removed, and run commands of their
// own (fettle exec). Then all heals, and everything that was begun must have come to an end: done at most
// once, never beside another of its target, told as it was, where its host is, and no lock left.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fettle/io/log_sink.h"
#include "fettle/io/sim/sim_disk.h"
#include "fettle/io/task_scope.h"
#include "tests/sim/sim_agent.h"
#include "tests/sim/sim_server.h"
#include "tests/support/sim_channel.h"

namespace fettle::sim {

struct WorkVerdict {
  std::string fault;  // empty when every invariant held
  std::uint64_t trace = 0;
  std::map<std::string, std::uint64_t> ends;  // how many runs ended in each state
};

class WorkPlay {
 public:
  explicit WorkPlay(std::uint64_t seed);
  ~WorkPlay();
  WorkVerdict run();

  static constexpr unsigned kAgents = 3;
  static constexpr std::uint32_t kSteps = 3;
  static constexpr Seconds kAbandonAfter{120};

 private:
  /// What was seen of a run that this play began.
  struct Seen {
    std::optional<runs::Run> end;  // the first final state that was read: it never changes again
  };
  /// A command that a host ran by itself.
  struct Exec {
    const SimAgent* agent = nullptr;
    std::uint32_t lines = 0;  // that it wrote
    std::optional<int> code;  // its end is on the disk of its host
  };
  void start_server();
  void end_server(bool is_crash);
  std::unique_ptr<SimAgent> enrol(unsigned number);
  void add_server_plans(runs::RunService& service);
  void add_host_plans(agent::RunDesk& desk, unsigned number);
  void play();
  void begin_run();
  void begin_run_on(const std::string& kind, const std::string& id);
  void cancel_run();
  void begin_exec(SimAgent& agent);
  Task<void> exec(SimAgent& agent, std::string id);
  void move_host(SimAgent& agent);
  void replace_host(unsigned number);
  void heal();
  void finish();
  // the invariants
  void check();
  void check_run(const runs::Run& run);
  void check_log(const runs::Run& run);
  void check_exec(const std::string& id);
  [[nodiscard]] bool is_idle() const;
  void check_healed();
  void fail(const std::string& what) {
    if (verdict_.fault.empty()) verdict_.fault = what;
  }
  template <class T>
  T await(Task<T> task) {
    return loop_.run(std::move(task), Seconds(900));
  }
  void await(Task<void> task) { loop_.run(std::move(task), Seconds(900)); }

  Task<agent::StepEnd> host_step(agent::StepTools& tools, std::string name, unsigned number,
                                 std::shared_ptr<unsigned> runs_inside);
  Task<Result<runs::StepOutcome>> server_step(runs::StepContext& context, std::string name);

  WorkVerdict verdict_;
  io::SimLoop loop_;
  io::SimRandom chance_;
  std::shared_ptr<io::MemorySink> sink_ = std::make_shared<io::MemorySink>(io::LogLevel::warn);
  io::Log log_;
  io::SimClock clock_;
  io::SimDisk disk_;
  testing::SimNetwork network_;
  std::unique_ptr<SimServer> server_;
  std::vector<std::unique_ptr<SimAgent>> agents_;
  std::vector<std::unique_ptr<SimAgent>> gone_;  // whose hosts were removed
  io::TaskScope tasks_{loop_, log_};
  std::map<runs::RunId, Seen> runs_;               // that were accepted
  std::map<std::string, unsigned> begun_;          // "tag step": how often it was carried out
  std::map<std::string, std::string> tag_of_run_;  // by id
  std::map<std::string, Exec> execs_;              // by the id of their run
  std::uint64_t lives_ = 0, tags_ = 0, hosts_ = 0;
  bool may_last_ = true;  // steps, longer than a host may be away
};

}  // namespace fettle::sim
