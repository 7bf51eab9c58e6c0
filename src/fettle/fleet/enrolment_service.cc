#include "fettle/fleet/enrolment_service.h"

#include "fettle/access/audit_repo.h"
#include "fettle/base/crypto.h"
#include "fettle/base/text.h"
#include "fettle/base/token.h"
#include "fettle/fleet/enrolment_repo.h"
#include "fettle/fleet/host_text_rules.h"

namespace fettle::fleet {
namespace {

constexpr std::size_t kPublicKeyBytes = 32;
/// Tokens are kept for a day after they expired, so that a dialog that was left open can still say what

/// Twenty wrong tokens at once, then one each six seconds: nobody who copies a command meets it. The
/// addresses are bounded as those of log-ins are.
constexpr access::BucketShape kRefusals{20, Seconds(6)};
constexpr std::size_t kAddresses = 10'000;

Result<> check_facts(const EnrolFacts& facts) {
  if (facts.public_key.size() != kPublicKeyBytes) {
    return fail_field("/body/public_key", "must be the base64 of an Ed25519 key of 32 bytes");
  }
  return check_host_name(facts.name, "/body/name");
}

store::Blob stored_hash(std::string_view token) {
  const Hash256 hash = token_hash(token);
  return {hash.begin(), hash.end()};
}

std::unexpected<Error> unknown_token() {
  return fail(ErrorCode::unauthenticated, "enrolment_token_unknown",
              "this server does not know the token; copy the whole command again");
}

Error refusal(EnrolmentState state) {
  if (state == EnrolmentState::used) {
    return {ErrorCode::gone,
            "enrolment_token_used",
            "this token was used already; make a new one with Add host",
            {},
            0};
  }
  return {ErrorCode::gone,
          "enrolment_token_expired",
          "this token has expired; make a new one with Add host",
          {},
          0};
}

}  // namespace

EnrolmentService::EnrolmentService(Roster& roster, store::Store& store, HostWrites& writes,
                                   events::EventLog& events, io::Clock& clock, io::Random& random,
                                   io::Log log)
    : roster_(roster),
      store_(store),
      writes_(writes),
      events_(events),
      clock_(clock),
      random_(random),
      log_(std::move(log)),
      refusals_(kRefusals, kAddresses) {}

EnrolmentState EnrolmentService::state_of(const EnrolmentToken& token) const {
  return decide_enrolment_state(token, clock_.wall_now());
}

Task<Result<MadeToken>> EnrolmentService::make_token(access::Actor actor, EnvironmentId environment,
                                                     std::optional<std::string> name) {
  if (name) {
    if (auto checked = check_host_name(*name, "/body/name"); !checked)
      co_return std::unexpected(std::move(checked).error());
  }
  EnrolmentToken token;
  token.environment = environment;
  token.name = std::move(name);
  std::string detail = "in " + environment.text();
  if (token.name) detail += ", for " + *token.name;
  co_return co_await store_token(std::move(actor), std::move(token), std::move(detail));
}

Task<Result<MadeToken>> EnrolmentService::make_token_for(access::Actor actor, HostId host) {
  const LiveHost* live = roster_.find(host);
  if (live == nullptr) co_return fail(ErrorCode::not_found, "not_found", "there is no such host");
  EnrolmentToken token;
  token.environment = live->row.environment;
  token.for_host = host;
  co_return co_await store_token(std::move(actor), std::move(token), "a new key for " + host.text());
}

Task<Result<MadeToken>> EnrolmentService::store_token(access::Actor actor, EnrolmentToken token,
                                                      std::string detail) {
  std::array<std::uint8_t, 16> bytes{};
  random_.fill(bytes);
  MadeToken made;
  made.text = fettle::make_token(kEnrolmentTokenPrefix, bytes);
  token.created_at = clock_.wall_now();
  token.id = random_.make_id<EnrolmentId>(token.created_at);
  token.hash = stored_hash(made.text.reveal());
  token.created_by = actor.id;
  token.expires_at = token.created_at + kEnrolmentTokenLife;
  made.token = token;
  auto written = co_await store_.write([token, actor, detail](store::Session& session) {
    enrolment_repo::insert(session, token);
    access::audit_repo::append(session,
                               {token.created_at, actor, "enrolment_token.create", token.id.text(), detail});
  });
  if (!written) co_return std::unexpected(std::move(written).error());
  co_return made;
}

Task<Result<EnrolmentToken>> EnrolmentService::find(EnrolmentId id) {
  auto found =
      co_await store_.read([id](store::Session& session) { return enrolment_repo::find(session, id); });
  if (!found) co_return std::unexpected(std::move(found).error());
  if (!found->has_value())
    co_return fail(ErrorCode::not_found, "not_found", "there is no such enrolment token");
  co_return std::move(**found);
}

Task<Result<>> EnrolmentService::revoke(access::Actor actor, EnrolmentId id) {
  const WallTime now = clock_.wall_now();
  co_return co_await store_.write([id, actor, now](store::Session& session) -> Result<> {
    if (!enrolment_repo::remove(session, id)) {
      return fail(ErrorCode::conflict, "enrolment_token_used",
                  "this token was used already, or is not there");
    }
    access::audit_repo::append(session, {now, actor, "enrolment_token.revoke", id.text(), {}});
    return {};
  });
}

Task<Result<Host>> EnrolmentService::enrol(EnrolFacts facts) {
  const std::string address = facts.address;
  const std::string group = access::address_group(address);
  if (const Nanos wait = refusals_.wait(group, clock_.mono_now()); wait > Nanos(0)) {
    ++figures_.limited;
    co_return std::unexpected(access::too_many_attempts(std::chrono::ceil<Seconds>(wait)));
  }
  auto host = co_await use_token(std::move(facts));
  if (!host && (host.error().code == ErrorCode::unauthenticated || host.error().code == ErrorCode::gone)) {
    ++figures_.refused;
    // Who shows one that was used or has expired had it from us, and guesses nothing.
    if (host.error().code == ErrorCode::unauthenticated) refusals_.take(group, clock_.mono_now());
    log_.warn("enrolment refused", {{"address", address}, {"reason", host.error().reason}});
  }
  co_return host;
}

Task<Result<Host>> EnrolmentService::use_token(EnrolFacts facts) {
  if (auto checked = check_facts(facts); !checked) co_return std::unexpected(std::move(checked).error());
  if (!is_token(kEnrolmentTokenPrefix, facts.token.reveal())) {
    co_return fail(ErrorCode::unauthenticated, "enrolment_token_unknown",
                   "this is not an enrolment token of this server; copy the whole command again");
  }
  const WallTime now = clock_.wall_now();
  const store::Blob hash = stored_hash(facts.token.reveal());
  FETTLE_CO_TRY(const auto known, co_await store_.read([hash](store::Session& session) {
    return enrolment_repo::find_by_hash(session, hash);
  }));
  if (!known) co_return unknown_token();
  // Who asks again for a host that it is to become may not have heard the first answer.
  const EnrolmentState seen = decide_enrolment_state(*known, now);
  const bool may_ask_again = seen == EnrolmentState::used && known->for_host;
  if (seen != EnrolmentState::waiting && !may_ask_again) co_return std::unexpected(refusal(seen));
  events::Event event;
  event.at = now;
  event.id = random_.make_id<EventId>(now);
  const HostId id = random_.make_id<HostId>(now);
  auto* self = this;
  co_return co_await store_.write(
      [self, facts, id, hash, now, event](store::Session& session) -> Result<Host> {
        auto token = enrolment_repo::find_by_hash(session, hash);
        if (!token) return unknown_token();  // revoked since
        const EnrolmentState state = decide_enrolment_state(*token, now);
        if (token->for_host) {
          if (state == EnrolmentState::expired) return std::unexpected(refusal(state));
          return self->renew_host(session, facts, *token, event);
        }
        if (state != EnrolmentState::waiting) return std::unexpected(refusal(state));
        if (!enrolment_repo::mark_used(session, token->id, id, now))
          return std::unexpected(refusal(EnrolmentState::used));
        token->host = id;
        return self->add_host(session, facts, *token, event);
      });
}

Result<Host> EnrolmentService::add_host(store::Session& session, const EnrolFacts& facts,
                                        const EnrolmentToken& token, events::Event event) {
  Host host = host_repo::insert(session, {*token.host, token.environment, token.name.value_or(facts.name),
                                          facts.public_key, event.at, facts.inventory});
  event.type = "host.enrolled";
  event.severity = events::Severity::success;
  event.environment = host.environment;
  event.source_kind = "host";
  event.source_id = host.id.text();
  event.source_name = host.name;
  event.message = host.name + " was added to the fleet";
  event.fields["token"] = token.id.text();
  events_.record(session, event);
  const access::Actor actor{"host", host.id.text(), host.name, facts.address};
  access::audit_repo::append(session, {event.at, actor, "host.enrol", host.id.text(), token.id.text()});
  session.after_commit([this, host] {
    LiveHost& live = roster_.add(host);
    writes_.publish_status(live, "host", "", "waiting", "");
  });
  return host;
}

Result<Host> EnrolmentService::renew_host(store::Session& session, const EnrolFacts& facts,
                                          const EnrolmentToken& token, events::Event event) {
  const auto host = host_repo::find(session, *token.for_host);
  if (!host) return fail(ErrorCode::gone, "host_unknown", "the host that this token is for was removed");
  if (token.used_at) {
    // The same key asks again: it was told already, and may not have heard.
    if (host->public_key == facts.public_key) return *host;
    return std::unexpected(refusal(EnrolmentState::used));
  }
  if (!enrolment_repo::mark_used(session, token.id, host->id, event.at))
    return std::unexpected(refusal(EnrolmentState::used));
  host_repo::replace_key(session, host->number, facts.public_key, event.at, std::nullopt);
  event.type = "host.re_enrolled";
  event.severity = events::Severity::success;
  event.environment = host->environment;
  event.source_kind = "host";
  event.source_id = host->id.text();
  event.source_name = host->name;
  event.message = host->name + " was enrolled anew: it has another key, and the old one is worthless";
  event.fields["token"] = token.id.text();
  events_.record(session, event);
  const access::Actor actor{"host", host->id.text(), host->name, facts.address};
  access::audit_repo::append(session, {event.at, actor, "host.re_enrol", host->id.text(), token.id.text()});
  session.after_commit([this, number = host->number, key = facts.public_key, at = event.at] {
    LiveHost* live = roster_.find(number);
    if (live == nullptr) return;
    live->row.public_key = key;
    live->row.key_changed_at = at;
    live->row.locked_at.reset();
    live->row.refusal.reset();
    live->chain = {};
    ++live->admission;
    if (on_new_key_) on_new_key_(*live);
    writes_.publish_status(*live, "inventory", "", "", "");
  });
  return *host;
}

}  // namespace fettle::fleet
