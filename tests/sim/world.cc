#include "tests/sim/world.h"

#include <cstdio>

#include "fettle/access/builtin.h"

namespace fettle::sim {
namespace {

constexpr Seconds kLimit{600};

testing::SimFaults rough_network(io::SimRandom& chance) {
  testing::SimFaults faults;
  faults.most_delay = Millis(1 + chance.below(2'000));
  faults.cut = static_cast<unsigned>(chance.below(4));
  faults.duplicated = static_cast<unsigned>(chance.below(6));
  faults.reordered = static_cast<unsigned>(chance.below(6));
  faults.refused = static_cast<unsigned>(chance.below(30));
  return faults;
}

}  // namespace

World::World(std::uint64_t seed, WorldShape shape)
    : shape_(shape),
      loop_(seed),
      chance_(loop_.random().stream(7)),
      sink_(std::make_shared<io::MemorySink>(io::LogLevel::warn)),
      log_(sink_, "sim"),
      clock_(loop_),
      disk_(loop_.random().stream(8)),
      network_(loop_, clock_, log_, loop_.random().stream(9)) {}

World::~World() = default;

void World::note(std::string_view what) {
  loop_.trace(what);
  if (shape_.verbose) {
    const auto at = std::chrono::duration_cast<Millis>(loop_.now().time_since_epoch()).count();
    std::printf("%8.3f %.*s\n", static_cast<double>(at) / 1000, static_cast<int>(what.size()), what.data());
  }
}

void World::tell_log() const {
  for (const io::MemorySink::Entry& entry : sink_->entries()) {
    std::printf("log: %s %s", entry.component.c_str(), entry.message.c_str());
    for (const auto& [key, value] : entry.fields) std::printf(" %s=%s", key.c_str(), value.c_str());
    std::printf("\n");
  }
}

Verdict World::run() {
  begin();
  for (unsigned i = 0; i < shape_.faults && !has_failed(); ++i) {
    loop_.run_for(Millis(200 + chance().below(5'000)));
    play_fault();
    check_step();
  }
  if (!has_failed()) heal();
  if (!has_failed()) check_healed();
  finish();
  if (!has_failed()) check_history();
  verdict_.trace = loop_.trace_hash();
  if (shape_.verbose) tell_log();
  for (const auto& agent : agents_) verdict_.heartbeats += agent->promises.appended.size();
  return verdict_;
}

void World::begin() {
  start_server();
  if (!has_failed()) enrol_agents();
  for (unsigned i = 0; i < shape_.pages; ++i) {
    std::vector<EnvironmentId> environments;
    if (i % 3 != 1) environments.push_back(access::kDefaultEnvironment);
    if (i % 3 != 0) environments.push_back(access::kSystemEnvironment);
    pages_.push_back(std::make_unique<SimPage>(loop_, "page-" + std::to_string(i), environments));
    if (server_) pages_.back()->connect(server_->hub);
  }
}

void World::enrol_agents() {
  for (unsigned i = 0; i < shape_.agents; ++i) {
    const EnvironmentId environment = i % 3 == 2 ? access::kSystemEnvironment : access::kDefaultEnvironment;
    agent::Identity identity;
    identity.name = "host-" + std::to_string(i);
    identity.server_id = "server_sim";
    identity.server_url = "http://sim";
    io::SimRandom seed = loop_.random().stream(100 + i);
    identity.seed = agent::make_seed(seed);
    auto token = loop_.run(
        server_->fleet.enrolment().make_token({"person", "", "sim", ""}, environment, std::nullopt), kLimit);
    if (!token) return fail("no enrolment token: " + token.error().detail);
    const PublicKey key = make_signing_key(identity.seed).public_key;
    fleet::EnrolFacts facts{token->text, {key.begin(), key.end()}, identity.name, std::nullopt, "sim"};
    auto host = loop_.run(server_->fleet.enrolment().enrol(facts), kLimit);
    if (!host) return fail("not enrolled: " + host.error().detail);
    identity.host_id = host->id.text();
    identity.environment_id = host->environment.text();
    agents_.push_back(std::make_unique<SimAgent>(loop_, loop_.random().stream(200 + i),
                                                 network_.dialer(identity.name), log_, identity, i + 1));
    loop_.run(agents_.back()->start(), kLimit);
    ++verdict_.agent_lives;
  }
}

void World::start_server() {
  ++verdict_.server_lives;
  check_journal();
  server_ = std::make_unique<SimServer>(loop_, clock_, disk_,
                                        loop_.random().stream(1'000 + verdict_.server_lives), log_);
  const bool serves = loop_.run(server_->start(), kLimit);
  note(serves ? "server serves" : "server cannot start");
  if (!serves) return end_server_life();
  check_stored();
  network_.set_server(
      [this](std::unique_ptr<net::MessageChannel> channel) { server_->accept(std::move(channel)); });
  for (const auto& page : pages_) page->connect(server_->hub);
}

void World::end_server_life() {
  network_.set_server(nullptr);
  network_.cut_all();
  for (const auto& page : pages_) page->cut();
  loop_.run(server_->stop(), kLimit);
  server_.reset();
}

void World::stop_server() {
  if (!server_) return;
  note("server stops");
  network_.set_server(nullptr);
  loop_.run(server_->stop(), kLimit);
  network_.cut_all();
  for (const auto& page : pages_) page->cut();
  server_.reset();
}

void World::crash_server() {
  if (!server_) return;
  note("server crashes");
  disk_.crash();
  end_server_life();
}

SimAgent& World::any_agent() {
  return *agents_[chance().below(agents_.size())];
}

void World::play_fault() {
  SimAgent& agent = any_agent();
  switch (chance().below(17)) {
    case 0:
      return crash_server();
    case 1:
      return stop_server();
    case 2:
      note("agent crashes");
      if (agent.is_running()) loop_.run(agent.crash(), kLimit);
      return;
    case 3:
      note("agent stops");
      if (agent.is_running()) loop_.run(agent.stop(), kLimit);
      return;
    case 4:
      note("host reboots");
      if (agent.is_running()) loop_.run(agent.reboot(), kLimit);
      return;
    case 5:
      note("partition");
      return network_.partition(agent.identity.name);
    case 6:
      note("partitions heal");
      return network_.heal_all();
    case 7: {
      note("agent's clock steps");
      const auto by = static_cast<std::int64_t>(chance().below(7'200)) - 3'600;
      return agent.clock.step_wall(Seconds(by));
    }
    case 8: {
      note("server's clock steps");
      const auto by = static_cast<std::int64_t>(chance().below(600)) - 300;
      return clock_.step_wall(Seconds(by));
    }
    case 9:
      note("network changes");
      return network_.set_faults(rough_network(chance()));
    case 10:
      note("slow disks");
      return loop_.set_work_delay("", {Nanos(0), Millis(1 + chance().below(3'000))});
    case 11:
      note("fast disks");
      return loop_.set_work_delay("", {});
    case 12:
      note("a write of the server fails");
      return disk_.fail_next(chance().chance(50) ? io::DiskCall::sync : io::DiskCall::write,
                             1 + chance().below(8));
    case 13:
      note("the server's disk is full");
      return disk_.set_capacity(disk_.used() + chance().below(20'000));
    case 14:
    case 15:
      return change_rights();
    default:
      note("the server's disk has space");
      return disk_.set_capacity(std::nullopt);
  }
}

void World::change_rights() {
  if (!server_ || pages_.empty()) return;
  SimPage& page = *pages_[chance().below(pages_.size())];
  const std::uint64_t luck = chance().below(4);
  note(luck == 0 ? "a session ends" : "rights change");
  std::vector<EnvironmentId> seen;
  if (luck != 1) seen.push_back(access::kDefaultEnvironment);
  if (luck != 2) seen.push_back(access::kSystemEnvironment);
  const std::string fault =
      luck == 0 ? page.end_session(server_->hub) : page.rescope(server_->hub, std::move(seen));
  if (!fault.empty()) fail(fault);
}

std::string World::links() const {
  std::string out;
  for (const auto& agent : agents_) {
    const agent::AgentFigures figures = agent->figures();
    const auto& appended = agent->promises.appended;
    out += " " + agent->identity.name + " link " + std::to_string(static_cast<int>(figures.link.state)) +
           " (" + figures.link.last_end + ") at " + std::to_string(agent->promises.acknowledged.boot) + "/" +
           std::to_string(agent->promises.acknowledged.sequence);
    if (!appended.empty())
      out += " of " + std::to_string(appended.rbegin()->first.boot) + "/" +
             std::to_string(appended.rbegin()->first.sequence);
    out += ";";
  }
  return out;
}

void World::heal() {
  note("all heals");
  disk_.set_capacity(std::nullopt);
  loop_.set_work_delay("", {});
  network_.set_faults({});
  network_.heal_all();
  // A call that was told to fail may still be to come; whoever runs a server restarts it then.
  for (int i = 0; i < 10 && !has_failed(); ++i) {
    if (server_ && server_->has_failed()) crash_server();
    if (!server_) start_server();
    loop_.run_for(Seconds(2));
  }
  if (has_failed()) return;
  if (!server_) return fail("the server does not start on a healthy disk");
  for (const auto& agent : agents_) {
    if (!agent->is_running()) loop_.run(agent->start(), kLimit);
  }
  const auto all_acknowledged = [this] {
    for (const auto& agent : agents_) {
      const auto& appended = agent->promises.appended;
      if (appended.empty() || agent->promises.acknowledged < appended.rbegin()->first) return false;
    }
    return true;
  };
  for (int i = 0; i < 9 && !has_failed(); ++i) {
    loop_.run_for(Seconds(10));
    check_pages();
    if (!server_->has_failed()) continue;
    crash_server();
    start_server();
    if (!server_) return fail("the server does not start on a healthy disk");
  }
  if (!loop_.run_until(all_acknowledged, Seconds(60)))
    fail("after healing, heartbeats stay unacknowledged:" + links());
}

void World::finish() {
  for (const auto& agent : agents_) {
    if (agent->is_running()) loop_.run(agent->stop(), kLimit);
  }
  for (const auto& page : pages_) page->cut();
  if (server_) stop_server();
  loop_.run(network_.stop(), kLimit);
}

}  // namespace fettle::sim
