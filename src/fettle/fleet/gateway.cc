#include "fettle/fleet/gateway.h"

#include <deque>

#include "fettle/base/crypto.h"
#include "fettle/base/encoding.h"

namespace fettle::fleet {
namespace {

constexpr Seconds kHandshakeLimit{5};
constexpr std::size_t kNonceBytes = 32;
constexpr std::size_t kSetsPerLink = 8;  // an agent that changes its set more often than that resends it

net::CloseCode close_code_for(const Error& error) {
  if (error.reason == "protocol") return net::CloseCode::protocol_unsupported;
  switch (error.code) {
    case ErrorCode::unauthenticated:
      return net::CloseCode::unauthenticated;
    case ErrorCode::not_found:
    case ErrorCode::gone:
      return net::CloseCode::revoked;
    case ErrorCode::too_large:
      return net::CloseCode::too_big;
    case ErrorCode::unavailable:
      return net::CloseCode::try_later;
    case ErrorCode::internal:
    case ErrorCode::io:
      return net::CloseCode::internal;
    default:
      return net::CloseCode::bad_message;
  }
}

bool is_signed_by(std::span<const std::uint8_t> key_bytes, std::string_view text,
                  std::string_view signature_bytes) {
  PublicKey key{};
  Signature signature{};
  if (key_bytes.size() != key.size() || signature_bytes.size() != signature.size()) return false;
  std::ranges::copy(key_bytes, key.begin());
  std::ranges::copy(as_bytes(signature_bytes), signature.begin());
  return verify_signature(key, as_bytes(text), signature);
}

}  // namespace

struct Gateway::Link {
  net::MessageChannel& channel;
  struct NamedSet {
    std::uint64_t name = 0;  // what this agent calls it
    metrics::SeriesSetPtr set;
  };
  std::deque<NamedSet> sets;

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
  log_.warn("agent refused",
            {{"address", channel.peer_address()}, {"reason", error.reason}, {"detail", error.detail}});
  co_await channel.close(close_code_for(error), error.detail);
}

Task<Result<HostNumber>> Gateway::admit(net::MessageChannel& channel) {
  std::string nonce(kNonceBytes, '\0');
  random_.fill({reinterpret_cast<std::uint8_t*>(nonce.data()), nonce.size()});
  const wire::Message challenge(wire::Challenge{nonce, wire::kVersion, server_id_});
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
  const std::string signed_text = wire::hello_signing_input(nonce, server_id_, hello->host_id);
  if (!is_signed_by(host->row.public_key, signed_text, hello->signature)) {
    co_return fail(ErrorCode::unauthenticated, "wrong_key",
                   "the signature does not fit the key of this host");
  }
  if (hello->version.major != wire::kVersion.major) {
    const std::string detail = "agent speaks protocol " + std::to_string(hello->version.major) + "." +
                               std::to_string(hello->version.minor) + ", this server " +
                               std::to_string(wire::kVersion.major) + "." +
                               std::to_string(wire::kVersion.minor);
    ignore(co_await writes_.note(number, "host.refused", events::Severity::error,
                                 host->row.name + ": " + detail),
           "the refusal itself is what matters; a failed note is logged by the store");
    co_return fail(ErrorCode::unsupported, "protocol", detail);
  }
  auto welcomed = co_await welcome(channel, number, std::move(*hello));
  if (!welcomed) co_return std::unexpected(std::move(welcomed).error());
  co_return number;
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

Task<Result<>> Gateway::welcome(net::MessageChannel& channel, HostNumber number, wire::Hello hello) {
  // The newest link wins: the one before may be a connection that its agent has long given up.
  if (LiveHost* host = roster_.find(number); host != nullptr && host->link != nullptr) {
    close_link(*host, net::CloseCode::replaced, "this host opened another connection");
  }
  // What the last link queued must be settled first, so that the position told is the position on disk.
  co_await ingest_.drained(number);
  const WallTime now = clock_.wall_now();
  AgentInfo agent{hello.agent_version, hello.version, hello.started_at_ms};
  auto described = co_await writes_.describe(number, hello.inventory, agent, channel.peer_address());
  if (!described) co_return described;

  LiveHost* host = roster_.find(number);
  if (host == nullptr) co_return fail(ErrorCode::gone, "host_removed", "this host was removed");
  if (host->link != nullptr)
    close_link(*host, net::CloseCode::replaced, "this host opened another connection");
  host->link = &channel;
  host->received = host->committed;
  host->outbox_dropped = hello.outbox_dropped;
  host->clock_skew = Millis(hello.now_ms - unix_ms(now));
  host->said_goodbye = false;
  wire::Welcome welcome{host->committed, wire::Settings{static_cast<std::uint32_t>(host->interval.count())},
                        unix_ms(clock_.wall_now())};
  if (!channel.try_send(wire::encode(wire::Message(welcome)))) {
    host->link = nullptr;
    co_return fail(ErrorCode::closed, "closed", "the connection ended before the welcome");
  }
  log_.info("agent connected", {{"host", host->row.id},
                                {"name", host->row.name},
                                {"address", channel.peer_address()},
                                {"agent", hello.agent_version},
                                {"waiting", hello.outbox_records}});
  co_return Result<>{};
}

Task<void> Gateway::receive_all(net::MessageChannel& channel, HostNumber number) {
  Link link{channel, {}};
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
      ++figures_.bad_messages;
      log_.warn("agent link closed",
                {{"host", host->row.id}, {"reason", error.reason}, {"detail", error.detail}});
      host->link = nullptr;
      co_await channel.close(close_code_for(error), error.detail);
      co_return;
    }
  }
}

Result<> Gateway::handle(Link& link, LiveHost& host, std::string_view bytes) {
  if (auto decoded = decoder_.decode(bytes, message_); !decoded) return decoded;
  if (auto* heartbeat = std::get_if<wire::Heartbeat>(&message_))
    return handle_heartbeat(link, host, *heartbeat);
  if (auto* set = std::get_if<wire::SeriesSet>(&message_)) return handle_series_set(link, *set);
  if (std::holds_alternative<wire::Goodbye>(message_)) {
    host.said_goodbye = true;
    return {};
  }
  if (std::holds_alternative<wire::Unknown>(message_)) {
    ++figures_.unknown_messages;  // a newer agent; what it means is not for this version
    return {};
  }
  return fail(ErrorCode::corrupt, "out_of_place", "this kind of message is not an agent's to send");
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

Result<> Gateway::handle_heartbeat(Link& link, LiveHost& host, wire::Heartbeat& heartbeat) {
  auto inventory = std::exchange(heartbeat.inventory, std::nullopt);
  const bool is_new = heartbeat.position > host.received;
  if (auto accepted = ingest_.accept(host, link.find_set(heartbeat.series_set), heartbeat); !accepted)
    return accepted;
  if (inventory && is_new && inventory != host.row.inventory) on_inventory_(host, std::move(*inventory));
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
