#include "fettle/stream/hub.h"

#include "fettle/base/check.h"
#include "fettle/stream/frame.h"
#include "fettle/stream/hub_impl.h"
#include "fettle/stream/resume_rules.h"

namespace fettle::stream {
namespace {

std::string make_epoch(io::Random& random) {
  constexpr std::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string epoch;
  for (std::size_t i = 0; i < kEpochSize; ++i) epoch += kLetters[random.below(kLetters.size())];
  return epoch;
}

}  // namespace

Hub::Impl::Impl(io::Loop& on, io::Clock& time, io::Random& source, io::Log sink, HubSettings chosen,
                std::string build)
    : loop(on),
      clock(time),
      random(source),
      log(std::move(sink)),
      settings(chosen),
      version(std::move(build)),
      epoch(make_epoch(source)),
      window(epoch, {chosen.window_age, chosen.window_bytes}),
      last_tick_at(time.mono_now() - chosen.tick),
      self(std::make_shared<Impl*>(this)),
      tasks(on, log) {}

Hub::Impl::~Impl() = default;

TopicState& Hub::Impl::topic_state(const Topic& topic) {
  auto& state = topics[topic];
  if (!state) {
    state = std::make_unique<TopicState>();
    state->topic = topic;
    state->shelf.environment_id = topic.environment.text();
  }
  return *state;
}

bool Hub::Impl::is_watched(const TopicState& state) const {
  if (state.watching_views > 0) return true;
  return state.was_watched && clock.mono_now() - state.unwatched_at < settings.window_age;
}

void Hub::Impl::publish(const Topic& topic, const Message& message, Keep keep, std::string_view key) {
  FETTLE_CHECK(!std::holds_alternative<StreamHello>(message) && !std::holds_alternative<Resync>(message),
               "the hub greets and resynchronises by itself");
  if (is_stopped) return;
  // A number even for what nobody gets: it makes ids of before this unfit once they are old enough.
  TickFrame frame{.sequence = ++sequence, .is_kept = keep == Keep::kept};
  ++figures.published;
  if (!frame.is_kept) {
    const auto known = topics.find(topic);
    if (known == topics.end() || !is_watched(*known->second)) return;
  }
  TopicState& state = topic_state(topic);
  if (state.open.empty()) open_topics.push_back(&state);
  std::string& buffer = frame.is_kept ? open_kept : open_samples;
  frame.offset = buffer.size();
  if (frame.is_kept) {
    append_frame(buffer, epoch, frame.sequence, message);
  } else {
    append_sample(state, frame, message, key);
  }
  frame.size = buffer.size() - frame.offset;
  state.open.push_back(std::move(frame));
  if (state.watching_views > 0 && !work.is_set()) work.set();
}

void Hub::Impl::append_sample(TopicState& state, TickFrame& frame, const Message& message,
                              std::string_view key) {
  if (const auto* status = std::get_if<FleetStatus>(&message)) {
    append_frame_head(open_samples, epoch, frame.sequence, message_type(message));
    append_fleet_status_head(open_samples, status->environment_id, status->at);
    frame.row_at = status->at;
    frame.rows_begin = open_samples.size() - frame.offset;
    frame.row_ends.reserve(status->hosts.size());
    for (const FleetRow& row : status->hosts) {
      if (!frame.row_ends.empty()) open_samples += ',';
      append_fleet_row(open_samples, row);
      frame.row_ends.push_back(open_samples.size() - frame.offset);
    }
    open_samples += kFleetStatusEnd;
    return append_frame_end(open_samples);
  }
  append_frame(open_samples, epoch, frame.sequence, message);
  sample_key.assign(message_type(message)).append(1, '\0').append(key);
  SampleSlot& slot = window.slot(state.shelf, sample_key);
  if (slot.pending_tick == tick + 1) {
    TickFrame& older = state.open[slot.pending_index];
    older.is_replaced = true;
    older.slot = nullptr;
    ++figures.coalesced;
  }
  slot.pending_tick = tick + 1;
  slot.pending_index = state.open.size();
  frame.slot = &slot;
}

Hub::Hub(io::Loop& loop, io::Clock& clock, io::Random& random, io::Log log, HubSettings settings,
         std::string version)
    : impl_(std::make_unique<Impl>(loop, clock, random, std::move(log), settings, std::move(version))) {}

Hub::~Hub() = default;

void Hub::publish(const Topic& topic, const Message& message, Keep keep, std::string_view key) {
  impl_->publish(topic, message, keep, key);
}

bool Hub::is_watched(const Topic& topic) const {
  const auto found = impl_->topics.find(topic);
  return found != impl_->topics.end() && impl_->is_watched(*found->second);
}

Result<std::uint64_t> Hub::admit(const Principal& principal) const {
  if (Result<> admitted = impl_->admit(principal.id); !admitted)
    return std::unexpected(std::move(admitted).error());
  return impl_->rescopes;
}

Result<> Hub::attach(std::shared_ptr<net::ByteStream> connection, Subscription subscription) {
  return impl_->attach(std::move(connection), std::move(subscription));
}

Result<> Hub::set_topics(std::string_view connection, const Principal& principal,
                         std::vector<std::string> topics) {
  return impl_->set_topics(connection, principal, std::move(topics));
}

void Hub::rescope(std::string_view principal_id, std::string_view session_id, const Principal* now) {
  impl_->rescope(principal_id, session_id, now);
}

void Hub::on_interest(std::function<void(const Topic&, bool)> listener) {
  impl_->interest_listeners.push_back(std::move(listener));
}

std::set<std::pair<std::string, std::string>> Hub::audience() const {
  std::set<std::pair<std::string, std::string>> out;
  for (const auto& connection : impl_->all) out.emplace(connection->principal_id, connection->session_id);
  return out;
}

HubFigures Hub::figures() const {
  HubFigures figures = impl_->figures;
  figures.connections = impl_->connections.size();
  figures.window_bytes = impl_->window.bytes();
  figures.window_messages = impl_->window.messages();
  return figures;
}

void Hub::start() {
  impl_->tasks.spawn("stream ticks", impl_->run_ticks());
  impl_->tasks.spawn("stream upkeep", impl_->run_upkeep());
}

Task<void> Hub::stop() {
  return impl_->stop();
}

}  // namespace fettle::stream
