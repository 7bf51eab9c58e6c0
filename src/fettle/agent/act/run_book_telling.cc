// How what the book holds is told to the server: in order, whose turn it is, so much at a time.
#include <algorithm>

#include "fettle/agent/act/run_book.h"
#include "fettle/io/kill_points.h"
#include "fettle/io/loop.h"

namespace fettle::agent {

std::uint64_t RunBook::open() {
  opening_ = ++openings_;
  must_say_held_ = true;
  to_say_.clear();
  for (auto& [id, held] : held_) {
    held.sent = held.acknowledged;
    held.is_opened_said = false;
    held.waits_since.reset();
    held.repeats = 0;
  }
  wake_.set();
  return opening_;
}

void RunBook::close(std::uint64_t opening) {
  if (opening != opening_) return;
  opening_ = 0;
  to_say_.clear();
  wake_.set();
}

void RunBook::say(const wire::Message& message) {
  if (opening_ == 0 || to_say_.size() >= kMostToSay) return;
  to_say_.push_back(wire::encode(message));
  wake_.set();
}

/// A folder of an older agent may hold more than can be named: then those first that would be taken for lost.
wire::RunsHeld RunBook::held_message() const {
  wire::RunsHeld message{.boot_id = boot_id_};
  for (const bool is_over : {false, true}) {
    for (const auto& [id, held] : held_) {
      if (!held.is_taken || held.is_over != is_over) continue;
      if (message.runs.size() >= wire::kMostHeldRuns) {
        message.is_partial = true;
        return message;
      }
      message.runs.push_back({.run_id = id, .epoch = held.epoch, .is_over = held.is_over});
    }
  }
  return message;
}

std::size_t RunBook::in_flight() const {
  std::size_t sum = 0;
  for (const auto& [id, held] : held_) sum += held.sent - held.acknowledged;
  return sum;
}

bool RunBook::can_send(const Held& held) const {
  if (!held.is_taken) return false;
  if (held.opened && !held.is_opened_said) return may_open();
  if (held.sent - held.acknowledged >= kMostInFlightOfRun) return false;
  // While the disk takes nothing what was made is told from memory. What a spool holds is read again at the
  // next start, and is not cut into the same reports: that waits.
  const bool may_be_ahead = held.has_trouble && !held.opened;
  return held.sent < held.written || (may_be_ahead && held.sent < held.reports.size());
}

std::optional<std::string> RunBook::pick() const {
  if (held_.empty() || in_flight() >= kMostInFlight) return std::nullopt;
  auto at = held_.upper_bound(last_picked_);
  for (std::size_t i = 0; i < held_.size(); ++i) {
    if (at == held_.end()) at = held_.begin();
    if (can_send(at->second)) return at->first;
    ++at;
  }
  return std::nullopt;
}

MonoTime RunBook::repeat_at(const Held& held) {
  constexpr unsigned kMostDoublings = 5;  // more is more than kMostPatience
  const Nanos patience = kPatience * (1U << std::min(held.repeats, kMostDoublings));
  return *held.waits_since + std::min(patience, kMostPatience);
}

void RunBook::repeat_overdue() {
  const MonoTime now = clock_.mono_now();
  for (auto& [id, held] : held_) {
    if (!held.waits_since || repeat_at(held) > now) continue;
    held.waits_since.reset();
    if (held.sent == held.acknowledged) continue;
    held.sent = held.acknowledged;
    ++held.repeats;
  }
}

/// With what may not be told yet something has to wake us.
void RunBook::set_alarm() {
  std::optional<MonoTime> first;
  const auto at = [&](MonoTime time) { first = first ? std::min(*first, time) : time; };
  if (!may_open()) at(opened_until_ - kOpenedAhead);
  for (const auto& [id, held] : held_)
    if (held.waits_since) at(repeat_at(held));
  if (first) telling_.set(*first);
}

Task<std::optional<std::string>> RunBook::next(std::uint64_t opening) {
  while (opening == opening_) {
    if (std::exchange(must_say_held_, false)) co_return wire::encode(held_message());
    if (!to_say_.empty()) {
      std::optional<std::string> said = std::move(to_say_.front());
      to_say_.pop_front();
      co_return said;
    }
    repeat_overdue();
    if (const auto id = pick()) {
      last_picked_ = *id;
      auto bytes = co_await next_report(*id, opening);
      if (bytes) co_return bytes;
      continue;
    }
    set_alarm();
    wake_.reset();
    co_await wake_.wait();
  }
  co_return std::nullopt;
}

Task<std::optional<std::string>> RunBook::next_report(std::string id, std::uint64_t opening) {
  Held& held = held_.at(id);
  if (held.opened && !std::exchange(held.is_opened_said, true)) {
    opened_until_ = std::max(opened_until_, clock_.mono_now()) + kBetweenOpened;
    co_return wire::encode(*held.opened);
  }
  if (!held.waits_since) held.waits_since = clock_.mono_now();
  const std::size_t index = held.sent++;
  const std::uint64_t epoch = held.epoch;
  const bool is_last = held.is_over && index + 1 == held.reports.size();
  wire::RunReport report;
  if (const Entry& entry = held.reports[index]; entry.held) {
    report = *entry.held;
  } else {
    auto read = co_await io::offload(
        loop_, queue(), [store = store_, id, place = entry.place] { return store->read_report(id, place); });
    if (opening != opening_ || epoch_of(id) != epoch) co_return std::nullopt;
    if (read) {
      report = std::move(*read);
    } else {
      log_.error("a report of a run cannot be read", {{"run", id}, {"error", read.error()}});
      report = {.run_id = id, .at_ms = unix_ms(clock_.wall_now())};
      report.phase = is_last ? wire::RunPhase::interrupted : wire::RunPhase::running;
      report.message = "a part of what became of this run cannot be read any more on its host";
    }
  }
  report.epoch = epoch;
  report.sequence = index + 1;
  if (is_last) io::reach(io::KillPoint::result_sending);
  co_return wire::encode(report);
}

void RunBook::acknowledge(const wire::RunReportAck& ack) {
  const auto found = held_.find(ack.run_id);
  if (found == held_.end() || ack.epoch < found->second.epoch) return;
  Held& held = found->second;
  // Of what was not sent nothing can be known: a server that is through with a run has its last report, or
  // does not want it.
  const auto sequence = static_cast<std::size_t>(std::min<std::uint64_t>(ack.sequence, held.reports.size()));
  if (sequence > held.acknowledged) {
    held.acknowledged = sequence;
    held.sent = std::max(held.sent, held.acknowledged);
    held.repeats = 0;
    held.waits_since.reset();
    if (held.sent > held.acknowledged) held.waits_since = clock_.mono_now();
  }
  wake_.set();
  if (!held.is_over || held.acknowledged < held.reports.size()) return;
  io::reach(io::KillPoint::result_known);
  rid_of(found);
  on_over_(ack.run_id);
}

bool RunBook::is_told() const {
  return to_say_.empty() && std::ranges::all_of(held_, [](const auto& entry) {
           return entry.second.acknowledged == entry.second.reports.size();
         });
}

}  // namespace fettle::agent
