#include "fettle/app/agent.h"

#include <csignal>
#include <map>

#include "fettle/agent/agent_service.h"
#include "fettle/agent/outbox/file_outbox.h"
#include "fettle/agent/sense/proc_sensor.h"
#include "fettle/app/data_folder.h"
#include "fettle/app/exec_check.h"
#include "fettle/app/loop_end.h"
#include "fettle/app/service_watch.h"
#include "fettle/app/version.h"
#include "fettle/base/encoding.h"
#include "fettle/io/asio_loop.h"
#include "fettle/io/exit_limit.h"
#include "fettle/io/folder_facts.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/program_pages.h"
#include "fettle/io/signals.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/system_files.h"
#include "fettle/io/system_process.h"
#include "fettle/io/system_random.h"
#include "fettle/io/users.h"
#include "fettle/io/work_queue.h"
#include "fettle/net/ws_dialer.h"

namespace fettle::app {
namespace {

/// R5: the goodbye and the last write, well within 20 s.
constexpr Seconds kStopGrace{5};
/// For threads to end that may wait for a mount or a disk.
constexpr Seconds kExitGrace{2};

/// After the start and the handshake, and then now and again: who comes back to a server or carries out a run
/// leaves code behind that is not needed until the next time.
constexpr Seconds kStartLasts{60};
constexpr Seconds kBetweenReleases{600};

/// What each program finds in its environment; the policy adds to it, or says otherwise.
std::vector<std::string> environment_of(const io::UserFacts& user, const std::vector<std::string>& more) {
  std::vector<std::string> variables{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                     "LANG=C.UTF-8",
                                     "HOME=" + (user.home.empty() ? std::string("/") : user.home),
                                     "USER=" + user.name, "LOGNAME=" + user.name};
  for (const std::string& variable : more) {
    const std::string head = variable.substr(0, variable.find('=') + 1);
    std::erase_if(variables, [&head](const std::string& other) { return other.starts_with(head); });
    variables.push_back(variable);
  }
  return variables;
}

/// Fails when it names a user that is not there.
Result<agent::Policy> policy_of(const cli::PolicyOptions& options) {
  agent::Policy policy{.heartbeat = {options.fastest_interval, options.slowest_interval}, .work = {}};
  for (const auto& [name, command] : options.commands) {
    const auto user = command.user.empty() ? io::find_user(io::own_user()) : io::find_user(command.user);
    if (!command.user.empty() && !user)
      return fail(ErrorCode::unprocessable, "policy_user_unknown",
                  "the policy's command " + name + " is to run as " + command.user +
                      ", whom this host does not know");
    agent::Command& taken = policy.work.commands[name];
    taken = {.arguments = command.arguments,
             .environment = environment_of(user.value_or(io::UserFacts{}), command.environment),
             .folder = command.folder,
             .deadline = command.deadline};
    if (!command.user.empty() && user->uid != io::own_user())
      taken.user = agent::CommandUser{user->uid, user->gid};
  }
  return policy;
}

std::string make_exec_spool(io::Files& files, const std::string& data_folder) {
  std::string folder = exec_spool_of(data_folder, io::own_user());
  if (folder.starts_with(data_folder + "/"))
    ignore(files.make_folders(folder), "watching it says what is wrong");
  return folder;
}

/// Names one start of the agent's process to the server.
std::string make_boot_id(io::Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  random.fill(bytes);
  return hex_encode(bytes);
}

std::map<std::string, std::string> labels_of(const std::vector<std::string>& pairs) {
  std::map<std::string, std::string> labels;
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    labels[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return labels;
}

/// Everything that one agent is made of, in the order in which it is built.
struct AgentParts {
  AgentParts(const cli::AgentOptions& options, io::Log& log_to_use, agent::Identity identity,
             agent::Policy policy)
      : log(log_to_use),
        server_url(identity.server_url),
        notice(options.service),
        dialer(loop, clock, random, log),
        service({loop, clock, random, dialer, decoder}, log, std::move(identity), std::string(version()),
                std::make_unique<agent::ProcSensor>(loop, clock, log.with("sense"), agent::MachineRoots{},
                                                    agent::read_mount_space, labels_of(options.labels)),
                std::make_unique<agent::FileOutbox>(loop, clock, log.with("outbox"), files,
                                                    options.data_folder + "/outbox",
                                                    agent::OutboxLimits{.bytes = options.outbox_bytes}),
                std::move(policy), work_of(options)),
        starting(loop, log),
        watch(loop, log),
        tasks(loop, log) {
    service.keep_identity_with([this, folder = options.data_folder](const agent::Identity& changed) {
      tasks.spawn("agent.identity", keep_identity(*this, folder, changed));
    });
  }

  agent::AgentWork work_of(const cli::AgentOptions& options) {
    return {
        .book = std::make_unique<agent::RunBook>(loop, clock, log.with("runs"), files,
                                                 options.data_folder + "/runs", make_boot_id(random)),
        .runner = &programs,
        .look_at_disk = [this, folder = options.data_folder] { return look_at_disk(*this, folder); },
        .exec_spool = std::make_unique<io::SystemSpool>(loop, make_exec_spool(files, options.data_folder))};
  }

  static Task<Result<agent::DiskState>> look_at_disk(AgentParts& parts, std::string folder) {
    co_return co_await io::offload(parts.loop, parts.aside(), [folder]() -> Result<agent::DiskState> {
      FETTLE_TRY(const io::FolderFacts facts, io::look_at_folder(folder));
      return agent::DiskState{facts.free_bytes, facts.all_bytes, facts.free_inodes, facts.all_inodes};
    });
  }

  static Task<void> keep_identity(AgentParts& parts, std::string folder, agent::Identity identity) {
    // Only the pins: what the configuration says instead of the identity is not the identity's.
    auto write = [&files = parts.files, folder, pins = std::move(identity.pins)]() -> Result<> {
      FETTLE_TRY(agent::Identity stored, agent::load_identity(files, folder));
      stored.pins = pins;
      return agent::save_identity(files, folder, stored);
    };
    auto saved = co_await io::offload(parts.loop, parts.aside(), std::move(write));
    if (!saved) parts.log.error("the identity could not be written", {{"error", saved.error()}});
  }

  /// For what blocks, one after the other: who changes the identity reads what is stored and changes its
  /// part. Its thread is there only from the first time on: most agents never need it.
  io::WorkQueue& aside() {
    if (!aside_queue) aside_queue = loop.make_work_queue("agent.aside", 1, kWaitingAside);
    return *aside_queue;
  }

  static constexpr std::size_t kWaitingAside = 4;
  io::Log& log;
  const std::string server_url;
  io::ServiceNotice notice;
  io::SystemFiles files;
  io::AsioLoop loop;
  io::SystemClock clock{loop};
  io::SystemRandom random;
  wire::Decoder decoder;
  io::SystemProcessRunner programs{loop};
  net::WsDialer dialer;
  agent::AgentService service;
  std::unique_ptr<io::WorkQueue> aside_queue;
  bool is_stopping = false;
  std::optional<Error> fault;
  io::TaskScope starting;
  io::TaskScope watch;  // ends before the rest does
  io::TaskScope tasks;
};

/// Runs until it is cancelled.
Task<void> stay_small(io::Clock& clock) {
  for (Seconds pause = kStartLasts;; pause = kBetweenReleases) {
    co_await clock.sleep_for(pause);
    io::release_program_pages();
  }
}

Task<void> stop_agent(AgentParts& parts) {
  co_await parts.watch.stop();
  co_await parts.starting.stop();  // a disk that is slow at the start is not waited for
  co_await parts.service.stop(parts.clock.mono_now() + kStopGrace);
  co_await parts.dialer.stop();
  parts.log.info("stopped");
  stop_after_this_task(parts.loop);
}

void begin_stop(AgentParts& parts) {
  if (std::exchange(parts.is_stopping, true)) return;
  parts.notice.stopping();
  parts.log.info("stopping");
  parts.tasks.spawn("agent.stop", stop_agent(parts));
}

Task<void> keep_key(AgentParts& parts, std::string folder, Key256 seed) {
  auto write = [&files = parts.files, folder, seed]() -> Result<> {
    FETTLE_TRY(agent::Identity stored, agent::load_identity(files, folder));
    return agent::commit_next_key(files, folder, std::move(stored), seed);
  };
  auto kept = co_await io::offload(parts.loop, parts.aside(), std::move(write));
  if (!kept) parts.log.error("the new key stays beside the identity for now", {{"error", kept.error()}});
}

/// Goes on with a change of keys that was begun, by rotate-key or before a crash.
Task<void> look_for_key(AgentParts& parts, std::string folder) {
  auto found = co_await io::offload(parts.loop, parts.aside(), [&files = parts.files, folder] {
    return Result<std::optional<Key256>>(agent::load_next_key(files, folder));
  });
  if (found && *found) parts.service.change_key(**found);
}

/// SIGHUP: a command that was added can be run without a restart, which would interrupt what runs.
Task<void> reload_policy(AgentParts& parts, std::function<Result<cli::PolicyOptions>()> read_again) {
  auto policy = co_await io::offload(parts.loop, parts.aside(),
                                     [read_again = std::move(read_again)]() -> Result<agent::Policy> {
                                       FETTLE_TRY(const cli::PolicyOptions read, read_again());
                                       return policy_of(read);
                                     });
  if (!policy) {
    parts.log.error("the policy was not read again; what was in force stays", {{"error", policy.error()}});
    co_return;
  }
  parts.log.info("the policy was read again", {{"commands", policy->work.commands.size()}});
  parts.service.set_policy(std::move(*policy));
}

Task<void> start_agent(AgentParts& parts) {
  auto started = co_await parts.service.start();
  if (started) {
    parts.notice.ready("measuring for " + parts.server_url);
    parts.watch.spawn("agent.watchdog", feed_watchdog(parts.notice, parts.clock));
    parts.watch.spawn("agent.memory", stay_small(parts.clock));
    co_return;
  }
  parts.fault = std::move(started).error();
  begin_stop(parts);
}

}  // namespace

Result<> run_agent(const cli::AgentOptions& options) {
  io::Log log(std::make_shared<io::StderrSink>(options.log.format, options.log.level), "agent");
  io::SystemFiles files;
  // Looked for before the lock too, so that a mistyped folder is not made.
  if (auto found = agent::load_identity(files, options.data_folder); !found)
    return std::unexpected(std::move(found).error());
  FETTLE_TRY(const DataFolder folder, DataFolder::open(files, options.data_folder));
  FETTLE_TRY(agent::Identity identity, agent::load_identity(files, options.data_folder));
  if (!options.server_url.empty()) {
    FETTLE_TRY(identity.server_url, agent::parse_server_url(options.server_url));
  }
  if (!options.certificate_pin.empty()) {
    const auto pin = parse_pin(options.certificate_pin);
    identity.pins = pin ? std::vector{*pin} : std::vector<CertificatePin>();
  }
  log.info("agent starts",
           {{"host", identity.host_id}, {"server", identity.server_url}, {"version", version()}});
  const auto next_key = agent::load_next_key(files, options.data_folder);
  FETTLE_TRY(agent::Policy policy, policy_of(options.policy));
  AgentParts parts(options, log, std::move(identity), std::move(policy));
  parts.service.on_new_key([&parts, &options](const Key256& seed) {
    // What is not kept now is found at the next start: then the old key is refused and the new one tried.
    if (!parts.is_stopping) parts.starting.spawn("agent.key", keep_key(parts, options.data_folder, seed));
  });
  if (next_key) parts.service.change_key(*next_key);
  const io::Signals signals(parts.loop, [&parts, &options](int signal) {
    if (signal != SIGHUP) return begin_stop(parts);
    if (parts.is_stopping) return;
    parts.starting.spawn("agent.key", look_for_key(parts, options.data_folder));
    parts.starting.spawn("agent.policy", reload_policy(parts, options.read_policy_again));
  });
  parts.starting.spawn("agent.start", start_agent(parts));
  parts.loop.run();
  io::limit_exit(kExitGrace, parts.fault ? 1 : 0);
  if (parts.fault) return std::unexpected(*parts.fault);
  return {};
}

}  // namespace fettle::app
