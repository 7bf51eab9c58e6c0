// How much the agent of one host may send (S10): a bucket of bytes that all its links share, so that
// connecting anew refills nothing. It begins full. Pure; the caller brings the time, which never goes back.
#pragma once
#include <cstddef>
#include <optional>

#include "fettle/base/time.h"

namespace fettle::fleet {

inline constexpr std::size_t kKiB = 1024;

/// All that may come at once. After an outage an agent replays its whole outbox as fast as it is
/// acknowledged: 64 MiB (T3) in records of 128 bytes and more (a host with two cores and one disk: 230,
/// measured), each of which costs no more than twice its size.
inline constexpr std::size_t kBudgetBytes = 128 * kKiB * kKiB;
/// What a message costs however small it is: its way through the loop is what it uses.
inline constexpr std::size_t kLeastCost = 256;
/// What comes back. The largest heartbeat (2,000 values of 10 bytes) each second, as while somebody looks at
/// the host, is a sixth of it; 512 small messages a second are all of it.
inline constexpr std::size_t kBudgetBytesPerSecond = 128 * kKiB;
/// What a hello or another inventory costs: a signature and a transaction of the store. An agent that comes
/// back after the shortest pause (1 s, T5) each time uses half of what flows in.
inline constexpr std::size_t kTransactionCost = 64 * kKiB;
/// Heartbeats of one host that may wait for the disk, so that one host cannot fill the journal's queue for
/// all others. An agent sends at most 64 before it waits for an acknowledgement; newer ones may send more.
inline constexpr std::size_t kMostUncommitted = 256;

class MessageBudget {
 public:
  /// Takes what a message of so many bytes costs; false when there is not that much, and then takes nothing.
  [[nodiscard]] bool spend(std::size_t bytes, MonoTime now);
  /// Whether a refusal is worth a line in the log: the first is, and the next after half of the budget had
  /// been there again.
  [[nodiscard]] bool is_news();

 private:
  /// How long the missing part takes to flow in.
  [[nodiscard]] Nanos missing(MonoTime now) const;
  std::optional<MonoTime> full_at_;  // rather than a level: whole numbers, no drift
  bool is_told_ = false;
};

/// What comes back of the budget for words about runs: 16 of the largest reports (64 KiB), which is what an
/// agent sends before it waits for an acknowledgement, hold up what is behind them for 2 s.
inline constexpr std::size_t kWorkBytesPerSecond = 512 * kKiB;
/// All of that kind at once: what a host did while the server was away.
inline constexpr std::size_t kWorkBytes = 64 * kKiB * kKiB;

/// What the agent of one host says about its runs has a bucket of its own, so that a dozen chatty commands
/// take nothing from its heartbeats. It is never refused: whoever has used it up is read from more slowly,
/// and an agent sends so many reports only before it waits. Pure, as above.
class WorkBudget {
 public:
  /// Takes what a message costs: how long nothing more is to be read.
  [[nodiscard]] Nanos spend(std::size_t bytes, MonoTime now);

 private:
  std::optional<MonoTime> full_at_;
};

}  // namespace fettle::fleet
