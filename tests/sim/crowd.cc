#include "tests/sim/crowd.h"

#include <algorithm>

#include "fettle/access/builtin.h"
#include "fettle/base/check.h"
#include "fettle/fleet/host_repo.h"

namespace fettle::sim {
namespace {

constexpr Seconds kLimit{600};
constexpr std::size_t kFullFleet = 10'000;  // what the bounds of the product are meant for
constexpr std::size_t kHostsPerWrite = 500;

std::size_t scaled(std::size_t bound, std::size_t agents) {
  return std::max<std::size_t>(bound * agents / kFullFleet, 64);
}

SimServerShape shape_for(std::size_t agents) {
  SimServerShape out;
  out.segment_bytes = 4 * 1024 * 1024;  // the journal's upkeep is not what this is about
  out.journal_queue = scaled(metrics::JournalSettings{}.queue_records, agents);
  out.store_queue = scaled(store::SqliteStoreOptions{}.queue_capacity, agents);
  return out;
}

/// The least that a server takes for a host.
class SmallSensor final : public agent::Sensor {
 public:
  explicit SmallSensor(const std::string& name) {
    inventory_.hostname = name;
    inventory_.boot_id = "boot-" + name;
    auto set = std::make_shared<wire::SeriesSet>();
    set->boot_id = inventory_.boot_id;
    set->series = {{"load.1", "", wire::SeriesKind::gauge},
                   {"memory.total", "", wire::SeriesKind::gauge},
                   {"net.rx_bytes", "eth0", wire::SeriesKind::counter}};
    set->id = wire::series_set_id(*set);
    set_ = std::move(set);
  }
  void start() override {}
  Task<void> stop() override { co_return; }
  void tell(const agent::OwnFigures& /*own*/) override {}
  void on_news(std::function<void()> /*call*/) override {}
  void read(agent::Reading& into) override {
    into.set = set_;
    into.values = {150, 1 << 30, ++readings_ * 1000};
  }
  [[nodiscard]] const wire::Inventory& inventory() const override { return inventory_; }

 private:
  wire::Inventory inventory_;
  std::shared_ptr<const wire::SeriesSet> set_;
  std::int64_t readings_ = 0;
};

agent::Identity make_identity(io::SimRandom random, std::size_t number) {
  agent::Identity out;
  out.name = "host-" + std::to_string(number);
  out.host_id = random.make_id<HostId>(io::kSimWallStart).text();
  out.environment_id = access::kDefaultEnvironment.text();
  out.server_id = "server_sim";
  out.server_url = "http://sim";
  out.seed = agent::make_seed(random);
  return out;
}

fleet::host_repo::NewHost as_host(const agent::Identity& identity, WallTime now) {
  const PublicKey key = make_signing_key(identity.seed).public_key;
  return {*HostId::parse(identity.host_id),
          access::kDefaultEnvironment,
          identity.name,
          {key.begin(), key.end()},
          now,
          std::nullopt};
}

}  // namespace

struct Crowd::Member {
  agent::Identity identity;
  io::SimRandom random;
  const app::NotingOutbox* outbox = nullptr;
  std::unique_ptr<agent::AgentService> service;
  wire::Position owed;  // what it had measured when run_until_served() was called
  bool is_served = false;
};

Crowd::Crowd(unsigned agents)
    : shape_(shape_for(agents)),
      disk_(loop_.random().stream(1)),
      network_(loop_, clock_, log_, loop_.random().stream(2)) {
  crypto_start();
  for (std::size_t i = 0; i < agents; ++i) {
    const io::SimRandom random = loop_.random().stream(1'000 + i);
    agents_.push_back(std::make_unique<Member>(make_identity(random.stream(1), i), random.stream(2)));
  }
  enrol();
  // A disk that takes its time, so that what comes meanwhile has to wait in a queue.
  for (const char* queue : {"store-writer", "journal"}) loop_.set_work_delay(queue, {Millis(2), Millis(20)});
  loop_.check_each_turn([this] { note_peaks(); });
}

Crowd::~Crowd() {
  network_.set_server(nullptr);
  network_.cut_all();
  for (const auto& member : agents_) {
    if (member->service) loop_.run(member->service->stop(clock_.mono_now()), kLimit);
  }
  if (server_) loop_.run(server_->stop(), kLimit);
  server_.reset();
  loop_.run(network_.stop(), kLimit);
}

/// Written in groups rather than by ten thousand tokens.
void Crowd::enrol() {
  start_server();
  const WallTime now = clock_.wall_now();
  for (std::size_t first = 0; first < agents_.size(); first += kHostsPerWrite) {
    std::vector<fleet::host_repo::NewHost> hosts;
    for (std::size_t i = first; i < std::min(first + kHostsPerWrite, agents_.size()); ++i)
      hosts.push_back(as_host(agents_[i]->identity, now));
    const auto written = loop_.run(server_->store.write([hosts](store::Session& session) -> void {
      for (const auto& host : hosts) fleet::host_repo::insert(session, host);
    }),
                                   kLimit);
    FETTLE_CHECK(written.has_value(), "the hosts are stored");
  }
  network_.set_server(nullptr);
  loop_.run(server_->stop(), kLimit);
  server_.reset();
  start_server();
}

void Crowd::start_agents() {
  for (const auto& member : agents_) {
    auto outbox = std::make_unique<app::NotingOutbox>(clock_, tally_, 1, agent::OutboxLimits{});
    member->outbox = outbox.get();
    const agent::AgentWorld world{loop_, clock_, member->random, network_.dialer(member->identity.name),
                                  decoder_};
    member->service = std::make_unique<agent::AgentService>(
        world, log_.with("agent"), member->identity, "sim",
        std::make_unique<SmallSensor>(member->identity.name), std::move(outbox));
    ignore(loop_.run(member->service->start(), kLimit), "an outbox in memory has nothing to refuse");
  }
}

void Crowd::start_server() {
  server_ = std::make_unique<SimServer>(loop_, clock_, disk_, loop_.random().stream(3), log_, shape_);
  FETTLE_CHECK(loop_.run(server_->start(), kLimit), "the disk is a good one");
  listen();
}

void Crowd::listen() {
  arrivals_.clear();
  open_since_ = loop_.now();
  network_.set_server([this](std::unique_ptr<net::MessageChannel> channel) {
    arrivals_.push_back(loop_.now() - open_since_);
    server_->accept(std::move(channel));
  });
}

void Crowd::crash_server() {
  disk_.crash();
  network_.set_server(nullptr);
  network_.cut_all();
  loop_.run(server_->stop(), kLimit);
  server_.reset();
}

void Crowd::unplug() {
  network_.set_server(nullptr);
  network_.cut_all();
}

void Crowd::plug_in() {
  listen();
}

bool Crowd::run_until_served(Nanos limit) {
  for (const auto& member : agents_) {
    member->owed = member->outbox->last();
    member->is_served = false;
  }
  const MonoTime end = loop_.now() + limit;
  for (;;) {
    bool is_everyone = true;
    for (const auto& member : agents_) {
      if (member->is_served) continue;
      member->is_served = member->outbox->acknowledged() >= member->owed &&
                          member->service->figures().link.state == agent::LinkState::open;
      is_everyone = is_everyone && member->is_served;
    }
    if (is_everyone) return true;
    if (loop_.now() >= end) return false;
    loop_.run_for(Millis(500));
  }
}

std::size_t Crowd::most_within(Nanos window) const {
  std::size_t most = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < arrivals_.size(); ++i) {
    while (arrivals_[i] - arrivals_[first] >= window) ++first;
    most = std::max(most, i - first + 1);
  }
  return most;
}

void Crowd::note_peaks() {
  if (!server_) return;
  peaks_.journal = std::max(peaks_.journal, server_->journal.figures().queued);
  peaks_.store = std::max(peaks_.store, server_->store.figures().queued_pieces);
}

std::size_t Crowd::events(std::string_view type) {
  events::EventFilter filter;
  filter.environments = {access::kDefaultEnvironment};
  filter.types = {std::string(type)};
  filter.limit = events::kMostEvents;
  std::size_t count = 0;
  do {
    const auto found = loop_.run(server_->events.list(filter), kLimit);
    FETTLE_CHECK(found.has_value(), "events can be read");
    count += found->events.size();
    filter.before = found->next;
  } while (filter.before);
  return count;
}

std::uint64_t Crowd::lost() const {
  std::uint64_t sum = 0;
  for (const auto& member : agents_) sum += member->outbox->figures().lost;
  return sum;
}

std::size_t Crowd::hosts_in(fleet::HostState state) {
  std::size_t count = 0;
  server_->fleet.roster().for_each(
      [&](fleet::LiveHost& host) { count += host.row.state == state ? 1U : 0U; });
  return count;
}

}  // namespace fettle::sim
