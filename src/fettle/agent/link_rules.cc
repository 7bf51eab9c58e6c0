#include "fettle/agent/link_rules.h"

namespace fettle::agent {
namespace {

/// Ten per cent around the middle, so that a fleet does not come in step.
Millis spread(Millis middle, double unit) {
  return Millis(static_cast<std::int64_t>(static_cast<double>(middle.count()) * (0.9 + 0.2 * unit)));
}

}  // namespace

NextTry decide_retry(const LinkEnd& end, LinkHistory history, double unit) {
  if (end.welcomed_for >= kGoodLink) history = {};
  NextTry next;
  next.delay = backoff_delay(history.failures, unit);
  next.history = {history.failures + 1, history.replacements};
  // The exponent needs no more than this, and the counter must not wrap.
  next.history.failures = std::min<std::uint32_t>(next.history.failures, 32);

  switch (end.cause) {
    case LinkCause::refused:
      next.delay = backoff_delay(history.failures, unit, kSlowRetry);
      next.loudness = Loudness::error;
      next.message = "the server refuses this host: it was removed, or its key is not known; enrol it again";
      break;
    case LinkCause::replaced:
      next.history.replacements = std::min(history.replacements + 1, kMostReplacements);
      next.message = "another agent with the identity of this host has taken the link";
      if (next.history.replacements < kMostReplacements) break;
      // Seldom, but on and on: when the other one is stopped, this is the host.
      next.delay = backoff_delay(history.failures, unit, kSlowRetry);
      next.loudness = Loudness::error;
      next.message =
          "another agent with the identity of this host keeps taking the link; stop it, or enrol it anew";
      break;
    case LinkCause::wrong_certificate:
      next.loudness = Loudness::error;
      next.message = "whoever answers could not prove to be the server; nothing was sent";
      break;
    case LinkCause::locked:
      next.delay = backoff_delay(history.failures, unit, kSlowRetry);
      next.loudness = Loudness::error;
      next.message =
          "the server has locked this host: another agent runs with its identity; stop the copy or enrol it "
          "anew, then unlock the host on its page; what is measured here is kept";
      break;
    case LinkCause::version_mismatch:
      next.delay = spread(kVersionRetry, unit);
      next.loudness = Loudness::error;
      next.message = "server and agent speak different versions of the protocol; update the older one";
      break;
    case LinkCause::wrong_server:
      next.delay = backoff_delay(history.failures, unit, kSlowRetry);
      next.loudness = Loudness::error;
      next.message = "this is not the server that the host was enrolled with; nothing was sent to it";
      break;
    case LinkCause::bad_answer:
      next.message = "the server's answer makes no sense; nothing is changed";
      break;
    case LinkCause::silent:
      next.message = "the server does not answer";
      break;
    case LinkCause::dial_failed:
      next.message = "the server cannot be reached";
      break;
    case LinkCause::closed:
      next.message = "the link was closed";
      break;
    case LinkCause::renumbered:
      next.loudness = Loudness::quiet;
      next.message = "connecting again under a new start number";
      break;
    case LinkCause::stopped:
      next.loudness = Loudness::quiet;
      next.gives_up = true;
      next.message = "stopped";
      break;
  }
  return next;
}

std::optional<Millis> decide_interval(const wire::Settings& settings) {
  constexpr std::uint32_t kLeast = 1'000;
  constexpr std::uint32_t kMost = 60'000;
  if (settings.heartbeat_interval_ms < kLeast || settings.heartbeat_interval_ms > kMost) return std::nullopt;
  return Millis(settings.heartbeat_interval_ms);
}

}  // namespace fettle::agent
