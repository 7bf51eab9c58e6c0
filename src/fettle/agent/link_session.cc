#include "fettle/agent/link_session.h"

#include <algorithm>

#include "fettle/base/encoding.h"

namespace fettle::agent {
namespace {

constexpr std::size_t kNonceBytes = 32;
constexpr Nanos kBetweenSendTries = Millis(100);  // while the channel's queue is full
constexpr Nanos kBetweenReadTries = Seconds(1);   // while the outbox cannot be read
constexpr Nanos kBetweenLooks = Millis(10);       // for the last acknowledgements at a stop

std::uint16_t number(net::CloseCode code) {
  return static_cast<std::uint16_t>(code);
}

LinkEnd bad(std::string detail) {
  return {.cause = LinkCause::bad_answer, .detail = std::move(detail)};
}

}  // namespace

LinkSession::LinkSession(LinkParts& parts, const LinkHooks& hooks, Identity& identity, LinkMemory& memory,
                         io::TaskScope& tasks, std::unique_ptr<net::MessageChannel> channel)
    : parts_(parts),
      hooks_(hooks),
      identity_(identity),
      memory_(memory),
      tasks_(tasks),
      channel_(std::move(channel)),
      began_at_(parts.clock.mono_now()),
      heartbeat_(wire::Heartbeat{}) {}

Task<LinkEnd> LinkSession::run() {
  LinkEnd end = co_await talk();
  is_over_ = true;
  wake_.set();  // the sending task ends
  if (work_opening_ != 0) parts_.work->close(work_opening_);
  if (end.cause != LinkCause::closed && end.cause != LinkCause::silent) {
    const auto code = end.cause == LinkCause::version_mismatch ? net::CloseCode::protocol_unsupported
                      : end.cause == LinkCause::bad_answer     ? net::CloseCode::bad_message
                                                               : net::CloseCode::normal;
    channel_->abort(code, end.detail);
  }
  if (welcomed_at_) end.welcomed_for = parts_.clock.mono_now() - *welcomed_at_;
  co_return end;
}

Task<LinkEnd> LinkSession::talk() {
  if (auto end = co_await take_challenge()) co_return *end;
  if (auto end = co_await take_welcome()) co_return *end;
  open_work();
  tasks_.spawn("agent.send", send_all(shared_from_this()));
  for (;;) {
    const auto message = co_await receive();
    if (!message) co_return end_;
    take(*message);
  }
}

// ---- what comes

Task<std::optional<wire::Message>> LinkSession::receive() {
  for (;;) {
    auto bytes = co_await channel_->receive(std::move(receive_buffer_));
    if (!bytes) {
      end_ = end_of_channel(bytes.error());
      co_return std::nullopt;
    }
    receive_buffer_ = std::move(*bytes);
    wire::Message message;
    if (auto decoded = parts_.decoder.decode(receive_buffer_, message); !decoded) {
      end_ = bad(decoded.error().detail);
      co_return std::nullopt;
    }
    if (!std::holds_alternative<wire::Unknown>(message)) co_return message;
    ++figures_.odd_messages;
  }
}

LinkEnd LinkSession::end_of_channel(const Error& error) const {
  const std::uint16_t code = channel_->close_code();
  LinkEnd end{.cause = LinkCause::closed, .detail = channel_->close_reason()};
  if (end.detail.empty()) end.detail = error.detail.empty() ? error.reason : error.detail;
  if (is_silent_ || error.code == ErrorCode::timeout) end.cause = LinkCause::silent;
  if (error.code == ErrorCode::too_large) end.cause = LinkCause::bad_answer;
  if (is_silent_) return end;
  if (code == number(net::CloseCode::unauthenticated) || code == number(net::CloseCode::revoked))
    end.cause = LinkCause::refused;
  if (code == number(net::CloseCode::replaced)) end.cause = LinkCause::replaced;
  if (code == number(net::CloseCode::cloned)) end.cause = LinkCause::locked;
  if (code == number(net::CloseCode::protocol_unsupported)) end.cause = LinkCause::version_mismatch;
  return end;
}

Task<std::optional<LinkEnd>> LinkSession::take_challenge() {
  const auto message = co_await receive();
  if (!message) co_return end_;
  const auto* challenge = std::get_if<wire::Challenge>(&*message);
  if (challenge == nullptr) co_return bad("the first message is no challenge");
  if (challenge->nonce.size() != kNonceBytes) co_return bad("the challenge has no nonce of 32 bytes");
  if (challenge->server_id != identity_.server_id) {
    co_return LinkEnd{.cause = LinkCause::wrong_server,
                      .detail = "it calls itself " + challenge->server_id + ", not " + identity_.server_id};
  }
  if (auto end = bind_channel(*challenge)) co_return *end;
  // Another major version is told who we are all the same, so that it can show it on the host's page; it
  // refuses then.
  server_version_ = challenge->version;
  say_hello(*challenge);
  co_return std::nullopt;
}

std::optional<LinkEnd> LinkSession::bind_channel(const wire::Challenge& challenge) {
  const std::string own = channel_->channel_binding().value_or("");
  if (challenge.channel_bound) {
    channel_binding_ = own;
    if (!own.empty()) return std::nullopt;
    return LinkEnd{
        .cause = LinkCause::wrong_certificate,
        .detail = "the server sees a TLS connection and this agent none: something between them ends it"};
  }
  // A proxy that ends TLS has a certificate that authorities vouch for, and so there is no pin.
  if (identity_.pins.empty() || own.empty()) return std::nullopt;
  return LinkEnd{.cause = LinkCause::wrong_certificate,
                 .detail = "the server does not see this TLS connection: something between them ends it"};
}

void LinkSession::say_hello(const wire::Challenge& challenge) {
  const OutboxFigures outbox = parts_.outbox.figures();
  Identity signer = identity_;
  if (memory_.candidate && memory_.candidate->is_tried) signer.seed = memory_.candidate->seed;
  wire::Hello hello{.version = wire::kVersion,
                    .host_id = identity_.host_id,
                    .signature = sign_hello(signer, challenge, channel_binding_),
                    .agent_version = hooks_.agent_version,
                    .boot = parts_.outbox.boot(),
                    .now_ms = unix_ms(parts_.clock.wall_now()),
                    .started_at_ms = hooks_.started_at_ms,
                    .inventory = hooks_.inventory(),
                    .outbox_records = outbox.waiting,
                    .outbox_dropped = outbox.lost + memory_.skipped,
                    .after_link = memory_.link};
  ignore(channel_->try_send(wire::encode(hello)),
         "the first message fits; a closed channel shows at receive");
}

Task<std::optional<LinkEnd>> LinkSession::take_welcome() {
  const auto message = co_await receive();
  if (!message) co_return end_;
  const auto* found = std::get_if<wire::Welcome>(&*message);
  if (found == nullptr) co_return bad("the answer to our hello is no welcome");
  const wire::Welcome welcome = *found;
  if (welcome.link != 0) memory_.link = welcome.link;
  memory_.clock_ahead = Millis(unix_ms(parts_.clock.wall_now()) - welcome.now_ms);
  if (server_version_.major != wire::kVersion.major) {
    co_return LinkEnd{.cause = LinkCause::version_mismatch,
                      .detail = "the server speaks version " + std::to_string(server_version_.major)};
  }
  const std::uint64_t boot = parts_.outbox.boot();
  const wire::Position sent = std::max(memory_.sent, wire::Position{boot, 0});
  if (welcome.acknowledged > sent) {
    // The server has more of us than we ever sent: the data folder is a copy of an older one. Under the old
    // numbers all that is new would be taken for repetitions.
    if (welcome.acknowledged.boot > boot + kMostUnknownStarts)
      co_return bad("it acknowledges a start that cannot have been");
    parts_.log.warn("the server knows later heartbeats of this host than its data folder",
                    {{"boot", welcome.acknowledged.boot}, {"sequence", welcome.acknowledged.sequence}});
    const auto raised = co_await parts_.outbox.raise_boot(welcome.acknowledged.boot + 1);
    if (!raised) parts_.log.error("the new start number could not be written", {{"error", raised.error()}});
    co_return LinkEnd{.cause = LinkCause::renumbered, .detail = "the data folder was behind the server"};
  }
  cursor_ = sent_ = acknowledged_ = welcome.acknowledged;
  parts_.outbox.acknowledge(welcome.acknowledged);
  welcomed_at_ = parts_.clock.mono_now();
  parts_.log.info("connected to the server",
                  {{"server", identity_.server_url}, {"waiting", parts_.outbox.figures().waiting}});
  take_settings(welcome.settings);
  offer_key();
  co_return std::nullopt;
}

void LinkSession::take(const wire::Message& message) {
  if (const auto* ack = std::get_if<wire::Ack>(&message)) {
    take_ack(ack->position);
  } else if (const auto* settings = std::get_if<wire::Settings>(&message)) {
    take_settings(*settings);
  } else if (const auto* announced = std::get_if<wire::CertificatePins>(&message)) {
    take_pins(*announced);
  } else if (const auto* changed = std::get_if<wire::KeyChanged>(&message)) {
    const bool is_ours =
        memory_.candidate && std::ranges::equal(as_bytes(changed->public_key),
                                                make_signing_key(memory_.candidate->seed).public_key);
    if (is_ours) {
      take_key();
    } else {
      ++figures_.odd_messages;
    }
  } else if (const auto* order = std::get_if<wire::RunOrder>(&message); order && parts_.work == nullptr) {
    ignore(channel_->try_send(
               wire::encode(wire::RunTaken{order->run_id, order->epoch, "this agent carries out nothing"})),
           "a server repeats an order that nobody answers");
  } else if (work_opening_ == 0 || !parts_.work->take(message)) {
    ++figures_.odd_messages;
  }
}

void LinkSession::open_work() {
  if (server_version_.minor < wire::kMinorWithRuns) return;
  if (parts_.work == nullptr) {  // a server orders nothing before it has heard that
    ignore(channel_->try_send(wire::encode(wire::RunsHeld{})), "then nothing is ordered over this link");
    return;
  }
  work_opening_ = parts_.work->open();
  tasks_.spawn("agent.send_work", send_work(shared_from_this(), work_opening_));
}

Task<void> LinkSession::send_work(std::shared_ptr<LinkSession> self, std::uint64_t opening) {
  while (auto bytes = co_await self->parts_.work->next(opening)) {
    while (!self->is_over_ && self->channel_->queued_bytes() > kWorkBacklog)
      co_await self->parts_.clock.sleep_for(kBetweenSendTries);
    if (self->is_over_) co_return;
    co_await self->send_bytes(std::move(*bytes));
  }
}

void LinkSession::offer_key() {
  if (!memory_.candidate) return;
  if (memory_.candidate->is_tried) return take_key();  // it opened this link
  if (server_version_.minor < wire::kMinorWithKeyChange) {
    parts_.log.warn("the server is too old to take a new key; the old one stays", {});
    return;
  }
  const SigningKey fresh = make_signing_key(memory_.candidate->seed);
  const std::string key(fresh.public_key.begin(), fresh.public_key.end());
  const std::string text = wire::key_signing_input(identity_.server_id, identity_.host_id, key);
  const Signature by_old = sign(make_signing_key(identity_.seed), as_bytes(text));
  const Signature by_new = sign(fresh, as_bytes(text));
  ignore(channel_->try_send(
             wire::encode(wire::KeyChange{key, std::string(as_text(by_old)), std::string(as_text(by_new))})),
         "offered again with the next link");
}

void LinkSession::take_key() {
  identity_.seed = memory_.candidate->seed;
  memory_.candidate.reset();
  parts_.log.info("the host has a new key; the old one is worthless", {});
  hooks_.on_new_key(identity_.seed);
}

void LinkSession::take_ack(wire::Position position) {
  if (position > sent_) {
    if (figures_.wrong_acks++ == 0)
      parts_.log.warn("the server acknowledges what was not sent; ignored",
                      {{"sequence", position.sequence}});
    return;
  }
  if (position <= acknowledged_) return;
  acknowledged_ = position;
  while (!in_flight_.empty() && in_flight_.front().position <= position) in_flight_.pop_front();
  parts_.outbox.acknowledge(position);
  wake_.set();
}

void LinkSession::take_settings(const wire::Settings& settings) {
  if (const auto interval = decide_interval(settings)) {
    hooks_.on_interval(*interval);
  } else {
    parts_.log.warn("the server asks for an interval outside 1 to 60 s; the last one stays",
                    {{"interval_ms", settings.heartbeat_interval_ms}});
  }
}

void LinkSession::take_pins(const wire::CertificatePins& announced) {
  // Only over the connection that the present pin vouches for; and a list without that pin would lock us out.
  const auto present = channel_->peer_pin();
  const bool is_usable = !identity_.pins.empty() && !channel_binding_.empty() && present &&
                         std::ranges::find(announced.pins, *present) != announced.pins.end();
  if (!is_usable) {
    ++figures_.odd_messages;
    return;
  }
  if (announced.pins == identity_.pins) return;
  identity_.pins = announced.pins;
  parts_.log.info("the server announced the keys of its certificate", {{"keys", identity_.pins.size()}});
  if (hooks_.keep_identity) hooks_.keep_identity(identity_);
}

std::optional<MonoTime> LinkSession::check_patience(MonoTime now) {
  if (is_over_ || is_silent_) return std::nullopt;
  const bool is_mute = !welcomed_at_ && now - began_at_ >= kHandshakePatience;
  const bool lacks_acks = !in_flight_.empty() && now - in_flight_.front().sent_at >= kAckPatience;
  if (!is_mute && !lacks_acks) {
    if (!welcomed_at_) return began_at_ + kHandshakePatience;
    return (in_flight_.empty() ? now : in_flight_.front().sent_at) + kAckPatience;
  }
  is_silent_ = true;
  channel_->abort(net::CloseCode::going_away, is_mute ? "no welcome in time" : "no acknowledgement in time");
  return std::nullopt;
}

// ---- what goes

Task<void> LinkSession::send_all(std::shared_ptr<LinkSession> self) {
  while (!self->is_over_) {
    const bool is_full = self->in_flight_.size() >= kWindow;
    if (is_full || !self->parts_.outbox.has_beyond(self->cursor_)) {
      self->wake_.reset();
      co_await self->wake_.wait();
      continue;
    }
    const auto records = co_await self->parts_.outbox.next(self->cursor_, kWindow - self->in_flight_.size());
    if (!records) self->parts_.log.warn("the outbox cannot be read", {{"error", records.error()}});
    if (!records || records->empty()) {
      co_await self->parts_.clock.sleep_for(kBetweenReadTries);
      continue;
    }
    for (const OutboxRecord& record : *records) {
      if (self->is_over_) co_return;
      if (record.position > self->cursor_) co_await self->send_record(record);
    }
  }
}

bool LinkSession::read_record(const OutboxRecord& record) {
  if (!parts_.decoder.decode(record.payload, heartbeat_)) return false;
  const auto* heartbeat = std::get_if<wire::Heartbeat>(&heartbeat_);
  if (heartbeat == nullptr || heartbeat->series_set != record.set_id) return false;
  if (const auto sent = sets_sent_.find(record.set_id); sent != sets_sent_.end())
    return heartbeat->values.size() == sent->second;
  wire::Message message;
  if (!parts_.decoder.decode(*record.set_payload, message)) return false;
  const auto* set = std::get_if<wire::SeriesSet>(&message);
  return set != nullptr && set->id == record.set_id && set->series.size() == heartbeat->values.size();
}

void LinkSession::skip(const OutboxRecord& record) {
  cursor_ = record.position;
  if (record.position <= memory_.skipped_up_to) return;
  memory_.skipped_up_to = record.position;
  if (memory_.skipped++ > 0) return;
  parts_.log.error("a record of the outbox cannot be sent, another version has written it; skipped",
                   {{"boot", record.position.boot}, {"sequence", record.position.sequence}});
}

Task<void> LinkSession::send_record(const OutboxRecord& record) {
  // The checksum was right, so it was written like this; the server would end the link at it, each time.
  if (!read_record(record)) {
    skip(record);
    co_return;
  }
  auto& heartbeat = std::get<wire::Heartbeat>(heartbeat_);
  heartbeat.position = record.position;
  heartbeat.after = sent_;
  wire::encode_to(heartbeat_, send_buffer_);
  if (!sets_sent_.contains(record.set_id)) {
    if (sets_sent_.size() >= kMostSets) sets_sent_.clear();
    const std::size_t series = heartbeat.values.size();
    co_await send_bytes(*record.set_payload);
    sets_sent_[record.set_id] = series;
  }
  // Counted before it goes, so that an answer can never come too early.
  cursor_ = sent_ = record.position;
  memory_.sent = std::max(memory_.sent, sent_);
  in_flight_.push_back({record.position, parts_.clock.mono_now()});
  ++figures_.sent;
  co_await send_bytes(send_buffer_);
}

Task<void> LinkSession::send_bytes(std::string bytes) {
  while (!is_over_) {
    std::string copy = bytes;
    if (channel_->try_send(std::move(copy))) {
      figures_.sent_bytes += bytes.size();
      co_return;
    }
    co_await parts_.clock.sleep_for(kBetweenSendTries);
  }
}

Task<void> LinkSession::say_goodbye(MonoTime deadline) {
  const auto self = shared_from_this();  // run() ends while this closes
  while (!is_over_ && is_welcome() && parts_.clock.mono_now() < deadline) {
    const bool is_work_told = work_opening_ == 0 || parts_.work->is_told();
    if (in_flight_.empty() && !parts_.outbox.has_beyond(cursor_) && is_work_told) break;
    co_await parts_.clock.sleep_for(kBetweenLooks);
  }
  if (is_over_) co_return;
  if (is_welcome()) ignore(channel_->try_send(wire::encode(wire::Goodbye{"stopped"})), "a courtesy");
  co_await channel_->close(net::CloseCode::normal, "stopped");
}

}  // namespace fettle::agent
