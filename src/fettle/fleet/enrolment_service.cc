#include "fettle/fleet/enrolment_service.h"

#include "fettle/access/audit_repo.h"
#include "fettle/base/crypto.h"
#include "fettle/base/text.h"
#include "fettle/base/token.h"
#include "fettle/fleet/enrolment_repo.h"

namespace fettle::fleet {
namespace {

constexpr std::size_t kPublicKeyBytes = 32;
constexpr std::size_t kNameLimit = 64;
/// Tokens are kept for a day after they expired, so that a dialog that was left open can still say what
/// became of them.
constexpr std::chrono::hours kKeepExpired{24};

/// Twenty wrong tokens at once, then one each six seconds: nobody who copies a command meets it. The
/// addresses are bounded as those of log-ins are.
constexpr access::BucketShape kRefusals{20, Seconds(6)};
constexpr std::size_t kAddresses = 10'000;

bool is_readable(std::string_view text) {
  return is_valid_utf8(text) && !has_control(text);
}

Result<> check_facts(const EnrolFacts& facts) {
  if (facts.public_key.size() != kPublicKeyBytes) {
    return fail_field("/body/public_key", "must be the base64 of an Ed25519 key of 32 bytes");
  }
  if (facts.name.empty() || facts.name.size() > kNameLimit || !is_readable(facts.name)) {
    return fail_field("/body/name", "must have 1 to 64 bytes of printable text");
  }
  return {};
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
  if (name && (name->empty() || name->size() > kNameLimit || !is_readable(*name))) {
    co_return fail_field("/body/name", "must have 1 to 64 bytes of printable text");
  }
  std::array<std::uint8_t, 16> bytes{};
  random_.fill(bytes);
  MadeToken made;
  made.text = fettle::make_token(kEnrolmentTokenPrefix, bytes);
  made.token.created_at = clock_.wall_now();
  made.token.id = random_.make_id<EnrolmentId>(made.token.created_at);
  made.token.hash = stored_hash(made.text.reveal());
  made.token.environment = environment;
  made.token.name = std::move(name);
  made.token.created_by = actor.id;
  made.token.expires_at = made.token.created_at + kEnrolmentTokenLife;
  const EnrolmentToken token = made.token;
  auto written = co_await store_.write([token, actor](store::Session& session) {
    enrolment_repo::remove_expired(session, token.created_at - kKeepExpired);
    enrolment_repo::insert(session, token);
    access::audit_repo::append(session,
                               {token.created_at, actor, "enrolment_token.create", token.id.text(), {}});
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
  if (const auto state = decide_enrolment_state(*known, now); state != EnrolmentState::waiting)
    co_return std::unexpected(refusal(state));
  const HostId id = random_.make_id<HostId>(now);
  events::Event event;
  event.at = now;
  event.id = random_.make_id<EventId>(now);
  auto* self = this;
  co_return co_await store_.write(
      [self, facts, id, hash, now, event](store::Session& session) -> Result<Host> {
        const auto token = enrolment_repo::find_by_hash(session, hash);
        if (!token) return unknown_token();  // revoked since
        const EnrolmentState state = decide_enrolment_state(*token, now);
        if (state != EnrolmentState::waiting) return std::unexpected(refusal(state));
        if (!enrolment_repo::mark_used(session, token->id, id, now)) {
          return std::unexpected(refusal(EnrolmentState::used));
        }
        Host host = host_repo::insert(session, {id, token->environment, token->name.value_or(facts.name),
                                                facts.public_key, now, facts.inventory});
        events::Event enrolled = event;
        enrolled.type = "host.enrolled";
        enrolled.severity = events::Severity::success;
        enrolled.environment = host.environment;
        enrolled.source_kind = "host";
        enrolled.source_id = host.id.text();
        enrolled.source_name = host.name;
        enrolled.message = host.name + " was added to the fleet";
        enrolled.fields["token"] = token->id.text();
        self->events_.record(session, enrolled);
        const access::Actor actor{"host", host.id.text(), host.name, facts.address};
        access::audit_repo::append(session, {now, actor, "host.enrol", host.id.text(), token->id.text()});
        session.after_commit([self, host] {
          LiveHost& live = self->roster_.add(host);
          self->writes_.publish_status(live, "host", "", "waiting", "");
        });
        return host;
      });
}

}  // namespace fettle::fleet
