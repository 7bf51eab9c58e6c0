#include "fettle/agent/link.h"

namespace fettle::agent {
namespace {

constexpr std::string_view kSubprotocol = "fettle.agent.v1";
constexpr std::uint64_t kRepeatsBetweenLines = 20;  // ten minutes at 30 s

void add(SessionFigures& sum, const SessionFigures& more) {
  sum.sent += more.sent;
  sum.sent_bytes += more.sent_bytes;
  sum.odd_messages += more.odd_messages;
  sum.wrong_acks += more.wrong_acks;
}

}  // namespace

Link::Link(LinkParts parts, LinkHooks hooks, Identity identity)
    : parts_(std::move(parts)),
      hooks_(std::move(hooks)),
      identity_(std::move(identity)),
      patience_(parts_.clock, tasks_, [this] { check_patience(); }),
      tasks_(parts_.loop, parts_.log) {}

void Link::start() {
  tasks_.spawn("agent.link", run());
}

Task<void> Link::stop(MonoTime deadline) {
  is_stopping_ = true;
  // A copy: run() lets go of the session while it says goodbye.
  if (const auto session = session_) co_await session->say_goodbye(deadline);
  co_await tasks_.stop();
  session_.reset();
  figures_.state = LinkState::stopped;
}

void Link::wake() {
  if (session_) session_->wake();
}

void Link::change_key(Key256 seed) {
  memory_.candidate = KeyCandidate{std::move(seed)};
  if (session_) session_->offer_key_now();
}

LinkFigures Link::figures() const {
  LinkFigures figures = figures_;
  figures.clock_ahead = memory_.clock_ahead;
  if (session_) add(figures.sessions, session_->figures());
  if (session_ && session_->is_welcome()) figures.state = LinkState::open;
  return figures;
}

void Link::check_patience() {
  const auto session = session_;  // it may end here
  if (!session) return;
  if (const auto next = session->check_patience(parts_.clock.mono_now())) patience_.set(*next);
}

Task<void> Link::run() {
  while (!is_stopping_) {
    const LinkEnd end = co_await connect_once();
    if (is_stopping_) co_return;
    NextTry next = decide_retry(end, history_, parts_.random.unit());
    // The other key has not been tried yet.
    const bool has_other_key =
        end.cause == LinkCause::refused && memory_.candidate && memory_.candidate->is_tried;
    if (has_other_key) next.delay = std::min<Millis>(next.delay, Seconds(1));
    history_ = next.history;
    log_end(end, next);
    if (next.gives_up) {
      figures_.state = LinkState::given_up;
      co_return;
    }
    figures_.state = LinkState::waiting;
    co_await parts_.clock.sleep_for(next.delay);
  }
}

Task<LinkEnd> Link::connect_once() {
  figures_.state = LinkState::dialling;
  ++figures_.dials;
  auto channel =
      co_await parts_.dialer.dial({identity_.link_url(), std::string(kSubprotocol), identity_.pins});
  if (!channel) {
    const Error& error = channel.error();
    const bool is_stranger = error.reason.starts_with("certificate_");
    co_return LinkEnd{.cause = is_stranger ? LinkCause::wrong_certificate : LinkCause::dial_failed,
                      .detail = error.reason + ": " + error.detail};
  }
  if (is_stopping_) co_return LinkEnd{.cause = LinkCause::stopped};
  figures_.state = LinkState::greeting;
  session_ = std::make_shared<LinkSession>(parts_, hooks_, identity_, memory_, tasks_, std::move(*channel));
  const auto session = session_;
  check_patience();
  const LinkEnd end = co_await session->run();
  if (session->is_welcome()) ++figures_.welcomes;
  add(figures_.sessions, session->figures());
  // The answer to an announcement may have been lost: then the other key is the good one.
  if (end.cause == LinkCause::refused && memory_.candidate)
    memory_.candidate->is_tried = !memory_.candidate->is_tried;
  session_.reset();
  patience_.clear();
  co_return end;
}

void Link::log_end(const LinkEnd& end, const NextTry& next) {
  figures_.last_end = std::string(next.message) + " (" + end.detail + ")";
  const bool is_new = end.welcomed_for > Nanos(0) || last_message_ != next.message;
  repeats_ = is_new ? 0 : repeats_ + 1;
  last_message_ = next.message;
  const auto say = [&](auto log) {
    (parts_.log.*log)(next.message, {{"server", identity_.server_url},
                                     {"why", end.detail},
                                     {"repeats", repeats_},
                                     {"next_try_ms", next.gives_up ? -1 : next.delay.count()}});
  };
  // What only a person can mend is said each time; the rest when it is new, and now and then.
  if (next.loudness == Loudness::error) return say(&io::Log::error);
  if (next.loudness == Loudness::warning && repeats_ % kRepeatsBetweenLines == 0) return say(&io::Log::warn);
  say(&io::Log::debug);
}

}  // namespace fettle::agent
