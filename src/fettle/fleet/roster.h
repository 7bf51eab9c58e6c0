// All hosts as the loop knows them: the stored row and what is true only while this server runs. Loop thread.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "fettle/base/time.h"
#include "fettle/fleet/host.h"
#include "fettle/fleet/message_budget.h"
#include "fettle/fleet/presence_rules.h"
#include "fettle/fleet/set_pace.h"
#include "fettle/fleet/twin_rules.h"
#include "fettle/net/message_channel.h"

namespace fettle::fleet {

/// A protocol that was refused and is in the event log.
struct NotedRefusal {
  wire::Version version;
  MonoTime at;
  bool is_over = false;  // it has been welcome since
};

struct HostWatch;  // host_watcher.h

struct LiveHost {
  Host row;

  net::MessageChannel* link = nullptr;  // owned by the gateway's task that serves it
  wire::Position received;              // highest that is queued for the journal
  wire::Position committed;             // highest that is durable
  std::uint32_t uncommitted = 0;        // samples between the two

  // An inventory that came with a heartbeat; its acknowledgement waits until it is stored.
  std::optional<wire::Inventory> next_inventory;  // waits to be written; a newer one replaces it
  bool is_writing_inventory = false;
  bool is_describing = false;  // the task that writes them is there: one a host
  std::optional<NotedRefusal> noted_refusal;
  LinkChain chain;
  /// Counts what makes a hello that was checked before worthless: another key, a lock.
  std::uint64_t admission = 0;
  bool is_changing_key = false;
  std::optional<Refusal> wrong_key;  // an agent that came with another key since the last welcome

  std::optional<MonoTime> last_heartbeat;
  std::optional<WallTime> last_heartbeat_at;
  std::optional<MonoTime> last_contact;  // a hello, or a heartbeat that may have been refused
  bool said_goodbye = false;
  bool is_changing_state = false;  // a write of its state is under way
  Millis interval{5000};           // in force, as told to the agent
  Millis expected{5000};  // what silence is measured by: the longer one until a heartbeat came since a change
  std::optional<Millis> clock_skew;
  std::int64_t last_monotonic_ms = 0;  // the host's boot clock at its last heartbeat
  std::uint64_t backlog = 0;           // heartbeats still to come that were kept before the last hello
  std::uint64_t outbox_dropped = 0;    // as the agent reports it
  std::string layout_id;               // of the newest sample
  /// What its agent said that its policy names; nothing before it did, and of older agents.
  std::optional<std::vector<std::string>> commands;
  Millis skew_limit = kClockSkewLimit;  // as the settings say
  std::shared_ptr<HostWatch> watch;     // the watcher's own; shared so that this header need not know it
  MessageBudget budget;
  WorkBudget work_budget;
  SetPace set_pace;

  std::optional<std::pair<EnvironmentId, HostState>> counted_as;  // the roster's

  [[nodiscard]] PresenceFacts facts() const {
    return {.state = row.state,
            .reason = row.state_reason,
            .last_heartbeat = last_heartbeat,
            .last_contact = last_contact,
            .said_goodbye = said_goodbye,
            .is_locked = row.locked_at.has_value(),
            .interval = expected};
  }
  /// When it was last heard, as the API says it.
  [[nodiscard]] std::optional<WallTime> last_seen() const {
    return last_heartbeat_at ? last_heartbeat_at : row.last_seen_at;
  }
};

class Roster {
 public:
  /// What hosts that are added from now on are told to send at.
  void set_interval(Millis interval) { interval_ = interval; }
  /// Adds a host; the reference stays good until it is removed.
  LiveHost& add(Host row);
  void remove(HostNumber number);
  [[nodiscard]] LiveHost* find(HostNumber number);
  [[nodiscard]] LiveHost* find(const HostId& id);
  [[nodiscard]] std::size_t size() const { return by_number_.size(); }
  void for_each(const std::function<void(LiveHost&)>& visit);
  /// Counts the host as what it is now. Whoever changes its state or its environment calls this; the sweep of
  /// presence does so once a second.
  void count(LiveHost& host);
  /// How many hosts of these environments are in each HostState; costs the same however many there are.
  [[nodiscard]] std::array<std::uint64_t, 4> counts(const std::vector<EnvironmentId>& environments) const;
  /// The hosts of these environments in the order of name, then number.
  [[nodiscard]] std::vector<LiveHost*> in_environments(const std::vector<EnvironmentId>& environments);

 private:
  void uncount(LiveHost& host);

  Millis interval_{5000};
  std::map<EnvironmentId, std::array<std::uint64_t, 4>> counts_;
  std::unordered_map<HostNumber, std::unique_ptr<LiveHost>> by_number_;
  std::unordered_map<HostId, HostNumber> number_by_id_;
};

}  // namespace fettle::fleet
