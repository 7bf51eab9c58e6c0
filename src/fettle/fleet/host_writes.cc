#include "fettle/fleet/host_writes.h"

namespace fettle::fleet {
namespace {

struct StateWrite {
  host_repo::StateChange row;
  HostState from = HostState::waiting;
  std::optional<events::Event> event;
};

std::string state_message(const Host& host, const PresenceChange& change) {
  if (change.to == HostState::online) return host.name + " is online";
  if (change.reason == "stopped") return host.name + " is offline: its agent was stopped";
  if (change.reason == "locked") return host.name + " is offline: it is locked";
  return host.name + " is offline: no heartbeat came";
}

/// An agent that says goodbye before its machine goes down was stopped by whoever wanted that.
bool was_stopped(const LiveHost& host) {
  return host.said_goodbye || (host.row.state == HostState::offline && host.row.state_reason == "stopped");
}

bool is_same(const Host& host, const wire::Inventory& inventory, const std::optional<AgentInfo>& agent,
             const std::string& address) {
  if (host.inventory != inventory || host.address != address) return false;
  if (!agent) return true;
  if (host.refusal) return false;  // it is welcome again
  return host.agent && host.agent->version == agent->version && host.agent->protocol == agent->protocol &&
         host.agent->started_at_ms == agent->started_at_ms;
}

}  // namespace

HostWrites::HostWrites(Roster& roster, store::Store& store, events::EventLog& events, stream::Hub& hub,
                       io::Clock& clock, io::Random& random)
    : roster_(roster), store_(store), events_(events), hub_(hub), clock_(clock), random_(random) {}

events::Event HostWrites::make_event(const Host& host, std::string type, events::Severity severity,
                                     std::string message) {
  events::Event event;
  event.at = clock_.wall_now();
  event.id = random_.make_id<EventId>(event.at);
  event.type = std::move(type);
  event.severity = severity;
  event.environment = host.environment;
  event.source_kind = "host";
  event.source_id = host.id.text();
  event.source_name = host.name;
  event.message = std::move(message);
  return event;
}

void HostWrites::publish_status(const LiveHost& host, std::string_view what, std::string_view from,
                                std::string_view to, std::string_view reason) {
  stream::StatusChange change;
  change.at = unix_ms(clock_.wall_now());
  change.what = what;
  change.environment_id = host.row.environment.text();
  change.host_id = host.row.id.text();
  change.name = host.row.name;
  change.from = from;
  change.to = to;
  change.reason = reason;
  hub_.publish({host.row.environment, "fleet"}, stream::Message(std::move(change)), stream::Keep::kept);
}

Task<Result<>> HostWrites::describe(HostNumber number, wire::Inventory inventory,
                                    std::optional<AgentInfo> agent, std::string address) {
  const LiveHost* host = roster_.find(number);
  if (host == nullptr) co_return fail(ErrorCode::not_found, "host_removed", "this host was removed");
  if (is_same(host->row, inventory, agent, address)) co_return Result<>{};

  std::optional<events::Event> event;
  bool is_surprise = false;
  const bool was_known = host->row.inventory && !host->row.inventory->boot_id.empty();
  if (was_known && host->row.inventory->boot_id != inventory.boot_id) {
    const bool is_asked_for = was_stopped(*host);
    event = make_event(
        host->row, "host.rebooted", is_asked_for ? events::Severity::info : events::Severity::warning,
        host->row.name + (is_asked_for ? " was rebooted" : " rebooted, and nobody asked for it"));
    is_surprise = !is_asked_for;
  }
  host_repo::Description description{number, std::move(inventory), std::move(agent), std::move(address)};
  auto* self = this;
  co_return co_await store_.write([self, description, event, is_surprise](store::Session& session) {
    host_repo::describe(session, description);
    if (event) self->events_.record(session, *event);
    session.after_commit([self, description, is_surprise] {
      LiveHost* live = self->roster_.find(description.number);
      if (live == nullptr) return;
      live->row.inventory = description.inventory;
      live->row.address = description.address;
      if (description.agent) live->row.agent = description.agent;
      if (description.agent) live->row.refusal.reset();
      self->publish_status(*live, "inventory", "", "", "");
      if (is_surprise && self->on_reboot_) self->on_reboot_(*live);
    });
  });
}

Task<Result<>> HostWrites::change_states(std::vector<Transition> transitions) {
  std::vector<StateWrite> writes;
  const WallTime now = clock_.wall_now();
  for (const Transition& transition : transitions) {
    const LiveHost* host = roster_.find(transition.number);
    if (host == nullptr) continue;
    StateWrite write;
    const bool is_unheard = transition.change.to == HostState::offline && !host->last_heartbeat;
    write.row = {transition.number,        transition.change.to,
                 transition.change.reason, now,
                 host->last_seen(),        is_unheard ? std::min(now, listening_since_) : now};
    write.from = host->row.state;
    // Waiting to online is told by host.enrolled already, but the first heartbeat is good news of its own.
    const bool is_online = transition.change.to == HostState::online;
    write.event = make_event(host->row, is_online ? "host.online" : "host.offline",
                             is_online                               ? events::Severity::success
                             : transition.change.reason == "stopped" ? events::Severity::info
                                                                     : events::Severity::warning,
                             state_message(host->row, transition.change));
    write.event->fields["reason"] = transition.change.reason;
    writes.push_back(std::move(write));
  }
  auto* self = this;
  auto written = co_await store_.write([self, writes](store::Session& session) {
    for (const StateWrite& write : writes) {
      host_repo::change_state(session, write.row);
      if (write.event) self->events_.record(session, *write.event);
      session.after_commit([self, write] {
        LiveHost* live = self->roster_.find(write.row.number);
        if (live == nullptr) return;
        live->row.state = write.row.state;
        live->row.state_reason = write.row.reason;
        live->row.state_since = write.row.since;
        if (write.row.last_seen_at) live->row.last_seen_at = write.row.last_seen_at;
        self->publish_status(*live, "host", host_state_name(write.from), host_state_name(write.row.state),
                             write.row.reason);
        self->roster_.count(*live);
        if (self->on_state_) self->on_state_(*live);
      });
    }
  });
  for (const Transition& transition : transitions) {
    if (LiveHost* host = roster_.find(transition.number)) host->is_changing_state = false;
  }
  co_return written;
}

Task<Result<>> HostWrites::set_clock_skewed(HostNumber number, bool skewed) {
  const LiveHost* host = roster_.find(number);
  if (host == nullptr) co_return Result<>{};
  const auto skew_ms = host->clock_skew.value_or(Millis(0)).count();
  events::Event event =
      make_event(host->row, skewed ? "host.clock_skewed" : "host.clock_in_step",
                 skewed ? events::Severity::warning : events::Severity::success,
                 skewed ? "the clock of " + host->row.name + " differs from the server's"
                        : "the clock of " + host->row.name + " agrees with the server's again");
  event.fields["skew_ms"] = std::to_string(skew_ms);
  auto* self = this;
  auto written = co_await store_.write([self, number, skewed, event](store::Session& session) {
    host_repo::set_clock_skewed(session, number, skewed);
    self->events_.record(session, event);
    session.after_commit([self, number, skewed] {
      LiveHost* live = self->roster_.find(number);
      if (live == nullptr) return;
      live->row.clock_skewed = skewed;
      self->publish_status(*live, "inventory", "", "", "");
    });
  });
  if (LiveHost* live = roster_.find(number)) live->is_changing_state = false;
  co_return written;
}

Task<Result<>> HostWrites::note_refusal(HostNumber number, Refusal refusal) {
  const LiveHost* host = roster_.find(number);
  if (host == nullptr) co_return Result<>{};
  events::Event event =
      make_event(host->row, "host.refused", events::Severity::error, host->row.name + ": " + refusal.detail);
  auto* self = this;
  co_return co_await store_.write([self, number, refusal, event](store::Session& session) {
    host_repo::set_refusal(session, number, refusal);
    self->events_.record(session, event);
    session.after_commit([self, number, refusal] {
      LiveHost* live = self->roster_.find(number);
      if (live == nullptr) return;
      live->row.refusal = refusal;
      self->publish_status(*live, "inventory", "", "", "");
    });
  });
}

}  // namespace fettle::fleet
