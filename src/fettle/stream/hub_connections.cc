// Who is connected and what they look at: admission, topics, views, interest.
#include "fettle/base/check.h"
#include "fettle/base/encoding.h"
#include "fettle/stream/frame.h"
#include "fettle/stream/hub_impl.h"
#include "fettle/stream/resume_rules.h"

namespace fettle::stream {
namespace {

constexpr std::int64_t kRetryAfterSeconds = 5;
constexpr std::string_view kTopicsField = "/body/topics";

std::string connection_text(std::uint64_t key) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(key >> (56 - 8 * i));
  return hex_encode(bytes);
}

std::optional<std::uint64_t> parse_connection(std::string_view text) {
  std::array<std::uint8_t, 8> bytes{};
  if (!hex_decode(text, bytes)) return std::nullopt;
  std::uint64_t key = 0;
  for (const std::uint8_t byte : bytes) key = key << 8 | byte;
  return key;
}

std::vector<EnvironmentId> in_order(std::vector<EnvironmentId> environments) {
  std::ranges::sort(environments);
  const auto [first, last] = std::ranges::unique(environments);
  environments.erase(first, last);
  return environments;
}

/// Takes one out by putting the last one in its place.
void remove_at(std::vector<Connection*>& list, std::size_t place, std::size_t Connection::* field) {
  if (place + 1 != list.size()) {
    list[place] = list.back();
    list[place]->*field = place;
  }
  list.pop_back();
}

}  // namespace

Result<> Hub::Impl::admit(const std::string& principal_id) const {
  if (is_stopped) return fail(ErrorCode::unavailable, "stopping", "the server is stopping");
  if (connections.size() >= settings.max_connections) {
    Error error{
        ErrorCode::unavailable, "too_many_streams", "the server has as many streams as it takes", {}, 0};
    error.retry_after_s = kRetryAfterSeconds;
    return std::unexpected(std::move(error));
  }
  const auto own = by_principal.find(principal_id);
  if (own != by_principal.end() && own->second.size() >= settings.max_connections_of_one) {
    Error error{
        ErrorCode::rate_limited,
        "too_many_own_streams",
        "at most " + std::to_string(settings.max_connections_of_one) + " streams at a time for one account",
        {},
        0};
    error.retry_after_s = kRetryAfterSeconds;
    return std::unexpected(std::move(error));
  }
  return {};
}

Result<> Hub::Impl::attach(std::shared_ptr<net::ByteStream> stream, Subscription subscription) {
  Result<> admitted = admit(subscription.principal.id);
  if (subscription.pass.value_or(rescopes) != rescopes) {
    admitted = fail(ErrorCode::closed, "rescoped", "who may see what has changed meanwhile");
  }
  auto names = parse_topics(subscription.topics, "/query/topics");
  if (!admitted || !names) {
    stream->close();
    return std::unexpected(admitted ? std::move(names).error() : std::move(admitted).error());
  }
  subscription.topics = std::move(*names);
  auto made = std::make_unique<Connection>();
  Connection& connection = *made;
  do connection.key = random.u64();
  while (connections.contains(connection.key));
  connection.stream = std::move(stream);
  connection.principal_id = subscription.principal.id;
  connection.session_id = subscription.principal.session_id;
  connection.written_at = clock.mono_now();
  connection.is_behind = true;
  const ResumePlan plan = decide_resume(subscription.last_event_id, {epoch, window.floor(), delivered});
  connection.cursor = plan.after;
  connection.resync_reason = plan.resync_reason;
  // What it has from before its grants changed may be too much or too little.
  if (const auto changed = rescoped_at.find(connection.principal_id);
      changed != rescoped_at.end() && plan.after < changed->second && plan.resync_reason.empty()) {
    connection.resync_reason = "scope";
  }

  connection.place_in_all = all.size();
  all.push_back(&connection);
  by_principal[connection.principal_id].push_back(&connection);
  connections.emplace(connection.key, std::move(made));
  join(connection, view_of({subscription.topics, in_order(subscription.environments)}));
  connection.stream->on_closed([weak = std::weak_ptr(self), key = connection.key] {
    const auto hub = weak.lock();
    if (!hub) return;
    const auto found = (*hub)->connections.find(key);
    if (found != (*hub)->connections.end()) (*hub)->drop(*found->second);
  });
  greet(connection, subscription);
  tell_interest();
  return {};
}

void Hub::Impl::greet(Connection& connection, const Subscription& subscription) {
  std::string text(kPreamble);
  append_frame(text, epoch, 0,
               StreamHello{connection_text(connection.key), epoch, settings.fleet_frame.count(),
                           subscription.topics, version, unix_ms(clock.wall_now())});
  connection.tail = std::move(text);
  if (write_tail(connection)) queue(connection);
}

Result<> Hub::Impl::set_topics(std::string_view id, const Principal& principal,
                               std::vector<std::string> names) {
  FETTLE_TRY(std::vector<std::string> wanted, parse_topics(names, kTopicsField));
  const auto key = parse_connection(id);
  const auto found = key ? connections.find(*key) : connections.end();
  if (found == connections.end() || found->second->principal_id != principal.id) {
    return fail(ErrorCode::not_found, "stream_not_found", "there is no such stream of yours");
  }
  move_to(*found->second, {std::move(wanted), found->second->view->key->second});
  tell_interest();
  return {};
}

void Hub::Impl::rescope(std::string_view principal_id, std::string_view session_id, const Principal* now) {
  ++rescopes;
  const auto allowed =
      now ? in_order(now->environments_with(Permission::view)) : std::vector<EnvironmentId>{};
  const auto own = by_principal.find(std::string(principal_id));
  bool is_changed = own == by_principal.end();  // as far as can be told
  // A copy: dropping changes the list.
  for (Connection* connection : is_changed ? std::vector<Connection*>{} : std::vector(own->second)) {
    if (!session_id.empty() && connection->session_id != session_id) continue;
    if (connection->view->key->second == allowed && now) continue;
    is_changed = true;
    // A frame that was begun may be one that must not be finished any more.
    if (allowed.empty() || !connection->tail.empty()) {
      drop(*connection);
      continue;
    }
    move_to(*connection, {connection->view->key->first, allowed});
    connection->resync_reason = "scope";
  }
  if (is_changed && now) rescoped_at[std::string(principal_id)] = ++sequence;
  tell_interest();
}

void Hub::Impl::drop(Connection& connection) {
  leave(*connection.view, connection.place_in_view);
  remove_at(all, connection.place_in_all, &Connection::place_in_all);
  const auto own = by_principal.find(connection.principal_id);
  std::erase(own->second, &connection);
  if (own->second.empty()) by_principal.erase(own);
  connection.stream->close();
  // Not here: this may be a callback of that very stream.
  loop.post([stream = std::move(connection.stream)] {});
  connections.erase(std::uint64_t{connection.key});  // a copy: the key goes with it
}

View& Hub::Impl::view_of(ViewKey key) {
  const auto [entry, is_new] = views.try_emplace(std::move(key));
  if (!is_new) return *entry->second;
  entry->second = std::make_unique<View>();
  View& view = *entry->second;
  view.key = &entry->first;
  for (const EnvironmentId& environment : entry->first.second) {
    for (const std::string& name : entry->first.first) {
      TopicState& state = topic_state({environment, name});
      state.views.push_back(&view);
      view.topics.push_back(&state);
      view.shelves.push_back(&state.shelf);
    }
  }
  return view;
}

void Hub::Impl::join(Connection& connection, View& view) {
  connection.view = &view;
  connection.place_in_view = view.members.size();
  view.members.push_back(&connection);
  if (view.members.size() > 1) return;
  for (TopicState* state : view.topics) {
    if (state->watching_views++ > 0) continue;
    state->was_watched = true;
    if (!std::exchange(state->is_interest_told, true)) interest_news.emplace_back(state->topic, true);
  }
}

void Hub::Impl::leave(View& view, std::size_t place) {
  remove_at(view.members, place, &Connection::place_in_view);
  if (!view.members.empty()) return;
  if (!std::exchange(view.is_idle, true)) idle_views.push_back(&view);
  for (TopicState* state : view.topics) {
    if (--state->watching_views > 0) continue;
    state->unwatched_at = clock.mono_now();
    if (!std::exchange(state->is_lingering, true)) lingering.push_back(state);
  }
}

void Hub::Impl::move_to(Connection& connection, ViewKey key) {
  if (key == *connection.view->key) return;
  if (!connection.is_behind) {
    connection.cursor = position(connection);
    connection.is_behind = true;
  }
  View& old = *connection.view;
  const std::size_t old_place = connection.place_in_view;
  join(connection, view_of(std::move(key)));  // first, so that no topic is without a watcher in between
  leave(old, old_place);
  if (!connection.is_waiting) queue(connection);
}

void Hub::Impl::tell_interest() {
  while (!interest_news.empty()) {
    const auto news = std::exchange(interest_news, {});
    for (const auto& [topic, watched] : news) {
      for (const auto& listener : interest_listeners) listener(topic, watched);
    }
  }
}

void Hub::Impl::drop_idle_views() {
  for (View* view : std::exchange(idle_views, {})) {
    view->is_idle = false;
    if (!view->members.empty()) continue;
    for (TopicState* state : view->topics) std::erase(state->views, view);
    views.erase(ViewKey(*view->key));
  }
}

}  // namespace fettle::stream
