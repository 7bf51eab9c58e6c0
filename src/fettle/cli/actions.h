// What the commands set in motion. `cli` stands below `app` and cannot name a server or an agent:
// `app/main.cc` fills these functions, tests fill them with their own. All of them block until they are done.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "fettle/base/result.h"
#include "fettle/cli/doctor.h"
#include "fettle/cli/options.h"

namespace fettle::cli {

/// A request to a server's API on behalf of a person at a terminal.
struct ApiRequest {
  std::string method = "GET";
  std::string url;             // absolute
  Secret<std::string> bearer;  // with a pin behind it where the server's certificate is of its own making
  std::string json_body;       // empty: none
  std::string accept;          // empty: JSON
  std::string last_event_id;
  Millis timeout{15'000};
};
struct ApiAnswer {
  int status = 0;
  std::string body;
};

struct EnrolDone {
  std::string host_id;
  std::string name;
  std::string environment_id;
};

/// How far a simulation is.
struct SimulateProgress {
  enum class Phase : std::uint8_t { enrolling, playing, removing };
  Phase phase = Phase::enrolling;
  std::uint64_t done = 0;  // hosts that were enrolled or removed; heartbeats acknowledged while it plays
  std::uint64_t hosts = 0;
  std::chrono::seconds left{};  // while it plays
};

struct SimulateDone {
  std::uint64_t hosts = 0;
  std::uint64_t heartbeats_sent = 0;
  std::uint64_t heartbeats_acknowledged = 0;
  std::uint64_t reconnects = 0;
  double ack_p50_ms = 0;
  double ack_p99_ms = 0;
  std::uint64_t hosts_removed = 0;  // from the fleet, at the end
  std::string why_hosts_stay;       // when they should have been removed and were not, or not all
};

struct BackupDone {
  std::uint64_t bytes = 0;  // of the archive
  std::uint64_t files = 0;  // 0: not known, it came from a server
  std::string needed_key;   // the name of the master key; empty: none, or not known
  bool is_key_kept = false;
};

struct RestoreDone {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::string version, made_at;  // of the copy
  std::string needed_key;        // that has still to be put in place; empty: none
};

/// `of` 0: nobody knows how much there will be.
using OnByteProgress = std::function<void(std::uint64_t done, std::uint64_t of)>;

/// What a walk over an audit log has found.
struct AuditCheck {
  bool intact = false;
  std::int64_t entries = 0;    // that are intact, from the first one on
  std::int64_t broken_at = 0;  // the first that is not; 0: entries that belong to no chain
  std::string detail;
};

/// What rotate-key found.
struct KeyChangeBegun {
  bool was_begun_before = false;
  bool is_agent_running = false;
};

struct Actions {
  std::function<Result<>(const ServerOptions&)> run_server;  // until it is told to stop
  std::function<Result<>(const AgentOptions&)> run_agent;    // until it is told to stop
  std::function<Result<EnrolDone>(const EnrolOptions&)> enrol;
  std::function<DoctorFindings(const ServerOptions&)> examine_server;
  std::function<DoctorFindings(const AgentOptions&)> examine_agent;
  std::function<DoctorFindings(const std::string& spool)> check_exec;
  std::function<bool(const std::string& path)> is_folder;
  /// Lays a new key beside the identity in this folder; the agent offers it to the server.
  std::function<Result<KeyChangeBegun>(const std::string& data_folder)> begin_key_change;
  /// Tells its progress with each phase, and about once a second.
  std::function<Result<SimulateDone>(const SimulateOptions&,
                                     const std::function<void(const SimulateProgress&)>& on_progress)>
      simulate;
  /// Of the data folder of a server that may be running. A broken chain is a success.
  std::function<Result<AuditCheck>(const std::string& data_folder)> check_audit;
  /// An answer of any status is a success; errors are `unavailable`, `timeout`, `io`.
  std::function<Result<ApiAnswer>(const ApiRequest&)> call_api;
  /// For answers that go on: a successful one is handed over as it comes (its `body` stays empty), until it
  /// ends or the function returns false. `timeout` counts to the head of the answer, and between two pieces.
  /// Errors as of call_api, and `cancelled` after SIGINT.
  std::function<Result<ApiAnswer>(const ApiRequest&, const std::function<bool(std::string_view)>& on_bytes)>
      stream_api;
  /// False when SIGINT or SIGTERM came meanwhile.
  std::function<bool(Millis)> pause;
  std::function<Result<BackupDone>(const BackupOptions&, const OnByteProgress&)> backup_self;
  std::function<Result<RestoreDone>(const RestoreOptions&, const OnByteProgress&)> restore_self;
  /// The link that makes the next administrator.
  std::function<Result<std::string>(const AdminResetOptions&)> admin_reset;
};

}  // namespace fettle::cli
