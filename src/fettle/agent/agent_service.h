// The agent: measures at every heartbeat, keeps what it measured in the outbox, and lets the link send it.
// Everything it touches is handed in, so that thousands of them can run in one process or a simulation. Loop
// thread; start() once, stop() before it goes.
#pragma once
#include "fettle/agent/act/exec_desk.h"
#include "fettle/agent/act/host_check.h"
#include "fettle/agent/act/run_desk.h"
#include "fettle/agent/alarm.h"
#include "fettle/agent/link.h"
#include "fettle/agent/policy_rules.h"
#include "fettle/agent/sense/sensor.h"
#include "fettle/io/process_runner.h"

namespace fettle::agent {

/// What agents of one process can share. References outlive the agents.
struct AgentWorld {
  io::Loop& loop;
  io::Clock& clock;
  io::Random& random;
  net::Dialer& dialer;
  wire::Decoder& decoder;
};

/// With what an agent carries out the server's orders. Without a book it takes none.
struct AgentWork {
  std::unique_ptr<RunBook> book;
  io::ProcessRunner* runner = nullptr;                    // borrowed; outlives the agent
  std::function<Task<Result<DiskState>>()> look_at_disk;  // of the agent's data
  std::unique_ptr<io::SpoolFolder> exec_spool;            // where fettle exec leaves word; null: nowhere
};

struct AgentFigures {
  LinkFigures link;
  RunDeskFigures work;
  ExecDeskFigures exec;
  OutboxFigures outbox;
  Millis interval{0};
  std::uint64_t beats = 0;
  std::uint64_t series = 0;
};

class AgentService {
 public:
  AgentService(const AgentWorld& world, io::Log log, Identity identity, std::string agent_version,
               std::unique_ptr<Sensor> sensor, std::unique_ptr<Outbox> outbox, Policy policy = {},
               AgentWork work = {});

  /// Who writes the identity down when it changes (new certificate pins), beside the loop. Before start().
  void keep_identity_with(std::function<void(const Identity&)> keep) { keep_identity_ = std::move(keep); }

  /// Opens the outbox, begins to measure and to dial. Fails when the outbox cannot be opened.
  Task<Result<>> start();
  /// Sends what is left, says goodbye, flushes. What cannot be sent in time stays on disk. Takes at most a
  /// few seconds past `deadline`, whatever disk and network do.
  Task<void> stop(MonoTime deadline);

  /// See Link::change_key; `on_new_key` is called when the server has it.
  void change_key(Key256 seed) { link_.change_key(std::move(seed)); }
  void on_new_key(std::function<void(const Key256&)> call) { on_new_key_ = std::move(call); }

  /// Counts from here on: what runs goes on as it began, what waits is held against it when its turn comes.
  void set_policy(Policy policy);

  [[nodiscard]] AgentFigures figures() const;
  /// Nothing where it takes no orders.
  [[nodiscard]] RunDesk* desk() { return desk_.get(); }

  static constexpr Millis kFirstInterval = Seconds(5);  // until the server says otherwise
  /// Soon, so that a host shows; late enough for the first look at the mounts.
  static constexpr Nanos kFirstBeat = Millis(300);
  /// For programs to take their signal when the agent stops.
  static constexpr Nanos kProgramsAtStop = Seconds(8);

 private:
  void beat();
  void set_interval(Millis asked);
  void schedule_beat();
  void add_plans(AgentWork& work);
  [[nodiscard]] std::vector<std::string> command_names() const;

  AgentWorld world_;
  io::Log log_;
  Policy policy_;
  const double phase_;
  std::unique_ptr<Sensor> sensor_;
  std::unique_ptr<Outbox> outbox_;
  std::function<void(const Identity&)> keep_identity_;
  std::function<void(const Key256&)> on_new_key_ = [](const Key256&) {};
  std::unique_ptr<RunDesk> desk_;
  std::unique_ptr<ExecDesk> exec_;
  Link link_;
  Millis asked_interval_ = kFirstInterval;
  Millis interval_;
  Reading reading_;
  wire::Inventory told_;  // the server knows it, by hello or heartbeat
  std::uint64_t beats_ = 0;
  bool is_running_ = false;
  Alarm alarm_;
  io::TaskScope tasks_;
};

}  // namespace fettle::agent
