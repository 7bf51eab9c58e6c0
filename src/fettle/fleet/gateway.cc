#include "fettle/fleet/gateway.h"

#include <deque>

#include "fettle/base/text.h"
#include "fettle/fleet/link_checks.h"
#include "fettle/metrics/queued_bytes.h"
#include "fettle/wire/work_bytes.h"

namespace fettle::fleet {
namespace {

constexpr Seconds kHandshakeLimit{5};
/// Links that may owe their hello at a time, each with a message of 16 KiB at most (64 MiB in all). The
/// kernel lets no more wait to be accepted either, and a hello comes within a round trip.
constexpr std::size_t kMostHandshakes = 4096;
constexpr Seconds kBetweenRefusals{60};  // of one host, in the event log
constexpr std::size_t kNonceBytes = 32;
/// What a word about a run costs beside its bytes: it is stored, together with others.
constexpr std::size_t kWorkCost = 2 * kKiB;
/// What a run costs that an agent says it holds: it may be looked up in the store. Said once a link.
constexpr std::size_t kHeldCost = 512;
constexpr std::size_t kSetsPerLink = 8;  // an agent that changes its set more often than that resends it

}  // namespace

struct Gateway::Link {
  net::MessageChannel& channel;
  struct NamedSet {
    std::uint64_t name = 0;  // what this agent calls it
    metrics::SeriesSetPtr set;
  };
  std::deque<NamedSet> sets;
  metrics::SeriesSetPtr in_use;  // of the newest heartbeat
  MonoTime read_on_at;

  [[nodiscard]] metrics::SeriesSetPtr find_set(std::uint64_t name) const {
    for (const NamedSet& one : sets) {
      if (one.name == name) return one.set;
    }
    return nullptr;
  }
};

Gateway::Gateway(Roster& roster, Ingest& ingest, HostWrites& writes, io::Clock& clock, io::Random& random,
                 io::Log log, std::string server_id)
    : roster_(roster),
      ingest_(ingest),
      writes_(writes),
      clock_(clock),
      random_(random),
      log_(std::move(log)),
      server_id_(std::move(server_id)) {}

Task<void> Gateway::serve(std::unique_ptr<net::MessageChannel> channel) {
  Result<HostNumber> admitted = co_await admit(*channel);
  if (!admitted) {
    Error error = std::move(admitted).error();
    co_await refuse(*channel, std::move(error));
    co_return;
  }
  struct Open {
    Gateway& gateway;
    HostNumber number;
    net::MessageChannel* channel;
    ~Open() {
      --gateway.figures_.links;
      LiveHost* host = gateway.roster_.find(number);
      if (host != nullptr && host->link == channel) host->link = nullptr;
    }
  };
  ++figures_.links;
  ++figures_.opened;
  const Open open{*this, *admitted, channel.get()};
  co_await receive_all(*channel, *admitted);
}

Task<void> Gateway::refuse(net::MessageChannel& channel, Error error) {
  if (error.code == ErrorCode::closed) co_return;  // it went away by itself
  ++figures_.refused;
  if (error.code != ErrorCode::rate_limited) {  // pay() has told, once for many
    log_.warn("agent refused",
              {{"address", channel.peer_address()}, {"reason", error.reason}, {"detail", error.detail}});
  }
  co_await channel.close(close_code_for(error), error.detail);
}

Task<Result<HostNumber>> Gateway::admit(net::MessageChannel& channel) {
  if (handshakes_.size() >= kMostHandshakes) {
    co_return fail(ErrorCode::unavailable, "too_many_handshakes",
                   "too many agents are connecting; try again soon");
  }
  std::string nonce(kNonceBytes, '\0');
  random_.fill({reinterpret_cast<std::uint8_t*>(nonce.data()), nonce.size()});
  const auto binding = channel.channel_binding();
  if (binding && binding->empty()) {
    co_return fail(ErrorCode::unauthenticated, "tls_unbound",
                   "this TLS connection cannot be bound to a signature; TLS 1.3 can");
  }
  const wire::Message challenge(wire::Challenge{nonce, wire::kVersion, server_id_, binding.has_value()});
  if (!channel.try_send(wire::encode(challenge))) {
    co_return fail(ErrorCode::closed, "closed", "the connection ended before the challenge");
  }
  Result<wire::Hello> hello = fail(ErrorCode::closed, "closed", "no hello came");
  {
    struct Handshake {  // leaves the list however the task ends
      Gateway& gateway;
      net::MessageChannel* channel;
      ~Handshake() { gateway.handshakes_.erase(channel); }
    };
    handshakes_[&channel] = clock_.mono_now();
    const Handshake handshake{*this, &channel};
    hello = co_await receive_hello(channel);
  }
  if (!hello) co_return std::unexpected(std::move(hello).error());

  const auto id = HostId::parse(hello->host_id);
  LiveHost* host = id ? roster_.find(*id) : nullptr;
  if (host == nullptr) {
    co_return fail(ErrorCode::gone, "host_unknown",
                   "this host is not enrolled here, or was removed; enrol it again with a new token");
  }
  const HostNumber number = host->row.number;
  const std::string signed_text =
      wire::hello_signing_input({nonce, server_id_, hello->host_id, binding.value_or("")});
  if (!is_signed_by(host->row.public_key, signed_text, hello->signature)) {
    // In memory only: whoever knows the id of a host can cause it.
    host->wrong_key =
        Refusal{clock_.wall_now(), "wrong_key", "an agent came with another key", channel.peer_address()};
    co_return fail(ErrorCode::unauthenticated, "wrong_key",
                   binding
                       ? "the signature does not fit the key of this host and this TLS connection: another "
                         "key, or a relay between"
                       : "the signature does not fit the key of this host");
  }
  // Only who has proved to be this host spends from its budget.
  if (auto paid = pay(*host, kTransactionCost); !paid) {
    tell_closed(*host, paid.error());
    co_return std::unexpected(std::move(paid).error());
  }
  if (hello->version.major != wire::kVersion.major) {
    const std::string detail = "agent speaks protocol " + version_text(hello->version) + ", this server " +
                               version_text(wire::kVersion);
    co_await note_refusal(number, hello->version,
                          {clock_.wall_now(), "protocol", detail, channel.peer_address()});
    co_return fail(ErrorCode::unsupported, "protocol", detail);
  }
  auto welcomed = co_await welcome(channel, number, std::move(*hello));
  if (!welcomed) co_return std::unexpected(std::move(welcomed).error());
  co_return number;
}

/// A mismatched agent comes back for as long as it runs: that is one event.
Task<void> Gateway::note_refusal(HostNumber number, wire::Version version, Refusal refusal) {
  LiveHost* host = roster_.find(number);
  if (host == nullptr) co_return;
  const MonoTime now = clock_.mono_now();
  if (const auto& noted = host->noted_refusal) {
    const bool is_same = noted->version == version && !noted->is_over;
    if (is_same || now - noted->at < kBetweenRefusals) co_return;
  }
  host->noted_refusal = NotedRefusal{version, now};
  ignore(co_await writes_.note_refusal(number, std::move(refusal)),
         "the refusal itself is what matters; a failed note is logged by the store");
}

Task<Result<wire::Hello>> Gateway::receive_hello(net::MessageChannel& channel) {
  auto received = co_await channel.receive({});
  if (!received) co_return std::unexpected(std::move(received).error());
  wire::Message message;
  if (auto decoded = decoder_.decode(*received, message); !decoded) {
    ++figures_.bad_messages;
    co_return std::unexpected(std::move(decoded).error());
  }
  auto* hello = std::get_if<wire::Hello>(&message);
  if (hello == nullptr) {
    ++figures_.bad_messages;
    co_return fail(ErrorCode::corrupt, "hello_expected", "the first message of an agent is its hello");
  }
  co_return std::move(*hello);
}

Result<> Gateway::check_twin(LiveHost& host, const net::MessageChannel& channel, const wire::Hello& hello,
                             std::uint64_t link) {
  if (host.row.locked_at) return host_locked();
  const Arrival arrival = take_arrival(host.chain, hello.after_link, link, clock_.mono_now());
  if (arrival == Arrival::expected) return {};
  const bool is_twin = arrival == Arrival::twin;
  log_.warn(is_twin ? "two agents run with the identity of one host; it is locked"
                    : "an agent is back that another one with its identity had pushed aside",
            {{"host", host.row.id}, {"name", host.row.name}, {"address", channel.peer_address()}});
  if (!is_twin) return {};
  if (on_twin_) on_twin_(host, channel.peer_address());
  return host_locked();
}

Task<Result<>> Gateway::welcome(net::MessageChannel& channel, HostNumber number, wire::Hello hello) {
  std::uint64_t link = 0;
  while (link == 0) link = random_.u64();
  std::uint64_t admission = 0;
  if (LiveHost* host = roster_.find(number); host != nullptr) {
    if (auto checked = check_twin(*host, channel, hello, link); !checked) co_return checked;
    admission = host->admission;
    // The newest link wins: the one before may be a connection that its agent has long given up.
    close_link(*host, net::CloseCode::replaced, "this host opened another connection");
  }
  const WallTime now = clock_.wall_now();
  AgentInfo agent{hello.agent_version, hello.version, hello.started_at_ms};
  auto described = co_await writes_.describe(number, hello.inventory, agent, channel.peer_address());
  if (!described) co_return described;

  // Another link may have come and queued samples meanwhile. Only once it is closed and they are settled is
  // the position told the last one, and asks for nothing that is on its way already.
  LiveHost* host = roster_.find(number);
  for (; host != nullptr; host = roster_.find(number)) {
    if (host->admission != admission) {
      co_return fail(ErrorCode::unauthenticated, "wrong_key",
                     "the key or the lock of this host changed meanwhile; connect again");
    }
    close_link(*host, net::CloseCode::replaced, "this host opened another connection");
    if (host->uncommitted == 0) break;
    co_await ingest_.drained(number);
  }
  if (host == nullptr) co_return fail(ErrorCode::gone, "host_removed", "this host was removed");
  host->link = &channel;
  host->next_inventory.reset();  // this hello's is newer
  if (host->noted_refusal) host->noted_refusal->is_over = true;
  host->last_contact = clock_.mono_now();
  host->received = host->committed;
  host->backlog = hello.outbox_records;
  host->outbox_dropped = hello.outbox_dropped;
  host->clock_skew = Millis(hello.now_ms - unix_ms(now));
  host->said_goodbye = false;
  host->wrong_key.reset();
  host->commands.reset();  // this agent may be another version
  wire::Welcome welcome{host->committed, wire::Settings{static_cast<std::uint32_t>(host->interval.count())},
                        unix_ms(clock_.wall_now()), link};
  if (!channel.try_send(wire::encode(wire::Message(welcome)))) {
    host->link = nullptr;
    co_return fail(ErrorCode::closed, "closed", "the connection ended before the welcome");
  }
  announce_pins(channel);
  channel.limit_messages(wire::kMaxMessageBytes);  // known now: its series set may be that long
  log_.info("agent connected", {{"host", host->row.id},
                                {"name", host->row.name},
                                {"address", channel.peer_address()},
                                {"agent", hello.agent_version},
                                {"waiting", hello.outbox_records}});
  for (const auto& listener : on_hello_) listener(*host);
  co_return Result<>{};
}

void Gateway::announce_pins(net::MessageChannel& channel) {
  if (pins_.empty() || !channel.channel_binding()) return;
  ignore(channel.try_send(wire::encode(wire::Message(wire::CertificatePins{pins_}))),
         "an agent that missed it hears it on its next link");
}

void Gateway::set_pins(std::vector<CertificatePin> pins) {
  if (pins == pins_) return;
  pins_ = std::move(pins);
  roster_.for_each([this](LiveHost& host) {
    if (host.link != nullptr) announce_pins(*host.link);
  });
}

Task<void> Gateway::receive_all(net::MessageChannel& channel, HostNumber number) {
  Link link{.channel = channel, .sets = {}, .in_use = nullptr, .read_on_at = {}};
  std::string buffer;
  for (;;) {
    auto received = co_await channel.receive(std::move(buffer));
    LiveHost* host = roster_.find(number);
    if (host == nullptr || host->link != &channel) co_return;  // removed or replaced: somebody else closed it
    if (!received) {
      const Error& error = received.error();
      const bool has_stopped = host->said_goodbye;
      log_.info("agent disconnected",
                {{"host", host->row.id},
                 {"name", host->row.name},
                 {"reason", has_stopped ? "stopped" : error.reason},
                 {"detail", has_stopped ? "the agent was stopped and said so" : error.detail}});
      if (error.code != ErrorCode::closed) co_await channel.close(close_code_for(error), error.detail);
      co_return;
    }
    buffer = std::move(*received);
    if (auto handled = handle(link, *host, buffer); !handled) {
      Error error = std::move(handled).error();
      tell_closed(*host, error);
      host->link = nullptr;
      co_await channel.close(close_code_for(error), error.detail);
      co_return;
    }
    if (link.read_on_at > clock_.mono_now()) co_await clock_.sleep_until(link.read_on_at);
  }
}

Result<> Gateway::pay(LiveHost& host, std::size_t bytes) {
  if (host.budget.spend(bytes, clock_.mono_now())) return {};
  return fail(ErrorCode::rate_limited, "too_fast",
              "this agent sends more than an outbox holds, and faster than a host can be measured");
}

/// Counts and logs why a link is closed. One that sends too fast comes back and does it again: told once.
void Gateway::tell_closed(LiveHost& host, const Error& error) {
  const bool is_too_fast = error.code == ErrorCode::rate_limited;
  ++(is_too_fast ? figures_.too_fast : figures_.bad_messages);
  if (is_too_fast && !host.budget.is_news()) return;
  log_.warn("agent link closed", {{"host", host.row.id}, {"reason", error.reason}, {"detail", error.detail}});
}

Result<> Gateway::handle(Link& link, LiveHost& host, std::string_view bytes) {
  const bool is_paid_as_work = wire::begins_as_work(bytes);
  if (!is_paid_as_work) {
    if (auto paid = pay(host, bytes.size()); !paid) return paid;
  }
  if (auto decoded = decoder_.decode(bytes, message_); !decoded) return decoded;
  note_alive(host.chain, clock_.mono_now());
  const bool is_work =
      std::holds_alternative<wire::RunReport>(message_) || std::holds_alternative<wire::RunTaken>(message_) ||
      std::holds_alternative<wire::RunsHeld>(message_) || std::holds_alternative<wire::RunOpened>(message_);
  if (is_work) return handle_work(link, host, bytes.size());
  if (is_paid_as_work) {  // it only began as if it were
    if (auto paid = pay(host, bytes.size()); !paid) return paid;
  }
  if (auto* heartbeat = std::get_if<wire::Heartbeat>(&message_)) {
    return handle_heartbeat(link, host, *heartbeat);
  }
  if (auto* set = std::get_if<wire::SeriesSet>(&message_)) return handle_series_set(link, *set);
  if (const auto* change = std::get_if<wire::KeyChange>(&message_)) return handle_key_change(host, *change);
  if (std::holds_alternative<wire::Goodbye>(message_)) {
    host.said_goodbye = true;
    return {};
  }
  if (auto* offered = std::get_if<wire::HostCommands>(&message_)) {
    // Names that nobody could type or read are no offer.
    std::erase_if(offered->names,
                  [](const std::string& name) { return name.empty() || !is_plain_text(name); });
    host.commands = std::move(offered->names);
    return {};
  }
  if (std::holds_alternative<wire::Unknown>(message_)) {
    ++figures_.unknown_messages;  // a newer agent; what it means is not for this version
    return {};
  }
  return fail(ErrorCode::corrupt, "out_of_place", "this kind of message is not an agent's to send");
}

Result<> Gateway::handle_work(Link& link, LiveHost& host, std::size_t bytes) {
  std::size_t cost = kWorkCost;
  if (std::holds_alternative<wire::RunOpened>(message_)) cost = kTransactionCost;
  if (const auto* held = std::get_if<wire::RunsHeld>(&message_)) {
    // Said once a link: part of what a link costs, and nothing that may come again and again.
    if (auto paid = pay(host, kTransactionCost + held->runs.size() * kHeldCost); !paid) return paid;
  }
  const MonoTime now = clock_.mono_now();
  link.read_on_at = std::max(link.read_on_at, now + host.work_budget.spend(bytes + cost, now));
  return on_work_ ? on_work_(host, message_) : Result<>{};
}

bool Gateway::send(LiveHost& host, const wire::Message& message) {
  const auto& agent = host.row.agent;
  if (host.link == nullptr || !agent || agent->protocol.minor < wire::kMinorWithRuns) return false;
  return host.link->try_send(wire::encode(message));
}

/// Both keys sign: the old one proves who asks, the new one that it is there.
Result<> Gateway::handle_key_change(LiveHost& host, const wire::KeyChange& change) {
  const std::vector<std::uint8_t> key(change.public_key.begin(), change.public_key.end());
  if (key == host.row.public_key) {  // stored already, and the agent has not heard
    key_changed(host);
    return {};
  }
  if (auto paid = pay(host, kTransactionCost); !paid) return paid;
  const std::string text = wire::key_signing_input(server_id_, host.row.id.text(), change.public_key);
  if (!is_signed_by(host.row.public_key, text, change.by_old) || !is_signed_by(key, text, change.by_new))
    return fail(ErrorCode::corrupt, "key_change", "a new key has to be signed by the old one and by itself");
  if (on_key_change_ && !std::exchange(host.is_changing_key, true)) on_key_change_(host, key);
  return {};
}

void Gateway::key_changed(LiveHost& host) {
  if (host.link == nullptr) return;
  const std::string key(host.row.public_key.begin(), host.row.public_key.end());
  ignore(host.link->try_send(wire::encode(wire::Message(wire::KeyChanged{key}))),
         "the agent asks again, and its next link shows which key is good");
}

Result<> Gateway::handle_series_set(Link& link, wire::SeriesSet& set) {
  if (link.find_set(set.id) != nullptr) return {};
  // An agent's own id is a name on this link and no more: a newer one may make it of things unknown here
  // (T3a).
  const std::uint64_t name = set.id;
  set.id = wire::series_set_id(set);
  if (link.sets.size() >= kSetsPerLink) link.sets.pop_front();
  link.sets.push_back({name, std::make_shared<const wire::SeriesSet>(std::move(set))});
  return {};
}

void Gateway::note_set(Link& link, LiveHost& host, const metrics::SeriesSetPtr& set) {
  if (set == nullptr || set == link.in_use) return;
  link.in_use = set;
  link.read_on_at = host.set_pace.note(metrics::bytes_of(*set), clock_.mono_now());
}

Result<> Gateway::handle_heartbeat(Link& link, LiveHost& host, wire::Heartbeat& heartbeat) {
  note_set(link, host, link.find_set(heartbeat.series_set));
  auto inventory = std::exchange(heartbeat.inventory, std::nullopt);
  // While one is being written the row is not the last word.
  const bool is_news = inventory && (host.is_describing || inventory != host.row.inventory);
  const bool is_told = is_news && heartbeat.position > host.received;
  if (is_told) {
    if (auto paid = pay(host, kTransactionCost); !paid) return paid;
  }
  if (auto accepted = ingest_.accept(host, link.find_set(heartbeat.series_set), heartbeat); !accepted)
    return accepted;
  if (is_told) on_inventory_(host, std::move(*inventory));
  return {};
}

void Gateway::close_link(LiveHost& host, net::CloseCode code, std::string_view reason) {
  if (host.link == nullptr) return;
  net::MessageChannel* channel = std::exchange(host.link, nullptr);
  channel->abort(code, reason);
}

void Gateway::send_settings(LiveHost& host) {
  if (host.link == nullptr) return;
  const wire::Settings settings{static_cast<std::uint32_t>(host.interval.count())};
  ignore(host.link->try_send(wire::encode(wire::Message(settings))), "sent again with the next Welcome");
}

void Gateway::sweep() {
  const MonoTime now = clock_.mono_now();
  for (const auto& [channel, since] : handshakes_) {
    if (now - since > kHandshakeLimit) channel->abort(net::CloseCode::try_later, "no hello within 5 s");
  }
}

}  // namespace fettle::fleet
