// What follows when a link has ended: how long to wait, how loud to be, and when to give up. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "fettle/base/backoff.h"
#include "fettle/wire/messages.h"

namespace fettle::agent {

enum class LinkCause : std::uint8_t {
  dial_failed,
  closed,             // by the server or the network
  refused,            // the server does not know this host, or its key (any more)
  replaced,           // another link of this host was preferred
  locked,             // two agents of this identity were seen; a person has to say which one is good
  silent,             // no answer, or no acknowledgement, in time
  bad_answer,         // something that is no valid message, or not what was expected
  wrong_certificate,  // nobody could be verified to be the server
  wrong_server,       // it is not the server of the enrolment
  version_mismatch,   // another major version of the protocol
  renumbered,         // the outbox had to take a higher start number
  stopped,            // by ourselves
};

struct LinkEnd {
  LinkCause cause = LinkCause::closed;
  std::string detail;
  Nanos welcomed_for{0};  // how long the link was open after its welcome
};

struct LinkHistory {
  std::uint32_t failures = 0;      // since the last good minute
  std::uint32_t replacements = 0;  // since then, by another agent with this host's identity
};

enum class Loudness : std::uint8_t { quiet, warning, error };

struct NextTry {
  Millis delay{0};
  bool gives_up = false;
  Loudness loudness = Loudness::warning;
  std::string_view message;
  LinkHistory history;
};

/// A link that lasted this long counts as good.
inline constexpr Nanos kGoodLink = Seconds(60);
inline constexpr std::uint32_t kMostReplacements = 5;
/// For what only a person can mend.
inline constexpr BackoffRange kSlowRetry{.least = Seconds(60), .most = Seconds(300)};
inline constexpr Millis kVersionRetry = Seconds(300);

/// `unit` is uniform in [0, 1).
NextTry decide_retry(const LinkEnd& end, LinkHistory history, double unit);

/// nullopt for an interval outside 1 to 60 s, which changes nothing.
std::optional<Millis> decide_interval(const wire::Settings& settings);

}  // namespace fettle::agent
