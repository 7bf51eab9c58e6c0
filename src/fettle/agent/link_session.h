// One connection to the server, from the challenge to its end: proves who we are, replays what the server has
// not committed, sends what comes, and hands acknowledgements to the outbox. A session is shared by the link
// that runs it, its sending task and a stop in progress. Loop thread.
#pragma once
#include <deque>
#include <map>

#include "fettle/agent/identity.h"
#include "fettle/agent/link_rules.h"
#include "fettle/agent/outbox/outbox.h"
#include "fettle/agent/work_door.h"
#include "fettle/io/async_event.h"
#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/task_scope.h"
#include "fettle/net/message_channel.h"

namespace fettle::agent {

/// What every session of a link uses. References outlive the link.
struct LinkParts {
  io::Loop& loop;
  io::Clock& clock;
  io::Random& random;
  net::Dialer& dialer;
  wire::Decoder& decoder;
  Outbox& outbox;
  io::Log log;
  WorkDoor* work = nullptr;  // none: this agent carries out nothing
};

/// What the link tells and asks its owner.
struct LinkHooks {
  std::function<wire::Inventory()> inventory;
  std::function<void(Millis)> on_interval;
  std::function<void(const Identity&)> keep_identity;  // it has changed; may be empty
  /// The server has this key of the host by now, and no other.
  std::function<void(const Key256& seed)> on_new_key = [](const Key256&) {};
  std::string agent_version;
  std::int64_t started_at_ms = 0;
};

struct SessionFigures {
  std::uint64_t sent = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t odd_messages = 0;  // unknown, or at the wrong time
  std::uint64_t wrong_acks = 0;    // of what was not sent
};

/// What a link knows from one session to the next.
/// A change of keys that was begun: the new key is on disk beside the identity. Which of the two is in force
/// the server says, by what it lets in.
struct KeyCandidate {
  Key256 seed;
  bool is_tried = false;  // it signs the next hello: the server did not know the old one any more
};

struct LinkMemory {
  wire::Position sent;                // the highest of this start that went on a link
  wire::Position skipped_up_to;       // the highest record that cannot be sent
  std::uint64_t skipped = 0;          // how many there were; each counts once, however often it is met
  std::uint64_t link = 0;             // the name of the last welcome; the next hello says it
  std::optional<Millis> clock_ahead;  // of the server's, at the last welcome
  std::optional<KeyCandidate> candidate;
};

class LinkSession : public std::enable_shared_from_this<LinkSession> {
 public:
  LinkSession(LinkParts& parts, const LinkHooks& hooks, Identity& identity, LinkMemory& memory,
              io::TaskScope& tasks, std::unique_ptr<net::MessageChannel> channel);

  /// Until the connection ends.
  Task<LinkEnd> run();
  /// There may be something to send.
  void wake() { wake_.set(); }
  /// Announces the candidate of the memory, if the link is open.
  void offer_key_now() {
    if (is_welcome()) offer_key();
  }
  /// Ends the connection when the other side has been silent for too long; else says before when there is no
  /// need to look again.
  std::optional<MonoTime> check_patience(MonoTime now);
  /// Waits until all is acknowledged, but not past `deadline`; says goodbye and closes.
  Task<void> say_goodbye(MonoTime deadline);

  [[nodiscard]] bool is_welcome() const { return welcomed_at_.has_value(); }
  [[nodiscard]] const SessionFigures& figures() const { return figures_; }

  static constexpr std::size_t kWindow = 64;  // heartbeats sent and not acknowledged
  static constexpr Nanos kHandshakePatience = Seconds(10);
  static constexpr Nanos kAckPatience = Seconds(60);
  /// What is said of runs waits while so much is on its way: heartbeats go first.
  static constexpr std::size_t kWorkBacklog = 128UL * 1024;
  static constexpr std::size_t kMostSets = 64;  // remembered as sent; repeating one is harmless
  /// A server that claims to know of so many more starts than there were is not believed.
  static constexpr std::uint64_t kMostUnknownStarts = 1'000'000;

 private:
  struct InFlight {
    wire::Position position;
    MonoTime sent_at;
  };
  Task<LinkEnd> talk();
  /// The next message that this version knows; nothing when the connection has ended (end_ says how).
  Task<std::optional<wire::Message>> receive();
  Task<std::optional<LinkEnd>> take_challenge();
  Task<std::optional<LinkEnd>> take_welcome();
  /// What the hello's signature covers of the channel; a reason to end when it would prove nothing.
  [[nodiscard]] std::optional<LinkEnd> bind_channel(const wire::Challenge& challenge);
  void say_hello(const wire::Challenge& challenge);
  void take(const wire::Message& message);
  void take_ack(wire::Position position);
  void offer_key();
  void take_key();
  void take_settings(const wire::Settings& settings);
  void take_pins(const wire::CertificatePins& announced);
  [[nodiscard]] LinkEnd end_of_channel(const Error& error) const;

  static Task<void> send_all(std::shared_ptr<LinkSession> self);
  void open_work();
  static Task<void> send_work(std::shared_ptr<LinkSession> self, std::uint64_t opening);
  Task<void> send_record(const OutboxRecord& record);
  /// Makes heartbeat_ of it, if the server will understand that and the series set it refers to.
  bool read_record(const OutboxRecord& record);
  void skip(const OutboxRecord& record);
  Task<void> send_bytes(std::string bytes);

  LinkParts& parts_;
  const LinkHooks& hooks_;
  Identity& identity_;
  LinkMemory& memory_;
  io::TaskScope& tasks_;
  std::unique_ptr<net::MessageChannel> channel_;
  const MonoTime began_at_;
  std::optional<MonoTime> welcomed_at_;
  wire::Version server_version_;
  std::string channel_binding_;     // empty where the server does not end TLS itself
  std::uint64_t work_opening_ = 0;  // 0: this server does not know of runs
  bool is_over_ = false;
  bool is_silent_ = false;  // we gave up on it
  LinkEnd end_;
  std::string receive_buffer_;
  std::string send_buffer_;
  wire::Message heartbeat_;  // reused for each record that is sent
  wire::Position cursor_;    // how far the outbox was read
  wire::Position sent_;      // the last that went on this link, or what the welcome told
  wire::Position acknowledged_;
  std::deque<InFlight> in_flight_;
  std::map<std::uint64_t, std::size_t> sets_sent_;  // how many series each has
  SessionFigures figures_;
  io::AsyncEvent wake_;
};

}  // namespace fettle::agent
