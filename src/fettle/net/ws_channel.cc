#include "fettle/net/ws_channel.h"

#include "fettle/base/check.h"
#include "fettle/base/text.h"
#include "fettle/io/clock.h"
#include "fettle/io/give_way.h"
#include "fettle/io/loop.h"
#include "fettle/io/random.h"
#include "fettle/net/tls_session.h"
#include "fettle/net/ws_core.h"

namespace fettle::net {
namespace {

constexpr std::uint16_t kAbnormal = 1006;  // never on the wire: the connection went without a close frame
constexpr std::size_t kMaxGatheredFrames = 32;
constexpr std::size_t kKeptQueueCapacity = 16;
constexpr std::size_t kKeptReceivedCapacity = 4096;
constexpr std::size_t kMaxReadsAtAbort = 16;
// What one connection may take of a turn of the loop, so that a peer that never pauses holds up nobody else.
// With what is done about each message (7 us for a heartbeat of 170 values) that is below a millisecond.
constexpr std::size_t kMessagesATurn = 64;
constexpr std::size_t kBytesATurn = 64 * 1024;

/// The channel as its owner holds it.
class WsChannel final : public MessageChannel {
 public:
  explicit WsChannel(std::shared_ptr<WsCore> core) : core_(std::move(core)) {}
  ~WsChannel() override { core_->abort(CloseCode::going_away, ""); }
  WsChannel(const WsChannel&) = delete;
  WsChannel& operator=(const WsChannel&) = delete;

  Task<Result<std::string>> receive(std::string reuse) override {
    return WsCore::receive(core_, std::move(reuse));
  }
  void limit_messages(std::size_t bytes) override { core_->limit_messages(bytes); }
  bool try_send(std::string message) override { return core_->try_send(std::move(message)); }
  [[nodiscard]] std::size_t queued_bytes() const override { return core_->queued_bytes(); }
  Task<void> close(CloseCode code, std::string reason) override {
    return WsCore::close(core_, code, std::move(reason));
  }
  void abort(CloseCode code, std::string_view reason) override { core_->abort(code, reason); }
  [[nodiscard]] std::uint16_t close_code() const override { return core_->close_code(); }
  [[nodiscard]] std::string close_reason() const override { return core_->close_reason(); }
  [[nodiscard]] std::string peer_address() const override { return core_->peer_address(); }
  [[nodiscard]] std::optional<std::string> channel_binding() const override {
    if (!core_->socket().is_tls()) return std::nullopt;
    return core_->socket().tls().channel_binding();
  }
  [[nodiscard]] std::optional<CertificatePin> peer_pin() const override {
    return core_->socket().is_tls() ? core_->socket().tls().peer_pin() : std::nullopt;
  }

 private:
  std::shared_ptr<WsCore> core_;
};

class Flag {
 public:
  explicit Flag(bool& flag) : flag_(flag) { flag_ = true; }
  ~Flag() { flag_ = false; }
  Flag(const Flag&) = delete;
  Flag& operator=(const Flag&) = delete;

 private:
  bool& flag_;
};

}  // namespace

std::unique_ptr<MessageChannel> make_ws_channel(WsServices services, WsSettings settings, Socket socket,
                                                std::string received, ConnectionTicket ticket) {
  auto core = std::make_shared<WsCore>(std::move(services), std::move(settings), std::move(socket),
                                       std::move(received), std::move(ticket));
  core->start();
  return std::make_unique<WsChannel>(std::move(core));
}

WsCore::WsCore(WsServices services, WsSettings settings, Socket socket, std::string received,
               ConnectionTicket ticket)
    : services_(std::move(services)),
      settings_(std::move(settings)),
      socket_(std::move(socket)),
      ticket_(std::move(ticket)),
      decoder_(settings_.role == WsRole::server ? WsRole::client : WsRole::server,
               settings_.max_message_bytes),
      received_(std::move(received)) {}

void WsCore::start() {
  socket_.watch_for_dead_peer();
  last_heard_ = last_ping_ = services_.clock.mono_now();
  place_ = services_.sweep->add(weak_from_this(), last_heard_);
}

WsCore::~WsCore() {
  services_.sweep->remove(place_);
}

Task<Result<std::string>> WsCore::receive(std::shared_ptr<WsCore> core, std::string reuse) {
  FETTLE_CHECK(!core->is_receiving_, "one reader at a time");
  const Flag receiving(core->is_receiving_);
  reuse.clear();
  for (;;) {
    if (core->is_turn_over()) co_await give_way(core);
    if (auto outcome = core->read(reuse)) {
      ++core->turn_.messages;
      co_return std::move(*outcome);
    }
    if (core->is_ended_) co_return std::unexpected(core->end_error_);
    co_await wait_for_more(core);
  }
}

bool WsCore::is_turn_over() const {
  return turn_.messages >= kMessagesATurn || turn_.bytes >= kBytesATurn;
}

Task<void> WsCore::give_way(std::shared_ptr<WsCore> core) {
  co_await io::give_way(core->services_.loop);
  core->turn_ = {};
}

Task<void> WsCore::wait_for_more(std::shared_ptr<WsCore> core) {
  if (core->is_turn_over()) co_return;  // there may be more already, but others come first
  co_await core->socket_.wait_readable();
  core->turn_ = {};
}

std::optional<Result<std::string>> WsCore::read(std::string& message) {
  if (is_ended_) return std::unexpected(end_error_);
  if (received_at_ < received_.size()) {
    std::string_view rest = std::string_view(received_).substr(received_at_);
    auto outcome = consume(rest, message);
    received_at_ = received_.size() - rest.size();
    if (rest.empty()) {
      received_at_ = 0;
      received_.clear();
      if (received_.capacity() > kKeptReceivedCapacity) received_ = std::string();
    }
    if (outcome) return outcome;
  }
  for (;;) {
    const auto scratch = services_.sweep->scratch();
    const std::ptrdiff_t count = socket_.read_some(scratch);
    if (count == kWouldBlock) return std::nullopt;
    if (count == 0 || count == kGone) {
      end(ErrorCode::closed, "connection_lost", "the connection ended without a close frame");
      return std::unexpected(end_error_);
    }
    last_heard_ = services_.sweep->now();
    turn_.bytes += static_cast<std::size_t>(count);
    std::string_view bytes(scratch.data(), static_cast<std::size_t>(count));
    auto outcome = consume(bytes, message);
    if (!bytes.empty() && !is_ended_) received_.assign(bytes);
    if (outcome) return outcome;
    // A short read has emptied the kernel's buffer: the next look would only say so.
    if (static_cast<std::size_t>(count) < scratch.size() || is_turn_over()) return std::nullopt;
  }
}

std::optional<Result<std::string>> WsCore::consume(std::string_view& input, std::string& message) {
  for (;;) {
    switch (decoder_.decode(input, message)) {
      case WsDecoder::Event::none:
        return std::nullopt;
      case WsDecoder::Event::message:
        return Result<std::string>(std::move(message));
      case WsDecoder::Event::ping:
        if (queue_.size() - queue_first_ < kMaxQueuedMessages && !is_close_sent_) {
          push(WsOpcode::pong, std::string(decoder_.control()));
        }
        break;
      case WsDecoder::Event::pong:
        break;
      case WsDecoder::Event::close:
        note_close(decoder_.close_code(), decoder_.control());
        answer_close();
        end(ErrorCode::closed, "closed_by_peer", "the peer closed with code " + std::to_string(close_code_));
        return std::unexpected(end_error_);
      case WsDecoder::Event::failed: {
        const bool is_too_big = decoder_.close_code() == static_cast<std::uint16_t>(CloseCode::too_big);
        note_close(decoder_.close_code(), decoder_.failure());
        answer_close();
        end(is_too_big ? ErrorCode::too_large : ErrorCode::closed,
            is_too_big ? "message_too_large" : "protocol_error", std::string(decoder_.failure()));
        return std::unexpected(end_error_);
      }
    }
  }
}

void WsCore::answer_close() {
  constexpr std::uint16_t kNoStatus = 1005;
  if (!is_close_sent_)
    push_close(close_code_ == kNoStatus ? std::uint16_t{1000} : close_code_, close_reason_);
  flush();
}

bool WsCore::try_send(std::string message) {
  if (is_ended_ || is_close_sent_ ||
      message.size() > kMaxQueuedBytes - std::min(queued_bytes_, kMaxQueuedBytes) ||
      queue_.size() - queue_first_ >= kMaxQueuedMessages) {
    return false;
  }
  push(WsOpcode::binary, std::move(message));
  return true;
}

void WsCore::push(WsOpcode opcode, std::string payload) {
  OutFrame frame;
  if (settings_.role == WsRole::client) {
    WsMask mask{};
    services_.random.fill(mask);
    apply_mask(payload, mask, 0);
    frame.head = make_frame_head(opcode, payload.size(), &mask);
  } else {
    frame.head = make_frame_head(opcode, payload.size(), nullptr);
  }
  frame.payload = std::move(payload);
  queued_bytes_ += frame.size();
  queue_.push_back(std::move(frame));
  schedule_flush();
}

void WsCore::push_close(std::uint16_t code, std::string_view reason) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  payload += truncate_utf8(reason, kMaxControlBytes - payload.size());
  push(WsOpcode::close, std::move(payload));
  is_close_sent_ = true;
}

void WsCore::schedule_flush() {
  // On the next turn, so that all that is sent in this one goes out in one system call.
  if (is_flush_scheduled_ || is_waiting_to_write_) return;
  is_flush_scheduled_ = true;
  services_.loop.post([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->is_flush_scheduled_ = false;
    self->flush();
  });
}

void WsCore::flush() {
  while (queue_first_ < queue_.size() && !is_ended_) {
    std::array<std::string_view, kMaxGatheredFrames * 2> parts;
    const std::size_t count = std::min(queue_.size() - queue_first_, kMaxGatheredFrames);
    for (std::size_t i = 0; i < count; ++i) {
      parts[i * 2] = queue_[queue_first_ + i].head.view();
      parts[i * 2 + 1] = queue_[queue_first_ + i].payload;
    }
    const std::size_t of_head = std::min(front_sent_, parts[0].size());
    parts[0].remove_prefix(of_head);
    parts[1].remove_prefix(front_sent_ - of_head);
    const std::ptrdiff_t taken = socket_.write_some(std::span(parts).first(count * 2));
    if (taken == kGone) return end(ErrorCode::closed, "connection_lost", "the connection is gone");
    if (taken == 0) {
      if (is_waiting_to_write_) return;
      is_waiting_to_write_ = true;
      return socket_.on_writable([weak = weak_from_this()](bool is_open) {
        const auto self = weak.lock();
        if (!self) return;
        self->is_waiting_to_write_ = false;
        if (is_open) self->flush();
      });
    }
    took(static_cast<std::size_t>(taken));
  }
}

void WsCore::took(std::size_t bytes) {
  queued_bytes_ -= bytes;
  front_sent_ += bytes;
  while (queue_first_ < queue_.size() && front_sent_ >= queue_[queue_first_].size()) {
    front_sent_ -= queue_[queue_first_].size();
    queue_[queue_first_++].payload = std::string();
  }
  if (queue_first_ < queue_.size()) return;
  queue_.clear();
  queue_first_ = 0;
  if (queue_.capacity() > kKeptQueueCapacity) queue_.shrink_to_fit();
}

void WsCore::begin_close(CloseCode code, std::string_view reason) {
  if (is_ended_ || is_close_sent_) return;
  note_close(static_cast<std::uint16_t>(code), reason);
  push_close(static_cast<std::uint16_t>(code), reason);
  close_due_ = services_.clock.mono_now() + WsSweep::kCloseWithin;
  services_.sweep->note_close();
}

Task<void> WsCore::close(std::shared_ptr<WsCore> core, CloseCode code, std::string reason) {
  if (core->is_ended_) co_return;
  core->begin_close(code, reason);
  if (core->is_receiving_) {
    if (!core->ended_) core->ended_ = std::make_unique<io::AsyncEvent>();
    co_return co_await core->ended_->wait();
  }
  const Flag receiving(core->is_receiving_);
  std::string dropped;
  while (!core->is_ended_) {
    if (core->is_turn_over()) co_await give_way(core);
    if (core->read(dropped)) {
      ++core->turn_.messages;
      dropped.clear();  // a message that came too late
      continue;
    }
    if (!core->is_ended_) co_await wait_for_more(core);
  }
}

void WsCore::abort(CloseCode code, std::string_view reason) {
  if (is_ended_) return;
  note_close(static_cast<std::uint16_t>(code), reason);
  if (!is_close_sent_) push_close(static_cast<std::uint16_t>(code), reason);
  flush();
  if (is_ended_) return;
  // What lies unread would turn the close into a reset, and the peer would not learn the reason.
  socket_.shutdown_sending();
  for (std::size_t i = 0; i < kMaxReadsAtAbort && socket_.read_some(services_.sweep->scratch()) > 0; ++i) {
  }
  end(ErrorCode::closed, "aborted", "the connection was dropped on this side");
}

void WsCore::check(MonoTime now) {
  if (is_ended_) return;
  decoder_.forgive_idle_frames();
  if (now >= close_due_)
    return end(ErrorCode::closed, "close_unanswered", "the peer did not answer the close");
  if (now - last_heard_ >= WsSweep::kDeadAfter) {
    return end(ErrorCode::timeout, "silent", "nothing was heard from the peer for 60 s");
  }
  if (now - std::max(last_heard_, last_ping_) >= WsSweep::kPingAfter && !is_close_sent_) {
    last_ping_ = now;
    push(WsOpcode::ping, "");
  }
}

void WsCore::note_close(std::uint16_t code, std::string_view reason) {
  if (close_code_ != 0) return;
  close_code_ = code;
  close_reason_ = std::string(reason);
}

void WsCore::end(ErrorCode code, std::string_view word, std::string detail) {
  if (is_ended_) return;
  is_ended_ = true;
  note_close(kAbnormal, "");
  end_error_ = Error{code, std::string(word), std::move(detail), {}, 0};
  queue_.clear();
  queue_first_ = 0;
  front_sent_ = 0;
  queued_bytes_ = 0;
  socket_.close();
  if (ended_) ended_->set();
}

}  // namespace fettle::net
