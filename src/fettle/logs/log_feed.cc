#include "fettle/logs/log_feed.h"

#include <array>

#include "fettle/base/check.h"
#include "fettle/logs/log_line_json.h"

namespace fettle::logs {
namespace {

constexpr std::string_view kPreamble = "retry: 2000\n: ok\n\n";
constexpr std::string_view kKeepAlive = ": keep-alive\n\n";
constexpr const char* kTaskName = "logs.feed";

/// The loop names a turn that took long by its task: a line about this very task would cause the next one.
bool is_of_feed(const io::LogRecord& record) {
  return std::ranges::any_of(record.entry->fields, [](const auto& field) {
    return field.first == "task" && field.second == kTaskName;
  });
}

}  // namespace

struct LogFeed::Follower {
  std::shared_ptr<net::ByteStream> stream;
  std::string principal_id, session_id;
  LogFilter filter;
  std::string waiting;
  MonoTime last_taken;
  bool is_waiting_for_room = false;
  bool is_closed = false;
};

std::string log_frame(const io::LogRecord& record) {
  return "id: " + std::to_string(record.id) + "\nevent: log_entry\ndata: " + log_line_json(record) + "\n\n";
}

LogFeed::LogFeed(io::Loop& loop, io::Clock& clock, io::Log log, std::shared_ptr<io::LogRing> ring,
                 stream::Hub& hub, EnvironmentId system, LogFeedSettings settings)
    : loop_(loop),
      clock_(clock),
      log_(std::move(log)),
      ring_(std::move(ring)),
      hub_(hub),
      system_(system),
      settings_(settings),
      tasks_(loop, log_) {}

LogFeed::~LogFeed() {
  ring_->on_change({});
}

void LogFeed::start() {
  ring_->on_change([this] { loop_.post([this] { changed_.set(); }); });
  changed_.set();  // what was logged before anybody listened
  tasks_.spawn(kTaskName, run());
  tasks_.spawn("logs.keep_alive", keep_alive());
}

Task<void> LogFeed::stop() {
  is_stopping_ = true;
  ring_->on_change({});
  send_changes();
  for (const auto& follower : followers_) {
    follower->is_closed = true;
    follower->stream->close();
  }
  followers_.clear();
  co_await tasks_.stop();
}

Task<void> LogFeed::run() {
  for (;;) {
    co_await changed_.wait();
    changed_.reset();
    send_changes();
    co_await clock_.sleep_for(settings_.pause);
  }
}

void LogFeed::send_changes() {
  io::LogRing::Changes changes = ring_->take_changes();
  std::erase_if(changes.records, is_of_feed);
  if (changes.records.empty() && changes.skipped == 0) return;
  for (const auto& follower : followers_) {
    for (const io::LogRecord& record : changes.records) {
      if (is_wanted(record, follower->filter)) give(*follower, record);
    }
    push(follower);
  }
  drop_closed();
  publish(changes);
}

void LogFeed::publish(const io::LogRing::Changes& changes) {
  const stream::Topic topic{system_, "logs"};
  if (!hub_.is_watched(topic)) return;
  const std::size_t count = std::min(changes.records.size(), settings_.lines_a_pause);
  const std::uint64_t skipped = changes.skipped + changes.records.size() - count;
  if (skipped > 0) {
    hub_.publish(topic, stream::LogMessage{R"({"skipped":)" + std::to_string(skipped) + "}"},
                 stream::Keep::kept);
  }
  for (const io::LogRecord& record : std::span(changes.records).last(count)) {
    hub_.publish(topic, stream::LogMessage{log_line_json(record)}, stream::Keep::kept);
  }
}

Result<std::uint64_t> LogFeed::admit() const {
  if (is_stopping_) return fail(ErrorCode::unavailable, "stopping", "The server is stopping.");
  if (followers_.size() < settings_.max_followers) return rescopes_;
  return fail(ErrorCode::rate_limited, "too_many_streams", "Too many follow the log already.");
}

void LogFeed::follow(std::shared_ptr<net::ByteStream> stream, Following what) {
  const auto pass = admit();
  if (!pass || *pass != what.pass) return stream->close();
  auto follower = std::make_shared<Follower>();
  follower->stream = std::move(stream);
  follower->principal_id = what.principal.id;
  follower->session_id = what.principal.session_id;
  follower->filter = std::move(what.filter);
  follower->last_taken = clock_.mono_now();
  follower->waiting = kPreamble;
  for (const io::LogRecord& record : what.first) give(*follower, record);
  follower->stream->on_closed([weak = std::weak_ptr(follower)] {
    if (const auto self = weak.lock()) self->is_closed = true;
  });
  followers_.push_back(follower);
  push(follower);
  drop_closed();
}

void LogFeed::give(Follower& follower, const io::LogRecord& record) {
  follower.waiting += log_frame(record);
}

void LogFeed::push(const std::shared_ptr<Follower>& follower) {
  if (follower->is_closed || follower->waiting.empty()) return;
  const std::array<std::string_view, 1> parts{follower->waiting};
  const std::ptrdiff_t taken = follower->stream->try_write(parts);
  if (taken < 0) {
    follower->is_closed = true;
    return;
  }
  if (taken > 0) follower->last_taken = clock_.mono_now();
  follower->waiting.erase(0, static_cast<std::size_t>(taken));
  if (follower->waiting.empty() || follower->is_waiting_for_room) return;
  follower->is_waiting_for_room = true;
  follower->stream->on_writable([this, weak = std::weak_ptr(follower)] {
    const auto self = weak.lock();
    if (!self || self->is_closed) return;
    self->is_waiting_for_room = false;
    push(self);
  });
}

void LogFeed::drop_closed() {
  const MonoTime now = clock_.mono_now();
  std::erase_if(followers_, [&](const std::shared_ptr<Follower>& follower) {
    const bool is_stuck = !follower->waiting.empty() && now - follower->last_taken > settings_.stalled;
    if (!follower->is_closed && !is_stuck && follower->waiting.size() <= settings_.follower_bytes) {
      return false;
    }
    follower->is_closed = true;
    follower->stream->close();
    return true;
  });
}

Task<void> LogFeed::keep_alive() {
  for (;;) {
    co_await clock_.sleep_for(settings_.keep_alive);
    for (const auto& follower : followers_) {
      if (follower->waiting.empty()) follower->waiting = kKeepAlive;
      push(follower);
    }
    drop_closed();
  }
}

void LogFeed::rescope(std::string_view principal_id, std::string_view session_id, const Principal* now) {
  ++rescopes_;
  for (const auto& follower : followers_) {
    if (follower->principal_id != principal_id) continue;
    if (!session_id.empty() && follower->session_id != session_id) continue;
    if (now == nullptr || !now->may_somewhere(Permission::administer_server)) follower->is_closed = true;
  }
  drop_closed();
}

std::set<std::pair<std::string, std::string>> LogFeed::audience() const {
  std::set<std::pair<std::string, std::string>> out;
  for (const auto& follower : followers_) out.emplace(follower->principal_id, follower->session_id);
  return out;
}

}  // namespace fettle::logs
