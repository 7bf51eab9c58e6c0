#include "fettle/access/environment_service.h"

#include <algorithm>

#include "fettle/access/audit_repo.h"
#include "fettle/access/builtin.h"
#include "fettle/access/password_rules.h"
#include "fettle/access/person_repo.h"
#include "fettle/access/token_repo.h"
#include "fettle/net/entity_tag.h"

namespace fettle::access {
namespace {

constexpr std::size_t kMostEnvironments = 500;  // one page of the list that everybody's page reads

/// A name stands in addresses and in lists with commas.
Result<std::string> check_environment_name(std::string_view name) {
  FETTLE_TRY(std::string good, check_name(name));
  if (good.find_first_of(",/?#&") != std::string::npos)
    return fail_field("/body/name", "The name must not hold any of , / ? # &.");
  if (EnvironmentId::parse(good)) return fail_field("/body/name", "The name must not look like an id.");
  return good;
}

std::unexpected<Error> no_such_environment() {
  return fail(ErrorCode::not_found, "not_found", "There is no such environment.");
}

std::unexpected<Error> built_in(std::string_view name) {
  return fail(ErrorCode::conflict, "built_in",
              "The environment " + std::string(name) + " belongs to Fettle and stays as it is.");
}

Result<> check_free(store::Session& session, const EnvironmentId& id, const std::string& name) {
  const auto other = environment_repo::find_by_name(session, name);
  if (!other || other->id == id) return {};
  Error error{ErrorCode::conflict,
              "name_taken",
              other->removing_since ? "An environment of this name is still being removed."
                                    : "There is an environment of this name already.",
              {},
              0};
  error.fields.push_back({"/body/name", error.detail});
  return std::unexpected(std::move(error));
}

std::unexpected<Error> being_removed(const std::string& name) {
  return fail(ErrorCode::conflict, "being_removed", name + " is being removed.");
}

Result<> check_empty(store::Session& session, const EnvironmentRow& row,
                     const std::vector<EnvironmentUser>& users) {
  for (const EnvironmentUser& user : users) {
    const std::int64_t count = user.count(session, row.id);
    if (count == 0) continue;
    return fail(ErrorCode::conflict, "environment_not_empty",
                row.name + " is not empty: " + std::to_string(count) + " " + user.what + ".");
  }
  return {};
}

/// One write's worth, of one user after the other. True: nothing is left.
bool forget_some(store::Session& session, const EnvironmentId& id,
                 const std::vector<EnvironmentUser>& users) {
  return std::ranges::all_of(
      users, [&](const EnvironmentUser& user) { return !user.forget || user.forget(session, id); });
}

EnvironmentNote note_of(store::Session& session, const EnvironmentRow& row,
                        const std::vector<EnvironmentUser>& users) {
  EnvironmentNote out{row, environment_repo::count_people(session, row.id), {}};
  for (const EnvironmentUser& user : users) out.things[user.what] = user.count(session, row.id);
  return out;
}

}  // namespace

void EnvironmentService::tell(store::Session& session, const std::vector<PersonId>& people) {
  auto* credentials = &credentials_;
  session.after_commit([credentials, people] {
    for (const PersonId& person : people) credentials->person_changed(person);
  });
}

Task<Result<std::vector<EnvironmentNote>>> EnvironmentService::list() {
  co_return co_await store_.read([users = users_](store::Session& session) {
    std::vector<EnvironmentNote> out;
    for (const EnvironmentRow& row : environment_repo::list(session)) {
      out.push_back(note_of(session, row, users));
    }
    return out;
  });
}

Task<Result<EnvironmentNote>> EnvironmentService::make(Principal principal, Actor actor, std::string name) {
  EnvironmentRow row;
  FETTLE_CO_TRY(row.name, check_environment_name(name));
  row.created_at = clock_.wall_now();
  row.id = random_.make_id<EnvironmentId>(row.created_at);
  auto* self = this;
  auto write = [self, row, actor, maker = PersonId::parse(principal.id),
                users = users_](store::Session& session) -> Result<EnvironmentNote> {
    if (auto free = check_free(session, row.id, row.name); !free)
      return std::unexpected(std::move(free).error());
    if (environment_repo::list(session).size() >= kMostEnvironments)
      return fail(ErrorCode::conflict, "too_many_environments", "There are 500 environments already.");
    environment_repo::insert(session, row);
    audit_repo::append(session, {row.created_at, actor, "environment.create", row.id.text(), row.name});
    if (maker && person_repo::set_role(session, *maker, row.id, kAdministratorRole)) {
      audit_repo::append(session, {row.created_at, actor, "role.change", maker->text(),
                                   row.name + ": " + std::string(kAdministratorRole)});
      self->tell(session, {*maker});
    }
    session.after_commit([self, row] { self->known_.put({row.id, row.name}); });
    return note_of(session, row, users);
  };
  co_return co_await store_.write(std::move(write));
}

Task<Result<EnvironmentNote>> EnvironmentService::rename(Actor actor, EnvironmentId id, std::string name,
                                                         std::string if_match) {
  FETTLE_CO_TRY(name, check_environment_name(name));
  if (id == kSystemEnvironment) co_return built_in(kSystemEnvironmentName);
  const WallTime now = clock_.wall_now();
  auto* self = this;
  auto write = [self, actor, id, name, if_match, now,
                users = users_](store::Session& session) -> Result<EnvironmentNote> {
    const auto before = environment_repo::find(session, id);
    if (!before) return no_such_environment();
    if (before->removing_since) return being_removed(before->name);
    if (auto fits = net::check_if_match(if_match, before->version); !fits)
      return std::unexpected(std::move(fits).error());
    if (auto free = check_free(session, id, name); !free) return std::unexpected(std::move(free).error());
    environment_repo::rename(session, id, name);
    audit_repo::append(session,
                       {now, actor, "environment.rename", id.text(), before->name + " is now " + name});
    // The name is part of what everyone's grants say.
    self->tell(session, person_repo::people_in(session, id));
    session.after_commit([self, id, name] { self->known_.put({id, name}); });
    return note_of(session, environment_repo::find(session, id).value_or(*before), users);
  };
  co_return co_await store_.write(std::move(write));
}

Task<Result<EnvironmentService::Removed>> EnvironmentService::remove(Actor actor, EnvironmentId id) {
  if (id == kSystemEnvironment) co_return built_in(kSystemEnvironmentName);
  if (id == kDefaultEnvironment) {
    co_return fail(ErrorCode::conflict, "built_in",
                   "The first environment stays: hosts without a choice go there.");
  }
  const WallTime now = clock_.wall_now();
  auto* self = this;
  auto write = [self, actor, id, now, users = users_](store::Session& session) -> Result<Removed> {
    const auto before = environment_repo::find(session, id);
    if (!before) return no_such_environment();
    if (before->removing_since) return Removed::under_way;
    if (auto empty = check_empty(session, *before, users); !empty)
      return std::unexpected(std::move(empty).error());
    for (const TokenId& token : environment_repo::tokens_of(session, id)) {
      token_repo::remove(session, token);
      audit_repo::append(session, {now, actor, "token.revoke", token.text(), "with its environment"});
      session.after_commit(
          [self, token] { self->credentials_.credential_ended(token.text(), token.text()); });
    }
    self->tell(session, person_repo::people_in(session, id));
    environment_repo::begin_removal(session, id, now);
    audit_repo::append(session, {now, actor, "environment.remove", id.text(), before->name});
    const bool is_gone = forget_some(session, id, users);
    if (is_gone) environment_repo::remove(session, id);
    session.after_commit([self, id, is_gone] {
      self->known_.erase(id);
      if (!is_gone) self->to_remove_.set();
    });
    return is_gone ? Removed::gone : Removed::under_way;
  };
  auto removed = co_await store_.write(std::move(write), store::Priority::essential);
  // A foreign key of a module that has told nobody of its things.
  if (!removed && removed.error().reason == "constraint") {
    co_return fail(ErrorCode::conflict, "environment_not_empty", "The environment is not empty.");
  }
  co_return removed;
}

void EnvironmentService::start() {
  to_remove_.set();
  tasks_.spawn("access.environments", remove_forever());
}

/// One environment after the other, behind live work. What a stop cuts short goes on at the next start.
Task<void> EnvironmentService::remove_forever() {
  constexpr Seconds kAfterFailure{10};
  for (;;) {
    co_await to_remove_.wait();
    to_remove_.reset();
    for (;;) {
      const auto row = co_await store_.read(environment_repo::next_removal);
      if (row && !*row) break;
      if (row && co_await remove_some(**row)) continue;
      co_await clock_.sleep_for(kAfterFailure);
    }
  }
}

/// Something came into it in the moment in which its removal began: it stays, for people to look at.
Task<bool> EnvironmentService::give_up(EnvironmentRow row, Error why) {
  log_.warn("an environment stays, though its history went: something came into it",
            {{"environment", row.id}, {"name", row.name}, {"error", why}});
  auto* self = this;
  auto written = co_await store_.write([self, row](store::Session& session) {
    environment_repo::end_removal(session, row.id);
    session.after_commit([self, row] { self->known_.put({row.id, row.name}); });
  });
  co_return written.has_value();
}

/// Until it is gone; false when the store refuses.
Task<bool> EnvironmentService::remove_some(EnvironmentRow row) {
  bool is_gone = false;
  while (!is_gone) {
    auto written = co_await store_.write(
        [row, users = users_](store::Session& session) -> Result<bool> {
          // Before anything goes: what came into it a moment ago must not lose what belongs to it.
          if (auto empty = check_empty(session, row, users); !empty)
            return std::unexpected(std::move(empty).error());
          if (!forget_some(session, row.id, users)) return false;
          environment_repo::remove(session, row.id);
          return true;
        },
        store::Priority::upkeep);
    if (!written && written.error().reason == "environment_not_empty") {
      co_return co_await give_up(row, written.error());
    }
    if (!written) {
      log_.warn("an environment could not be removed; it is tried again",
                {{"environment", row.id}, {"name", row.name}, {"error", written.error()}});
      co_return false;
    }
    is_gone = *written;
  }
  log_.info("an environment is gone with all that was in it", {{"environment", row.id}, {"name", row.name}});
  co_return true;
}

}  // namespace fettle::access
