// What the command line and the configuration decided, as plain values: `app` builds servers and agents from
// these and reads neither arguments nor files of configuration itself.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/base/secret.h"
#include "fettle/base/time.h"
#include "fettle/io/log.h"
#include "fettle/io/service_notice.h"

namespace fettle::cli {

struct ListenAddress {
  std::string address;     // "127.0.0.1" or "::1", without brackets
  std::uint16_t port = 0;  // 0: any free port, told in the ready file

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

struct LogOptions {
  io::LogLevel level = io::LogLevel::info;
  io::LogFormat format = io::LogFormat::text;
};

/// The server's own upkeep; a time or a number of 0 keeps for ever.
struct UpkeepOptions {
  bool is_on = true;
  std::chrono::hours interval{};
  std::vector<std::string> off;  // tasks
  std::chrono::days sessions{}, enrolment_tokens{}, invitations{}, host_states{}, audit{}, absent_hosts{},
      run_logs{}, ledger{}, commands{};
  std::int64_t runs_per_target = 0, commands_per_host = 0;
  std::int64_t copies = 0;
  std::chrono::hours between_copies{};
  std::string copy_folder;  // empty: in the data folder
};

struct ServerOptions {
  std::string data_folder;
  ListenAddress listen;
  std::string public_url;  // without a slash at the end; empty: from `listen`
  LogOptions log;
  Millis heartbeat_interval{};
  std::chrono::hours session_idle{};
  int event_days = 30;               // how long events and conditions are kept
  std::string event_level = "info";  // the least severe that is
  std::chrono::hours session_absolute{};
  std::chrono::hours keep_raw{}, keep_minutes{}, keep_hours{};  // of the history; 0: for ever
  bool speaks_tls = false;
  std::string tls_certificate, tls_key;      // files; empty: a certificate of the server's own making
  std::vector<std::string> trusted_proxies;  // addresses or networks "10.0.0.0/8"
  bool metrics_open_on_loopback = false;
  UpkeepOptions upkeep;
  io::ServicePlace service;        // where the service manager listens
  std::string credentials_folder;  // what it handed in (CREDENTIALS_DIRECTORY); empty: nothing
  /// The same sources read again (SIGHUP): `unprocessable` with every problem in its fields. Blocks for a
  /// file.
  std::function<Result<ServerOptions>()> read_again;
  std::optional<std::string> ready_file;  // gets one JSON line {"url", "setup_url"} when the server serves
};

/// A program that the server may have run, by the name of its table.
struct CommandOptions {
  std::vector<std::string> arguments;    // the first is the program, an absolute path
  std::vector<std::string> environment;  // "NAME=value", beside those that each program gets
  std::string folder = "/";
  std::string user;  // by name; empty: the agent's own
  Seconds deadline{60 * 60};

  friend bool operator==(const CommandOptions&, const CommandOptions&) = default;
};

/// What the server may ask of a host; what is not named here is refused.
struct PolicyOptions {
  Millis fastest_interval{1'000};
  Millis slowest_interval{60'000};
  std::map<std::string, CommandOptions> commands;

  friend bool operator==(const PolicyOptions&, const PolicyOptions&) = default;
};

struct AgentOptions {
  std::string data_folder;
  std::string server_url;       // instead of the one from enrolment; empty: that one
  std::string certificate_pin;  // "sha256:..." instead of those from enrolment, "none", or empty: those
  LogOptions log;
  std::uint64_t outbox_bytes = 0;
  PolicyOptions policy;
  std::function<Result<PolicyOptions>()> read_policy_again;  // from its file; any thread
  io::ServicePlace service;
  std::vector<std::string> labels;  // "key=value"
};

struct EnrolOptions {
  std::string url;
  Secret<std::string> token;
  std::string data_folder;
  std::optional<std::string> name;  // default: the machine's host name
  bool replaces = false;            // the identity that the folder holds
};

/// The running server's own data, or those of a folder.
struct BackupOptions {
  std::string archive;                     // the file that is made
  std::optional<std::string> data_folder;  // else from the server at `url`
  std::string url;
  Secret<std::string> bearer;
  std::optional<std::string> key_file;  // gets the master key, with a folder only
};

struct RestoreOptions {
  std::string archive;
  std::string data_folder;
  std::optional<std::string> key_file;  // holds the master key
};

struct AdminResetOptions {
  std::string data_folder;
  std::string url;  // of the page, for the link
};

struct SimulateOptions {
  std::string url;
  std::uint32_t hosts = 0;
  std::chrono::seconds duration{};
  std::chrono::minutes history{};  // what the hosts measured before they came, sent with its original times
  std::uint64_t seed = 0;          // of the numbers that are played
  Secret<std::string> bearer;      // makes enrolment tokens through the API, or
  std::vector<Secret<std::string>> enrolment_tokens;  // one for each host
  bool is_clean = false;                              // plays none, and removes what earlier plays left
  bool keep_hosts = false;                            // else what `bearer` enrolled is removed at the end
  std::optional<std::string> report_file;             // one JSON line a host: what was acknowledged last
};

}  // namespace fettle::cli
