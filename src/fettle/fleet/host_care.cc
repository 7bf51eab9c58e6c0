#include "fettle/fleet/host_care.h"

#include "fettle/access/audit_repo.h"
#include "fettle/base/text.h"
#include "fettle/events/condition_repo.h"

namespace fettle::fleet {
namespace {

std::unexpected<Error> no_such_host() {
  return fail(ErrorCode::not_found, "not_found", "there is no such host");
}

std::string labels_text(const Labels& labels) {
  std::string text;
  for (const auto& [key, value] : labels) {
    if (!text.empty()) text += ", ";
    text += value.empty() ? key : key + "=" + value;
  }
  return text.empty() ? "none" : text;
}

/// What an edit did, for the audit log.
std::string edit_detail(const Host& before, const HostEdit& edit) {
  std::string detail;
  if (edit.name && *edit.name != before.name) detail = "name: " + before.name + " -> " + *edit.name;
  if (edit.labels && *edit.labels != before.labels) {
    if (!detail.empty()) detail += "; ";
    detail += "labels: " + labels_text(before.labels) + " -> " + labels_text(*edit.labels);
  }
  return detail;
}

}  // namespace

HostCare::HostCare(Roster& roster, store::Store& store, HostWrites& writes, events::EventLog& events,
                   Gateway& gateway, HistoryMoves& history)
    : roster_(roster),
      store_(store),
      writes_(writes),
      events_(events),
      gateway_(gateway),
      history_(history) {}

Task<Result<>> HostCare::edit(access::Actor actor, HostId id, HostEdit edit) {
  const LiveHost* host = roster_.find(id);
  if (host == nullptr) co_return no_such_host();
  if (edit.name) {
    if (auto checked = check_host_name(*edit.name, "/body/name"); !checked) co_return checked;
  }
  if (edit.labels) {
    if (auto checked = check_labels(*edit.labels, "/body/labels"); !checked) co_return checked;
  }
  const Host& row = host->row;
  const std::string detail = edit_detail(row, edit);
  if (detail.empty() && (!edit.revision || *edit.revision == row.revision)) co_return Result<>{};
  const bool is_renamed = edit.name && *edit.name != row.name;
  events::Event event =
      writes_.make_event(row, is_renamed ? "host.renamed" : "host.labelled", events::Severity::info,
                         is_renamed ? row.name + " is called " + *edit.name + " now"
                                    : "the labels of " + row.name + " were changed");
  if (is_renamed) event.source_name = *edit.name;
  const HostNumber number = row.number;
  auto* self = this;
  co_return co_await store_.write(
      [self, actor, id, number, edit, event, detail](store::Session& session) -> Result<> {
        auto edited = host_repo::edit(session, {.number = number,
                                                .name = edit.name,
                                                .labels = edit.labels,
                                                .environment = {},
                                                .revision = edit.revision});
        if (!edited) return std::unexpected(std::move(edited).error());
        self->events_.record(session, event);
        access::audit_repo::append(session, {event.at, actor, "host.edit", id.text(), detail});
        session.after_commit([self, number, edit, edited = *edited] {
          LiveHost* live = self->roster_.find(number);
          if (live == nullptr) return;
          live->row.name = edited.name;
          if (edit.labels) live->row.labels = *edit.labels;
          live->row.revision = edited.revision;
          self->writes_.publish_status(*live, "inventory", "", "", "");
        });
        return {};
      });
}

Task<Result<>> HostCare::move(access::Actor actor, HostId id, EnvironmentId to,
                              std::optional<std::int64_t> revision) {
  const LiveHost* host = roster_.find(id);
  if (host == nullptr) co_return no_such_host();
  if (host->row.environment == to) co_return Result<>{};
  const HostNumber number = host->row.number;
  events::Event prepared = writes_.make_event(host->row, "host.moved", events::Severity::info,
                                              host->row.name + " was moved to this environment");
  prepared.environment = to;
  auto* self = this;
  co_return co_await store_.write(
      [self, actor, id, number, to, prepared, revision](store::Session& session) -> Result<> {
        auto edited = host_repo::edit(
            session, {.number = number, .name = {}, .labels = {}, .environment = to, .revision = revision});
        if (!edited) return std::unexpected(std::move(edited).error());
        // Where it is by now: another move may have been before this one.
        const EnvironmentId from = edited->before;
        const HostMove moved{id, {from, to}};
        events::Event event = prepared;
        event.fields["from"] = from.text();
        events::condition_repo::move_source(session, id.text(), to);
        self->history_.begin_host(session, id, moved.route);
        for (const MoveWrite& move : self->moves_) move(session, moved);
        self->events_.record(session, event);
        access::audit_repo::append(
            session, {event.at, actor, "host.move", id.text(), from.text() + " -> " + to.text()});
        session.after_commit([self, number, to, edited = *edited] {
          LiveHost* live = self->roster_.find(number);
          if (live == nullptr) return;
          live->row.revision = edited.revision;
          self->moved(number, to);
        });
        return {};
      });
}

/// To the pages of either environment it is a host that goes, or one that comes.
void HostCare::moved(HostNumber number, const EnvironmentId& to) {
  LiveHost& live = *roster_.find(number);
  const EnvironmentId from = live.row.environment;
  const std::string_view state = host_state_name(live.row.state);
  writes_.publish_status(live, "host", state, "removed", "moved");
  live.row.environment = to;
  live.layout_id.clear();  // told anew, to other pages
  writes_.publish_status(live, "host", "", state, "moved");
  if (on_moved_) on_moved_(live, from);
}

Task<Result<>> HostCare::lock(HostNumber number, std::string address) {
  LiveHost* host = roster_.find(number);
  if (host == nullptr || host->row.locked_at) co_return Result<>{};
  events::Event event = writes_.make_event(
      host->row, "host.cloned", events::Severity::error,
      host->row.name +
          ": two agents run with its identity, so it is locked; stop the copy or enrol it anew, then "
          "unlock the host");
  event.fields["address"] = address;
  event.fields["other_address"] = host->row.address;
  // At once: neither of them is let in while it is written. Should that fail, they are seen again.
  const WallTime now = event.at;
  host->row.locked_at = now;
  host->chain = {};
  ++host->admission;
  gateway_.close_link(*host, net::CloseCode::cloned, "two agents run with the identity of this host");
  const access::Actor actor{"server", "", "server", std::move(address)};
  auto* self = this;
  auto written = co_await store_.write([self, number, now, event, actor](store::Session& session) {
    host_repo::set_locked(session, number, now);
    self->events_.record(session, event);
    access::audit_repo::append(session,
                               {now, actor, "host.lock", event.source_id, "two agents of one identity"});
    session.after_commit([self, number] {
      if (LiveHost* live = self->roster_.find(number))
        self->writes_.publish_status(*live, "inventory", "", "", "");
    });
  });
  host = roster_.find(number);
  if (!written && host != nullptr) host->row.locked_at.reset();
  co_return written;
}

Task<Result<>> HostCare::unlock(access::Actor actor, HostId id) {
  const LiveHost* host = roster_.find(id);
  if (host == nullptr) co_return no_such_host();
  if (!host->row.locked_at) co_return Result<>{};
  const HostNumber number = host->row.number;
  const events::Event event = writes_.make_event(host->row, "host.unlocked", events::Severity::info,
                                                 host->row.name + " was unlocked");
  auto* self = this;
  co_return co_await store_.write([self, actor, id, number, event](store::Session& session) {
    host_repo::set_locked(session, number, std::nullopt);
    self->events_.record(session, event);
    access::audit_repo::append(session, {event.at, actor, "host.unlock", id.text(), {}});
    session.after_commit([self, number] {
      LiveHost* live = self->roster_.find(number);
      if (live == nullptr) return;
      live->row.locked_at.reset();
      live->chain = {};
      self->writes_.publish_status(*live, "inventory", "", "", "");
    });
  });
}

Task<Result<>> HostCare::change_key(HostNumber number, std::vector<std::uint8_t> key) {
  const LiveHost* host = roster_.find(number);
  if (host == nullptr) co_return no_such_host();
  const std::vector<std::uint8_t> old_key = host->row.public_key;
  const events::Event event = writes_.make_event(host->row, "host.key_changed", events::Severity::info,
                                                 "the agent of " + host->row.name + " has a new key");
  const access::Actor actor{"host", host->row.id.text(), host->row.name, host->row.address};
  auto* self = this;
  auto written =
      co_await store_.write([self, number, key, old_key, event, actor](store::Session& session) -> Result<> {
        if (!host_repo::replace_key(session, number, key, event.at, old_key))
          return fail(ErrorCode::conflict, "key_changed", "the host has another key by now");
        self->events_.record(session, event);
        access::audit_repo::append(session, {event.at, actor, "host.key_change", event.source_id, {}});
        session.after_commit([self, number, key, at = event.at] {
          LiveHost* live = self->roster_.find(number);
          if (live == nullptr) return;
          live->row.public_key = key;
          live->row.key_changed_at = at;
          ++live->admission;
          self->gateway_.key_changed(*live);
          self->writes_.publish_status(*live, "inventory", "", "", "");
        });
        return {};
      });
  if (LiveHost* live = roster_.find(number)) live->is_changing_key = false;
  co_return written;
}

}  // namespace fettle::fleet
