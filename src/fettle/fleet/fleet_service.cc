#include "fettle/fleet/fleet_service.h"

#include "fettle/access/audit_repo.h"
#include "fettle/events/condition_repo.h"
#include "fettle/events/event_repo.h"
#include "fettle/fleet/threshold_repo.h"

namespace fettle::fleet {
namespace {

/// An inventory changes with a reboot or a change of hardware. An agent that has another one with each
/// heartbeat gets one write, and at most one event, in this time; what it says in between is replaced.
constexpr Seconds kBetweenInventories{1};

/// So long one waits for the last hour before one is told to come again.
constexpr Seconds kPatience{10};
/// Agents that may wait for it; a connection each.
constexpr std::size_t kMostEarly = 4096;

Task<void> lock_host(HostCare& care, io::Log log, HostNumber number, std::string address) {
  if (auto locked = co_await care.lock(number, std::move(address)); !locked)
    log.error("the lock of a host could not be stored", {{"error", locked.error()}});
}

Task<void> change_key(HostCare& care, io::Log log, HostNumber number, std::vector<std::uint8_t> key) {
  if (auto changed = co_await care.change_key(number, std::move(key)); !changed)
    log.warn("a new key of a host could not be stored; the old one stays", {{"error", changed.error()}});
}

}  // namespace

Fleet::Fleet(FleetGround ground, FleetSettings settings)
    : ground_(std::move(ground)),
      writes_(roster_, ground_.store, ground_.events, ground_.hub, ground_.clock, ground_.random),
      ingest_(roster_, ground_.journal, ground_.history, ground_.hub, ground_.clock),
      gateway_(roster_, ingest_, writes_, ground_.clock, ground_.random, ground_.log, ground_.server_id),
      enrolment_(roster_, ground_.store, writes_, ground_.events, ground_.clock, ground_.random, ground_.log),
      history_moves_(ground_.loop, ground_.clock, ground_.log, ground_.store),
      care_(roster_, ground_.store, writes_, ground_.events, gateway_, history_moves_),
      thresholds_(ground_.store, ground_.clock, ground_.random),
      life_(ground_.store, ground_.clock),
      interval_(settings.heartbeat_interval),
      tasks_(ground_.loop, ground_.log),
      presence_(roster_, gateway_, writes_, ground_.hub, ground_.history, ground_.clock, tasks_, settings),
      watcher_(
          {roster_, ground_.history, ground_.conditions, thresholds_, ground_.clock, ground_.server_version},
          tasks_) {
  roster_.set_interval(settings.heartbeat_interval);
  ingest_.refuse_while([this] { return ground_.store.figures().disk_full; });
  presence_.deaf_while([this, refused_before = std::uint64_t{0}]() mutable {
    const std::uint64_t refused = ingest_.figures().refused;
    return std::exchange(refused_before, refused) != refused || ground_.store.figures().disk_full;
  });
  ingest_.on_sample([this](LiveHost& host) {
    presence_.touched(host);
    watcher_.sampled(host);
  });
  writes_.on_state([this](const LiveHost& host) {
    watcher_.state_changed(host);
    if (host.row.state != HostState::online) return;
    for (const auto& listener : on_online_) listener(host);
  });
  writes_.on_reboot([this](const LiveHost& host) { watcher_.rebooted(host); });
  thresholds_.on_change([this] { watcher_.settings_changed(); });
  ground_.conditions.on_source([this](const std::string& source_id) -> std::optional<events::SourceFacts> {
    const auto id = HostId::parse(source_id);
    const LiveHost* host = id ? roster_.find(*id) : nullptr;
    if (host == nullptr) return std::nullopt;
    return events::SourceFacts{host->row.name, host->row.labels};
  });
  ingest_.on_layout([this](LiveHost& host) { writes_.publish_status(host, "inventory", "", "", ""); });
  ingest_.on_refused([this](LiveHost& host) {
    gateway_.close_link(host, net::CloseCode::try_later,
                        "the server's disk is full; samples are kept on the host");
  });
  gateway_.on_inventory([this](LiveHost& host, wire::Inventory inventory) {
    host.next_inventory = std::move(inventory);
    if (std::exchange(host.is_describing, true)) return;
    tasks_.spawn("fleet.inventory", write_inventories(host.row.number));
  });
  connect_care();
}

void Fleet::connect_care() {
  gateway_.on_twin([this](LiveHost& host, std::string address) {
    tasks_.spawn("fleet.lock", lock_host(care_, ground_.log, host.row.number, std::move(address)));
  });
  gateway_.on_key_change([this](LiveHost& host, std::vector<std::uint8_t> key) {
    tasks_.spawn("fleet.key", change_key(care_, ground_.log, host.row.number, std::move(key)));
  });
  enrolment_.on_new_key([this](LiveHost& host) {
    gateway_.close_link(host, net::CloseCode::unauthenticated,
                        "this host was enrolled anew, with another key");
  });
  history_moves_.add_kind(
      {.name = "event", .move = [rows = events::event_repo::moving_events()](auto& session, auto& step) {
         return store::move_some(session, rows, step);
       }});
  history_moves_.add_kind(
      {.name = "condition",
       .move = [rows = events::condition_repo::moving_conditions()](auto& session, auto& step) {
         return store::move_some(session, rows, step);
       }});
  care_.on_moved([this](LiveHost& host, const EnvironmentId& from) {
    ground_.conditions.move_source(host.row.id.text(), host.row.environment);
    presence_.touched(host);  // with the next frame, to its new pages
    presence_.watched(host.row.number, ground_.hub.is_watched(host_topic(host.row)));
    for (const auto& listener : on_moved_) listener(host, from);
  });
}

Task<Result<>> Fleet::load() {
  auto hosts = co_await ground_.store.read([](store::Session& session) { return host_repo::all(session); });
  if (!hosts) co_return std::unexpected(std::move(hosts).error());
  for (Host& host : *hosts) roster_.add(std::move(host));
  if (auto loaded = co_await thresholds_.load(); !loaded) co_return loaded;
  if (auto opened = co_await ground_.tiers.open(); !opened) co_return opened;
  ground_.journal.begin_after(ground_.tiers.sealed());
  co_return Result<>{};
}

Task<Result<>> Fleet::recall() {
  tasks_.spawn("fleet.patience", lose_patience());
  std::unordered_set<HostNumber> numbers;
  roster_.for_each([&](const LiveHost& host) { numbers.insert(host.row.number); });
  auto opened = co_await ground_.journal.open(std::move(numbers), [this](metrics::Sample sample) {
    LiveHost* host = roster_.find(sample.host);
    if (host == nullptr) return;  // removed a moment ago
    ground_.history.add(sample);
    const WallTime received = wall_from_unix_ms(sample.received_at_ms);
    if (!host->row.last_seen_at || *host->row.last_seen_at < received) host->row.last_seen_at = received;
  });
  if (!opened) co_return opened;
  roster_.for_each(
      [this](LiveHost& host) { host.committed = host.received = ground_.journal.highest(host.row.number); });
  is_recalled_ = true;
  answered_.set();
  co_return Result<>{};
}

Task<void> Fleet::lose_patience() {
  co_await ground_.clock.sleep_for(kPatience);
  answered_.set();
}

Task<Result<>> Fleet::until_recalled() {
  co_await answered_.wait();
  if (is_recalled_) co_return Result<>{};
  co_return fail(ErrorCode::unavailable, "starting",
                 "the server has just started and still reads the last hour of its hosts; try again soon");
}

Task<void> Fleet::serve(std::unique_ptr<net::MessageChannel> channel) {
  if (!is_recalled_) {
    struct Early {
      std::size_t& count;
      ~Early() { --count; }
    };
    const Early early{++early_};
    Result<> ready = fail(ErrorCode::unavailable, "starting", "the server starts; try again soon");
    if (early_ <= kMostEarly) ready = co_await until_recalled();
    if (!ready) {
      co_await channel->close(net::CloseCode::try_later, ready.error().detail);
      co_return;
    }
  }
  co_await gateway_.serve(std::move(channel));
}

void Fleet::start() {
  ground_.tiers.start(ground_.journal, [this] {
    std::unordered_set<HostNumber> numbers;
    roster_.for_each([&](const LiveHost& host) { numbers.insert(host.row.number); });
    return metrics::KnownHosts(std::move(numbers));
  });
  presence_.start();
  watcher_.start(interval_);
  writes_.set_listening_since(ground_.clock.wall_now());
  history_moves_.start();
  tasks_.spawn("fleet.life", live());
}

/// On a full disk the beginning waits for its first sign.
Task<void> Fleet::live() {
  ignore(co_await life_.begin(), "the next sign says it again");
  co_await life_.keep();
}

Task<void> Fleet::stop() {
  answered_.set();
  roster_.for_each([this](LiveHost& host) {
    gateway_.close_link(host, net::CloseCode::service_restart, "the server is restarting");
  });
  co_await history_moves_.stop();
  co_await tasks_.stop();
  co_await life_.end();
}

Task<void> Fleet::write_inventories(HostNumber number) {
  struct Describing {
    Roster& roster;
    HostNumber number;
    ~Describing() {
      LiveHost* host = roster.find(number);
      if (host != nullptr) host->is_describing = host->is_writing_inventory = false;
    }
  };
  const Describing describing{roster_, number};
  for (;;) {
    LiveHost* host = roster_.find(number);
    if (host == nullptr || !host->next_inventory) co_return;
    host->is_writing_inventory = true;
    wire::Inventory inventory = *std::exchange(host->next_inventory, std::nullopt);
    std::string address = host->row.address;
    auto written = co_await writes_.describe(number, std::move(inventory), std::nullopt, std::move(address));
    host = roster_.find(number);
    if (host == nullptr) co_return;
    host->is_writing_inventory = false;
    if (written) {
      ingest_.acknowledge(*host);
    } else {
      // The next hello carries the inventory again, so a new link is all it takes.
      host->next_inventory.reset();
      gateway_.close_link(*host, net::CloseCode::try_later,
                          "the server could not store the host's description");
    }
    co_await ground_.clock.sleep_for(kBetweenInventories);
  }
}

Task<Result<>> Fleet::remove(access::Actor actor, HostId id) {
  const LiveHost* host = roster_.find(id);
  if (host == nullptr) co_return fail(ErrorCode::not_found, "not_found", "there is no such host");
  const HostNumber number = host->row.number;
  events::Event event =
      writes_.make_event(host->row, "host.removed", events::Severity::info, host->row.name + " was removed");
  const WallTime now = event.at;
  auto* self = this;
  co_return co_await ground_.store.write(
      [self, actor, id, number, event, now](store::Session& session) -> Result<> {
        if (!host_repo::remove(session, number)) {
          return fail(ErrorCode::not_found, "not_found", "there is no such host");
        }
        threshold_repo::remove_host(session, id);
        for (const auto& remove : self->remove_writes_) remove(session, id);
        self->ground_.events.record(session, event);
        access::audit_repo::append(session, {now, actor, "host.remove", id.text(), event.source_name});
        session.after_commit([self, number] {
          LiveHost* live = self->roster_.find(number);
          if (live == nullptr) return;
          const HostId gone = live->row.id;
          self->watcher_.forget(*live);
          self->thresholds_.forget(live->row.id);
          self->gateway_.close_link(*live, net::CloseCode::revoked, "this host was removed from the fleet");
          self->writes_.publish_status(*live, "host", host_state_name(live->row.state), "removed", "");
          self->presence_.forget(number);
          self->ground_.history.forget(number);
          self->ground_.journal.forget(number);
          self->ground_.tiers.forget(number);
          self->roster_.remove(number);
          for (const auto& listener : self->on_removed_) listener(gone);
        });
        return {};
      });
}

void Fleet::on_interest(const stream::Topic& topic, bool watched) {
  constexpr std::string_view kHost = "host:";
  if (!topic.name.starts_with(kHost)) return;
  const auto id = HostId::parse(std::string_view(topic.name).substr(kHost.size()));
  const LiveHost* host = id ? roster_.find(*id) : nullptr;
  if (host != nullptr && host->row.environment == topic.environment)
    presence_.watched(host->row.number, watched);
}

}  // namespace fettle::fleet
