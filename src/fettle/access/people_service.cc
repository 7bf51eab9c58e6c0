#include "fettle/access/people_service.h"

#include "fettle/access/audit_repo.h"
#include "fettle/access/builtin.h"
#include "fettle/access/environment_repo.h"
#include "fettle/access/invitation_repo.h"
#include "fettle/access/password_rules.h"
#include "fettle/access/person_repo.h"
#include "fettle/access/session_end.h"
#include "fettle/base/token.h"
#include "fettle/net/entity_tag.h"

namespace fettle::access {
namespace {

constexpr std::chrono::hours kInvitationLasts{72};  // over a weekend

std::unexpected<Error> no_such_person() {
  return fail(ErrorCode::not_found, "not_found", "There is no such person.");
}

std::unexpected<Error> name_taken() {
  Error error{ErrorCode::conflict, "name_taken", "Somebody has this name already.", {}, 0};
  error.fields.push_back({"/body/name", error.detail});
  return std::unexpected(std::move(error));
}

bool is_administrator(const Person& person) {
  return person.server_administrator && state_of(person) == PersonState::active;
}

/// After a change that concerns `before`: the change is rolled back when nobody would be left.
Result<> check_somebody_left(store::Session& session, const Person& before) {
  if (!is_administrator(before) || person_repo::count_administrators(session) > 0) return {};
  return fail(ErrorCode::conflict, "last_administrator",
              before.name + " is the last server administrator who can log in; make another one first.");
}

Result<> check_not_oneself(const Actor& actor, const PersonId& id, std::string_view what) {
  if (actor.id != id.text()) return {};
  return fail(ErrorCode::conflict, "person_is_you", "You cannot " + std::string(what) + " yourself.");
}

/// Makes the person's roles be these; an audit entry for each that changed.
Result<> set_roles(store::Session& session, const AuditEntry& entry, const PersonId& person,
                   const std::vector<RoleIn>& wanted) {
  std::map<EnvironmentId, std::string> before;
  for (const Grant& grant : person_repo::grants_of(session, person)) before[grant.environment] = grant.role;
  const auto note = [&](const EnvironmentId& environment, const std::string& what) {
    const auto row = environment_repo::find(session, environment);
    AuditEntry line = entry;
    line.action = "role.change";
    line.detail = (row ? row->name : environment.text()) + ": " + what;
    audit_repo::append(session, line);
  };
  std::set<EnvironmentId> named;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string pointer = "/body/roles/" + std::to_string(i);
    const auto& [environment, role] = wanted[i];
    if (environment == kSystemEnvironment)
      return fail_field(pointer, "The environment system belongs to server administrators.");
    if (!named.insert(environment).second)
      return fail_field(pointer, "A person has one role in an environment.");
    const auto had = before.find(environment);
    if (had != before.end() && had->second == role) continue;
    if (!person_repo::set_role(session, person, environment, role))
      return fail_field(pointer, "There is no such environment or role.");
    note(environment, role);
  }
  for (const auto& [environment, role] : before) {
    if (named.contains(environment)) continue;
    person_repo::set_role(session, person, environment, std::nullopt);
    note(environment, "none");
  }
  return {};
}

bool is_name_free(store::Session& session, const Person& person) {
  const auto other = person_repo::find_by_name(session, person.name);
  return !other || other->id == person.id;
}

/// Applies what the change names to the person, with an audit entry for each.
Result<Person> changed_person(store::Session& session, const Person& before, const PersonChange& change,
                              const AuditEntry& entry) {
  Person after = before;
  const auto note = [&](std::string action, std::string detail) {
    AuditEntry line = entry;
    line.action = std::move(action);
    line.detail = std::move(detail);
    audit_repo::append(session, line);
  };
  if (change.name && *change.name != before.name) {
    after.name = *change.name;
    if (!is_name_free(session, after)) return name_taken();
    note("person.rename", before.name + " is now " + after.name);
  }
  if (change.server_administrator && *change.server_administrator != before.server_administrator) {
    after.server_administrator = *change.server_administrator;
    note(after.server_administrator ? "person.promote" : "person.demote", after.name);
  }
  if (change.is_disabled && *change.is_disabled != before.is_disabled) {
    after.is_disabled = *change.is_disabled;
    note(after.is_disabled ? "person.disable" : "person.enable", after.name);
  }
  return after;
}

PersonOverview overview_of(store::Session& session, const PersonId& id) {
  return person_repo::overview(session, id).value_or(PersonOverview{});
}

}  // namespace

Task<Result<std::vector<PersonOverview>>> PeopleService::list(std::string after, std::size_t limit) {
  co_return co_await store_.read([after = std::move(after), limit](store::Session& session) {
    return person_repo::list(session, after, static_cast<std::int64_t>(limit));
  });
}

Task<Result<PersonOverview>> PeopleService::find(PersonId id) {
  FETTLE_CO_TRY(auto found, co_await store_.read([id](store::Session& session) {
    return person_repo::overview(session, id);
  }));
  if (!found) co_return no_such_person();
  co_return std::move(*found);
}

Invitation PeopleService::make_invitation(const PersonId& person, const Actor& actor, Secret<>* token) {
  std::array<std::uint8_t, 16> random{};
  random_.fill(random);
  *token = make_token(kInvitationTokenPrefix, random);
  const WallTime now = clock_.wall_now();
  return {person, token_hash(token->reveal()), now, actor.name, now + kInvitationLasts};
}

Task<Result<Invited>> PeopleService::invite(Actor actor, NewPerson facts) {
  Person person;
  FETTLE_CO_TRY(person.name, check_name(facts.name));
  person.created_at = clock_.wall_now();
  person.id = random_.make_id<PersonId>(person.created_at);
  person.server_administrator = facts.server_administrator;
  Secret<> token;
  const Invitation invitation = make_invitation(person.id, actor, &token);
  auto write = [person, invitation, actor,
                roles = facts.roles](store::Session& session) -> Result<PersonOverview> {
    if (!is_name_free(session, person)) return name_taken();
    person_repo::insert(session, person);
    AuditEntry entry{person.created_at, actor, "person.create", person.id.text(), person.name};
    if (person.server_administrator) entry.detail += ", server administrator";
    audit_repo::append(session, entry);
    if (auto set = set_roles(session, entry, person.id, roles); !set)
      return std::unexpected(std::move(set).error());
    invitation_repo::put(session, invitation);
    return overview_of(session, person.id);
  };
  FETTLE_CO_TRY(PersonOverview made, co_await store_.write(std::move(write)));
  co_return Invited{std::move(made), token, invitation.expires_at};
}

Task<Result<Invited>> PeopleService::reset(Actor actor, PersonId id) {
  if (auto allowed = check_not_oneself(actor, id, "reset the password of"); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  Secret<> token;
  const Invitation invitation = make_invitation(id, actor, &token);
  auto* credentials = &credentials_;
  auto write = [credentials, id, invitation, actor](store::Session& session) -> Result<PersonOverview> {
    const auto person = person_repo::find(session, id);
    if (!person) return no_such_person();
    if (person->is_disabled)
      return fail(ErrorCode::conflict, "person_disabled", person->name + " is disabled; enable first.");
    const WallTime now = invitation.created_at;
    person_repo::set_password(session, id, {}, now);
    if (auto left = check_somebody_left(session, *person); !left)
      return std::unexpected(std::move(left).error());
    invitation_repo::put(session, invitation);
    audit_repo::append(session, {now, actor, "person.invite", id.text(), person->name});
    end_sessions(session, *credentials, {id, std::nullopt, actor, now, "password reset"});
    return overview_of(session, id);
  };
  FETTLE_CO_TRY(PersonOverview now, co_await store_.write(std::move(write), store::Priority::essential));
  co_return Invited{std::move(now), token, invitation.expires_at};
}

Task<Result<PersonOverview>> PeopleService::change(Actor actor, PersonId id, PersonChange change,
                                                   std::string if_match) {
  if (change.name) {
    FETTLE_CO_TRY(change.name, check_name(*change.name));
  }
  if (change.is_disabled.value_or(false)) {
    if (auto allowed = check_not_oneself(actor, id, "disable"); !allowed)
      co_return std::unexpected(std::move(allowed).error());
  }
  const WallTime now = clock_.wall_now();
  auto* credentials = &credentials_;
  auto write = [credentials, id, change, actor, if_match,
                now](store::Session& session) -> Result<PersonOverview> {
    const auto before = person_repo::find(session, id);
    if (!before) return no_such_person();
    if (auto fits = net::check_if_match(if_match, before->version); !fits)
      return std::unexpected(std::move(fits).error());
    const AuditEntry entry{now, actor, {}, id.text(), {}};
    FETTLE_TRY(const Person after, changed_person(session, *before, change, entry));
    person_repo::update(session, after);
    if (change.roles) {
      if (auto set = set_roles(session, entry, id, *change.roles); !set)
        return std::unexpected(std::move(set).error());
    }
    if (auto left = check_somebody_left(session, *before); !left)
      return std::unexpected(std::move(left).error());
    if (after.is_disabled && !before->is_disabled) {
      tell_all_ended(session, *credentials, id);
      end_sessions(session, *credentials, {id, std::nullopt, actor, now, "disabled"});
    } else {
      session.after_commit([credentials, id] { credentials->person_changed(id); });
    }
    return overview_of(session, id);
  };
  co_return co_await store_.write(std::move(write), store::Priority::essential);
}

Task<Result<>> PeopleService::remove(Actor actor, PersonId id) {
  if (auto allowed = check_not_oneself(actor, id, "remove"); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  const WallTime now = clock_.wall_now();
  auto* credentials = &credentials_;
  auto write = [credentials, id, actor, now](store::Session& session) -> Result<> {
    const auto person = person_repo::find(session, id);
    if (!person) return no_such_person();
    tell_all_ended(session, *credentials, id);
    person_repo::remove(session, id);
    if (auto left = check_somebody_left(session, *person); !left) return left;
    audit_repo::append(session, {now, actor, "person.remove", id.text(), person->name});
    return {};
  };
  co_return co_await store_.write(std::move(write), store::Priority::essential);
}

}  // namespace fettle::access
