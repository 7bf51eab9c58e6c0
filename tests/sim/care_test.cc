// Hosts that are renamed, moved, enrolled anew and given other keys, and rivals with one token, while links
// are cut, machines crash and the server starts again; then one of them is copied. A failure names its seed;
// FETTLE_CARE_SEED=<n> plays that one alone, FETTLE_CARE_SEEDS=<count> more of them (./dev soak care).
#include <gtest/gtest.h>

#include <cstdlib>
#include <utility>

#include "fettle/access/builtin.h"
#include "fettle/base/crypto.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/sim/sim_disk.h"
#include "tests/sim/sim_agent.h"
#include "tests/sim/sim_server.h"
#include "tests/support/sim_channel.h"

namespace fettle::sim {
namespace {

constexpr Seconds kLimit{600};
constexpr unsigned kAgents = 3;
constexpr unsigned kSteps = 14;
const access::Actor kPerson{"person", "", "sim", ""};

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class CarePlay {
 public:
  explicit CarePlay(std::uint64_t seed)
      : loop_(seed),
        chance_(loop_.random().stream(7)),
        log_(sink_, "sim"),
        clock_(loop_),
        disk_(loop_.random().stream(8)),
        network_(loop_, clock_, log_, loop_.random().stream(9)) {}

  /// What was wrong; empty when nothing was.
  std::string run() {
    start_server();
    for (unsigned i = 0; i < kAgents; ++i) enrol(i);
    testing::SimFaults faults;
    faults.most_delay = Millis(1 + chance_.below(1500));
    faults.cut = static_cast<unsigned>(chance_.below(4));
    faults.refused = static_cast<unsigned>(chance_.below(20));
    network_.set_faults(faults);
    for (unsigned step = 0; step < kSteps && fault_.empty(); ++step) {
      loop_.run_for(Millis(100 + chance_.below(20'000)));
      play(*agents_[chance_.below(kAgents)]);
      check_no_lock("in step " + std::to_string(step));
    }
    heal();
    if (fault_.empty()) copy();
    finish();
    return fault_;
  }

 private:
  fleet::Fleet& fleet() { return server_->fleet; }
  template <class T>
  T await(Task<T> task) {
    return loop_.run(std::move(task), kLimit);
  }
  fleet::LiveHost* host_of(const SimAgent& agent) {
    return fleet().roster().find(*HostId::parse(agent.identity.host_id));
  }
  void fail(std::string what) {
    if (fault_.empty()) fault_ = std::move(what);
  }

  void start_server() {
    server_ = std::make_unique<SimServer>(loop_, clock_, disk_, loop_.random().stream(1000 + lives_++), log_);
    if (!await(server_->start())) fail("the server does not start");
    network_.set_server(
        [this](std::unique_ptr<net::MessageChannel> channel) { server_->accept(std::move(channel)); });
  }
  /// `guests` use it, and end before it goes.
  void end_server(io::TaskScope* guests = nullptr) {
    network_.set_server(nullptr);
    network_.cut_all();
    await(server_->stop());
    if (guests != nullptr) await(guests->stop());
    server_.reset();
  }

  void enrol(unsigned number) {
    agent::Identity identity;
    identity.name = "host-" + std::to_string(number);
    identity.server_id = "server_sim";
    identity.server_url = "http://sim";
    identity.seed = agent::make_seed(chance_);
    auto made = await(fleet().enrolment().make_token(kPerson, access::kDefaultEnvironment, std::nullopt));
    auto host = await(fleet().enrolment().enrol(facts(*made, identity.seed, identity.name)));
    if (!host) return fail("not enrolled: " + host.error().detail);
    identity.host_id = host->id.text();
    agents_.push_back(std::make_unique<SimAgent>(loop_, loop_.random().stream(200 + number),
                                                 network_.dialer(identity.name), log_, identity, number + 1));
    await(agents_.back()->start());
  }
  static fleet::EnrolFacts facts(const fleet::MadeToken& made, const Key256& seed, std::string name) {
    const PublicKey key = make_signing_key(seed).public_key;
    return {made.text, {key.begin(), key.end()}, std::move(name), std::nullopt, "sim"};
  }

  void play(SimAgent& agent) {
    switch (chance_.below(11)) {
      case 0:
        return network_.cut(agent.identity.name);
      case 1:
        network_.partition(agent.identity.name);
        loop_.run_for(Seconds(chance_.below(90)));
        return network_.heal(agent.identity.name);
      case 2:
        agent.loses_commits = chance_.below(2) == 0;
        await(agent.crash());
        return await(agent.start());
      case 3:
        await(agent.stop());
        return await(agent.start());
      case 4:
        end_server();
        return start_server();
      case 5:
        disk_.crash();
        end_server();
        return start_server();
      case 6:
        if (!agent.next_key) agent.change_key(agent::make_seed(chance_));
        return;
      case 7:
        return re_enrol(agent);
      case 8:
        return race();
      case 9:
        return show_dead_token();
      default:
        return edit(agent);
    }
  }

  /// The token is shown by several at once, some with the same key: one wins, and the others are told.
  void re_enrol(SimAgent& agent) {
    auto made = await(fleet().enrolment().make_token_for(kPerson, *HostId::parse(agent.identity.host_id)));
    if (!made) return fail("no token: " + made.error().detail);
    await(agent.crash());
    const Key256 fresh = agent::make_seed(chance_);
    std::vector<Result<fleet::Host>> answers;
    io::TaskScope tasks(loop_, log_);
    constexpr std::size_t kAtOnce = 4;
    for (std::size_t i = 0; i < kAtOnce; ++i)
      tasks.spawn("enrol", show_token(facts(*made, fresh, "any"), answers));
    loop_.run_until([&] { return answers.size() == kAtOnce; }, kLimit);
    await(tasks.stop());
    for (const auto& answer : answers) {
      if (!answer || answer->id.text() != agent.identity.host_id)
        return fail("another host, or none, for its token");
    }
    if (await(fleet().enrolment().enrol(facts(*made, agent::make_seed(chance_), "any"))))
      return fail("a used token took another key");
    agent.identity.seed = fresh;
    agent.next_key.reset();
    await(agent.start());
  }
  Task<void> show_token(fleet::EnrolFacts what, std::vector<Result<fleet::Host>>& answers) {
    answers.push_back(co_await fleet().enrolment().enrol(std::move(what)));
  }

  /// Several show one token for a new host, each with a key of its own, and the server may crash meanwhile:
  /// one host comes of it, where the token says, and the one that was told so is there.
  void race() {
    const EnvironmentId where = any_environment();
    auto made = await(fleet().enrolment().make_token(kPerson, where, std::nullopt));
    if (!made) return fail("no token: " + made.error().detail);
    std::vector<Result<fleet::Host>> answers;
    io::TaskScope tasks(loop_, log_);
    constexpr std::size_t kRivals = 8;
    loop_.set_work_delay("", {Nanos(0), Millis(20)});
    for (std::size_t i = 0; i < kRivals; ++i)
      tasks.spawn("enrol", show_token(facts(*made, agent::make_seed(chance_), "rival"), answers));
    const bool has_crash = chance_.below(2) == 0;
    if (has_crash) {
      loop_.run_for(Millis(chance_.below(80)));
      disk_.crash();
      end_server(&tasks);
    } else {
      loop_.run_until([&] { return answers.size() == kRivals; }, kLimit);
      await(tasks.stop());
    }
    loop_.set_work_delay("", {});
    if (has_crash) start_server();
    check_race(*made, where, answers, has_crash);
  }
  void check_race(const fleet::MadeToken& made, EnvironmentId where,
                  const std::vector<Result<fleet::Host>>& answers, bool has_crash) {
    std::vector<HostId> winners;
    for (const auto& answer : answers) {
      if (answer) winners.push_back(answer->id);
    }
    const bool is_used = fleet().roster().size() > kAgents;
    if (winners.size() > 1 || (winners.empty() && !has_crash)) return fail("not one winner for one token");
    if (!winners.empty() && fleet().roster().find(winners.front()) == nullptr)
      return fail("a host that was told that it is enrolled is not there");
    const auto late = await(fleet().enrolment().enrol(facts(made, agent::make_seed(chance_), "late")));
    if (late.has_value() == is_used) return fail("a token works once, and it was not so");
    std::optional<HostId> made_host;
    fleet().roster().for_each([&](const fleet::LiveHost& host) {
      const bool is_agent = std::ranges::any_of(
          agents_, [&](const auto& agent) { return agent->identity.host_id == host.row.id.text(); });
      if (is_agent) return;
      made_host = host.row.id;
      if (host.row.environment != where) fail("a host in another environment than that of its token");
    });
    if (!made_host || fleet().roster().size() != kAgents + 1) return fail("not one host for one token");
    if (!await(fleet().remove(kPerson, *made_host))) fail("it cannot be removed");
  }

  /// One that has expired or was taken back makes no host.
  void show_dead_token() {
    auto made = await(fleet().enrolment().make_token(kPerson, any_environment(), std::nullopt));
    if (!made) return fail("no token: " + made.error().detail);
    constexpr Seconds kPast = fleet::kEnrolmentTokenLife + Seconds(1);
    const bool expires = chance_.below(2) == 0;
    if (expires) {
      clock_.step_wall(kPast);
    } else if (!await(fleet().enrolment().revoke(kPerson, made->token.id))) {
      return fail("a token cannot be taken back");
    }
    if (await(fleet().enrolment().enrol(facts(*made, agent::make_seed(chance_), "late"))))
      fail(expires ? "a token that has expired made a host" : "a token that was taken back made a host");
    if (expires) clock_.step_wall(-kPast);
  }

  EnvironmentId any_environment() {
    return chance_.below(2) == 0 ? access::kDefaultEnvironment : access::kSystemEnvironment;
  }

  void edit(SimAgent& agent) {
    const HostId id = *HostId::parse(agent.identity.host_id);
    const bool moves = chance_.below(2) == 0;
    const EnvironmentId to = any_environment();
    const std::string name = agent.identity.name + "-" + std::to_string(chance_.below(1000));
    const auto done =
        moves ? await(fleet().care().move(kPerson, id, to, std::nullopt))
              : await(fleet().care().edit(kPerson, id, {.name = name, .labels = {}, .revision = {}}));
    if (!done) fail("an edit failed: " + done.error().detail);
  }

  void check_no_lock(const std::string& when) {
    if (fleet().roster().size() != kAgents) fail("a host more or less " + when);
    for (const auto& agent : agents_) {
      if (host_of(*agent)->row.locked_at) fail(agent->identity.name + " was locked without a twin " + when);
    }
  }

  bool is_settled(const SimAgent& agent) {
    const fleet::LiveHost& host = *host_of(agent);
    return host.link != nullptr && agent.figures().outbox.waiting <= 1 && !agent.next_key &&
           std::ranges::equal(host.row.public_key, make_signing_key(agent.identity.seed).public_key);
  }

  void heal() {
    network_.set_faults({});
    network_.heal_all();
    for (const auto& agent : agents_) {
      if (!std::exchange(agent->loses_commits, false)) continue;
      await(agent->crash());  // it is the power that loses them
      await(agent->start());
    }
    // A key that was lost half way is found out by being refused, and that is tried again slowly.
    for (const auto& agent : agents_) {
      if (!loop_.run_until([&] { return is_settled(*agent); }, Seconds(900)))
        fail(agent->identity.name + " does not come back: " + agent->figures().link.last_end);
    }
    check_no_lock("after healing");
  }

  void copy() {
    SimAgent& original = *agents_.front();
    SimAgent twin(loop_, loop_.random().stream(300), network_.dialer("twin"), log_, original.identity, 1);
    await(twin.start());
    if (!loop_.run_until([&] { return host_of(original)->row.locked_at.has_value(); }, Seconds(300)))
      fail("two of one identity were not noticed");
    loop_.run_for(Seconds(30));
    const wire::Position then = host_of(original)->committed;
    if (chance_.below(2) == 0) {
      end_server();
      start_server();
    }
    loop_.run_for(Seconds(900));
    const fleet::LiveHost* host = host_of(original);
    if (host->link != nullptr || host->committed != then) fail("a locked host was let in");
    if (fleet().roster().size() != kAgents) fail("a host more or less after the lock");
    await(twin.stop());
    if (!await(fleet().care().unlock(kPerson, host->row.id))) fail("it cannot be unlocked");
    if (!loop_.run_until([&] { return is_settled(original); }, Seconds(900))) fail("it does not come back");
  }

  void finish() {
    for (const auto& agent : agents_) await(agent->stop());
    end_server();
    await(network_.stop());
  }

  std::string fault_;
  io::SimLoop loop_;
  io::SimRandom chance_;
  std::shared_ptr<io::MemorySink> sink_ = std::make_shared<io::MemorySink>(io::LogLevel::warn);
  io::Log log_;
  io::SimClock clock_;
  io::SimDisk disk_;
  testing::SimNetwork network_;
  std::unique_ptr<SimServer> server_;
  std::vector<std::unique_ptr<SimAgent>> agents_;
  std::uint64_t lives_ = 0;
};

TEST(Care, KeepsItsPromisesUnderEverySeed) {
  crypto_start();
  if (const std::uint64_t seed = number_from_environment("FETTLE_CARE_SEED", 0); seed != 0) {
    EXPECT_EQ(CarePlay(seed).run(), "");
    return;
  }
  const std::uint64_t count = number_from_environment("FETTLE_CARE_SEEDS", 300);
  for (std::uint64_t seed = 1; seed <= count; ++seed) EXPECT_EQ(CarePlay(seed).run(), "") << "seed " << seed;
}

}  // namespace
}  // namespace fettle::sim
