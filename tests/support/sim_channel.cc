#include "tests/support/sim_channel.h"

#include <algorithm>

#include "fettle/base/check.h"

namespace fettle::testing {

namespace {
constexpr Nanos kBetweenLooks = Seconds(1);
constexpr std::uint16_t kAbnormal = 1006;  // RFC 6455 section 7.1.5: the connection just went
}  // namespace

/// Both ends of one connection; shared by the two channels and the tasks that deliver.
class SimConnection : public std::enable_shared_from_this<SimConnection> {
 public:
  struct Parcel {
    std::string message;
    MonoTime due;
    bool is_close = false;
    std::uint16_t code = 0;
    std::string reason;
  };
  struct End {
    std::deque<Parcel> outgoing;  // in order of due
    std::size_t outgoing_bytes = 0;
    MonoTime last_due{};
    bool is_delivering = false;
    std::deque<std::string> inbox;
    bool is_ended = false;
    ErrorCode error = ErrorCode::closed;
    std::uint16_t close_code = 0;
    std::string close_reason;
    io::AsyncEvent news;   // for receive()
    io::AsyncEvent ended;  // for close()
  };

  SimConnection(SimNetwork& network, std::string client)
      : network_(network), client_(std::move(client)), heard_at_(network.clock_.mono_now()) {}

  bool send(int side, Parcel parcel) {
    End& end = ends[side];
    if (end.is_ended) return false;
    const bool is_full = end.outgoing.size() >= SimNetwork::kMostQueued ||
                         end.outgoing_bytes + parcel.message.size() > SimNetwork::kMostQueuedBytes;
    if (is_full && !parcel.is_close) return false;
    const SimFaults& faults = network_.faults_;
    if (!parcel.is_close && network_.random_.chance(faults.cut)) {
      cut();
      return true;  // the sender cannot know
    }
    const auto spread = static_cast<std::uint64_t>((faults.most_delay - faults.least_delay).count());
    const Nanos delay = faults.least_delay + Nanos(network_.random_.below(spread + 1));
    end.last_due = parcel.due = std::max(end.last_due, network_.clock_.mono_now() + delay);
    const bool is_twice = !parcel.is_close && network_.random_.chance(faults.duplicated);
    for (int copies = is_twice ? 2 : 1; copies > 0; --copies) {
      end.outgoing_bytes += parcel.message.size();
      end.outgoing.push_back(parcel);
    }
    const bool is_early =
        end.outgoing.size() >= 2 && !parcel.is_close && network_.random_.chance(faults.reordered);
    if (is_early)
      std::swap(end.outgoing[end.outgoing.size() - 1].message, end.outgoing[end.outgoing.size() - 2].message);
    if (!end.is_delivering) {
      end.is_delivering = true;
      network_.tasks_.spawn("sim.deliver", deliver(shared_from_this(), side));
    }
    return true;
  }

  static Task<void> deliver(std::shared_ptr<SimConnection> self, int side) {
    End& from = self->ends[side];
    while (!from.outgoing.empty() && !self->is_cut_) {
      co_await self->network_.clock_.sleep_until(from.outgoing.front().due);
      while (self->network_.is_partitioned(self->client_) && !self->is_cut_)
        co_await self->network_.clock_.sleep_for(kBetweenLooks);
      if (from.outgoing.empty() || self->is_cut_) break;
      Parcel parcel = std::move(from.outgoing.front());
      from.outgoing.pop_front();
      from.outgoing_bytes -= parcel.message.size();
      self->arrive(1 - side, std::move(parcel));
    }
    from.is_delivering = false;
  }

  void arrive(int side, Parcel parcel) {
    End& to = ends[side];
    if (to.is_ended) return;
    if (!parcel.is_close) {
      ++network_.delivered_;
      to.inbox.push_back(std::move(parcel.message));
      to.news.set();
      return;
    }
    // The answer to a close, and what the closing side waits for.
    finish(side, ErrorCode::closed, parcel.code, parcel.reason);
    finish(1 - side, ErrorCode::closed, parcel.code, parcel.reason);
  }

  /// The first reason stays.
  void finish(int side, ErrorCode error, std::uint16_t code, std::string_view reason) {
    End& end = ends[side];
    if (end.is_ended) return;
    end.is_ended = true;
    end.error = error;
    end.close_code = code;
    end.close_reason = std::string(reason);
    end.outgoing.clear();
    end.outgoing_bytes = 0;
    end.news.set();
    end.ended.set();
  }

  void cut() {
    is_cut_ = true;
    finish(0, ErrorCode::closed, kAbnormal, "");
    finish(1, ErrorCode::closed, kAbnormal, "");
  }

  /// Pings pass every few seconds where messages pass.
  void check(MonoTime now) {
    if (!network_.is_partitioned(client_)) heard_at_ = now;
    if (now - heard_at_ < SimNetwork::kDeadAfter) return;
    is_cut_ = true;
    finish(0, ErrorCode::timeout, kAbnormal, "");
    finish(1, ErrorCode::timeout, kAbnormal, "");
  }

  [[nodiscard]] bool is_open() const { return !ends[0].is_ended || !ends[1].is_ended; }
  [[nodiscard]] const std::string& client() const { return client_; }
  SimNetwork& network() { return network_; }

  End ends[2];  // 0: client, 1: server

 private:
  SimNetwork& network_;
  const std::string client_;
  MonoTime heard_at_;
  bool is_cut_ = false;
};

namespace {

class SimChannel final : public net::MessageChannel {
 public:
  SimChannel(std::shared_ptr<SimConnection> connection, int side)
      : connection_(std::move(connection)), side_(side) {}
  ~SimChannel() override { abort(net::CloseCode::going_away, ""); }
  SimChannel(const SimChannel&) = delete;
  SimChannel& operator=(const SimChannel&) = delete;

  Task<Result<std::string>> receive(std::string reuse) override {
    return receive_from(connection_, side_, std::move(reuse));
  }
  bool try_send(std::string message) override {
    return connection_->send(side_, {.message = std::move(message), .due = {}, .reason = {}});
  }
  [[nodiscard]] std::size_t queued_bytes() const override { return end().outgoing_bytes; }
  Task<void> close(net::CloseCode code, std::string reason) override {
    return close_it(connection_, side_, code, std::move(reason));
  }
  void abort(net::CloseCode code, std::string_view reason) override {
    if (end().is_ended) return;
    const auto number = static_cast<std::uint16_t>(code);
    ignore(connection_->send(side_, parting(number, reason)), "then the other side finds out by itself");
    // What was said before goes ahead of the parting.
    auto parcels = std::move(end().outgoing);
    connection_->finish(side_, ErrorCode::closed, number, reason);
    end().outgoing = std::move(parcels);
  }
  [[nodiscard]] std::uint16_t close_code() const override { return end().close_code; }
  [[nodiscard]] std::string close_reason() const override { return end().close_reason; }
  [[nodiscard]] std::optional<std::string> channel_binding() const override {
    return side_ == 0 ? connection_->network().tls().agent_binding
                      : connection_->network().tls().server_binding;
  }
  [[nodiscard]] std::optional<CertificatePin> peer_pin() const override {
    return side_ == 0 ? connection_->network().tls().server_pin : std::nullopt;
  }
  [[nodiscard]] std::string peer_address() const override {
    return side_ == 0 ? "sim-server" : connection_->client();
  }

 private:
  static SimConnection::Parcel parting(std::uint16_t code, std::string_view reason) {
    return {.message = {}, .due = {}, .is_close = true, .code = code, .reason = std::string(reason)};
  }
  static Task<Result<std::string>> receive_from(std::shared_ptr<SimConnection> connection, int side,
                                                std::string /*reuse*/) {
    SimConnection::End& end = connection->ends[side];
    while (end.inbox.empty() && !end.is_ended) {
      end.news.reset();
      co_await end.news.wait();
    }
    if (end.inbox.empty()) co_return fail(end.error, "connection_ended", "the connection has ended");
    std::string message = std::move(end.inbox.front());
    end.inbox.pop_front();
    co_return message;
  }
  static Task<void> close_it(std::shared_ptr<SimConnection> connection, int side, net::CloseCode code,
                             std::string reason) {
    SimConnection::End& end = connection->ends[side];
    const auto number = static_cast<std::uint16_t>(code);
    if (end.is_ended) co_return;
    ignore(connection->send(side, parting(number, reason)), "waited for below");
    io::Clock& clock = connection->network().clock();
    const MonoTime patience = clock.mono_now() + SimNetwork::kClosePatience;
    while (!end.is_ended && clock.mono_now() < patience) co_await clock.sleep_for(Millis(5));
    connection->finish(side, ErrorCode::closed, number, reason);
  }
  [[nodiscard]] SimConnection::End& end() const { return connection_->ends[side_]; }

  std::shared_ptr<SimConnection> connection_;
  const int side_;
};

}  // namespace

class SimNetwork::ClientDialer final : public net::Dialer {
 public:
  ClientDialer(SimNetwork& network, std::string client) : network_(network), client_(std::move(client)) {}
  Task<Result<std::unique_ptr<net::MessageChannel>>> dial(net::DialOrder /*order*/) override {
    return network_.dial(client_);
  }

 private:
  SimNetwork& network_;
  const std::string client_;
};

SimNetwork::SimNetwork(io::Loop& loop, io::Clock& clock, io::Log& log, io::SimRandom random, SimFaults faults)
    : clock_(clock), random_(random), faults_(faults), tasks_(loop, log) {}

SimNetwork::~SimNetwork() = default;

net::Dialer& SimNetwork::dialer(const std::string& client) {
  auto& dialer = dialers_[client];
  if (!dialer) dialer = std::make_unique<ClientDialer>(*this, client);
  return *dialer;
}

Task<Result<std::unique_ptr<net::MessageChannel>>> SimNetwork::dial(std::string client) {
  constexpr Nanos kDialTimeout = Seconds(15);
  ++dials_;
  co_await clock_.sleep_for(faults_.least_delay + faults_.most_delay);  // the handshake
  if (is_partitioned(client)) {
    co_await clock_.sleep_for(kDialTimeout);
    co_return fail(ErrorCode::timeout, "dial_timeout", "no answer within 15 s");
  }
  if (!accept_ || random_.chance(faults_.refused))
    co_return fail(ErrorCode::unavailable, "refused", "nobody listens there");
  auto connection = std::make_shared<SimConnection>(*this, client);
  forget_dead();
  connections_.push_back(connection);
  if (!std::exchange(is_watching_, true)) tasks_.spawn("sim.watch", watch());
  accept_(std::make_unique<SimChannel>(connection, 1));
  co_return std::make_unique<SimChannel>(connection, 0);
}

Task<void> SimNetwork::watch() {
  for (;;) {
    co_await clock_.sleep_for(kBetweenLooks);
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      if (const auto connection = connections_[i].lock()) connection->check(clock_.mono_now());
    }
    forget_dead();
    // With nothing to watch a simulation that is over finds nothing left to happen.
    if (connections_.empty()) break;
  }
  is_watching_ = false;
}

void SimNetwork::forget_dead() {
  std::erase_if(connections_, [](const auto& weak) {
    const auto connection = weak.lock();
    return !connection || !connection->is_open();
  });
}

void SimNetwork::heal(const std::string& client) {
  partitioned_.erase(client);
}

void SimNetwork::heal_all() {
  partitioned_.clear();
}

void SimNetwork::cut(const std::string& client) {
  for (const auto& weak : connections_) {
    const auto connection = weak.lock();
    if (connection && connection->client() == client) connection->cut();
  }
}

void SimNetwork::cut_all() {
  for (const auto& weak : connections_) {
    if (const auto connection = weak.lock()) connection->cut();
  }
}

Task<void> SimNetwork::stop() {
  cut_all();
  co_await tasks_.stop();
}

std::size_t SimNetwork::open_connections() const {
  return static_cast<std::size_t>(std::ranges::count_if(connections_, [](const auto& weak) {
    const auto connection = weak.lock();
    return connection && connection->is_open();
  }));
}

}  // namespace fettle::testing
