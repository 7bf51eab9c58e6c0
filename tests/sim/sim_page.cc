#include "tests/sim/sim_page.h"

namespace fettle::sim {

SimPage::SimPage(io::SimLoop& loop, std::string name, std::vector<EnvironmentId> environments)
    : loop_(loop), name_(std::move(name)), environments_(std::move(environments)) {}

Principal SimPage::principal() const {
  Principal person;
  person.kind = PrincipalKind::person;
  person.id = "person_" + name_;
  for (const EnvironmentId& environment : environments_) {
    Grant grant;
    grant.environment = environment;
    grant.permissions = {Permission::view};
    person.grants[environment] = grant;
  }
  return person;
}

void SimPage::connect(stream::Hub& hub) {
  parser_ = {};
  stream_ = std::make_shared<testing::FakeByteStream>(loop_);
  stream::Subscription subscription;
  subscription.principal = principal();
  subscription.topics = {"fleet", "events"};
  subscription.environments = environments_;
  subscription.last_event_id = last_id_;
  if (!hub.attach(stream_, std::move(subscription))) stream_ = nullptr;
}

std::string SimPage::rescope(stream::Hub& hub, std::vector<EnvironmentId> environments) {
  std::string fault = check();
  environments_ = std::move(environments);
  const Principal now = principal();
  hub.rescope(now.id, "", &now);
  return fault;
}

std::string SimPage::end_session(stream::Hub& hub) {
  std::string fault = check();
  const bool was_connected = is_connected();
  hub.rescope(principal().id, "", nullptr);
  if (fault.empty() && was_connected && is_connected()) fault = name_ + ": a stream outlives its session";
  return fault;
}

void SimPage::cut() {
  if (stream_ != nullptr) stream_->cut();
  stream_ = nullptr;
}

std::string SimPage::check() {
  if (stream_ == nullptr) return {};
  parser_.feed(std::exchange(stream_->received, {}));
  if (!parser_.fault.empty()) return name_ + ": " + parser_.fault;
  for (const testing::SseEvent& message : std::exchange(parser_.events, {})) {
    if (std::string fault = check_message(message); !fault.empty()) return name_ + ": " + fault;
  }
  return {};
}

std::string SimPage::check_message(const testing::SseEvent& message) {
  ++messages_;
  if (message.type == "resync") {
    ++resyncs_;
    events_.clear();
  }
  const std::size_t at = message.data.find("\"environment_id\":\"");
  if (at != std::string::npos) {
    const std::string id = message.data.substr(at + 18, 36);
    const auto environment = EnvironmentId::parse(id);
    const bool is_allowed =
        environment && std::ranges::find(environments_, *environment) != environments_.end();
    if (!is_allowed) return "was told of environment " + id;
  }
  if (message.type == "event") events_.push_back(message.data.substr(0, message.data.find(',')));
  if (message.id.empty()) return {};
  const std::string epoch = message.id.substr(0, message.id.find('-'));
  const std::uint64_t sequence = testing::sequence_of(message.id);
  if (epoch == epoch_ && sequence <= last_sequence_) return "id " + message.id + " does not rise";
  epoch_ = epoch;
  last_sequence_ = sequence;
  last_id_ = message.id;
  return {};
}

}  // namespace fettle::sim
