#include "fettle/access/role_service.h"

#include "fettle/access/audit_repo.h"
#include "fettle/access/builtin.h"
#include "fettle/access/person_repo.h"

namespace fettle::access {

Task<Result<>> RoleService::change(Actor actor, PersonId person, EnvironmentId environment,
                                   std::optional<std::string> role) {
  if (environment == kSystemEnvironment) {
    co_return fail(ErrorCode::conflict, "system_environment",
                   "The environment system belongs to server administrators.");
  }
  const WallTime now = clock_.wall_now();
  auto* self = this;
  auto write = [self, actor, person, environment, role, now](store::Session& session) -> Result<> {
    std::optional<std::string_view> name;
    if (role) name = *role;
    if (!person_repo::set_role(session, person, environment, name)) {
      return fail(ErrorCode::not_found, "not_found", "There is no such person, environment or role.");
    }
    audit_repo::append(session, {now, actor, "role.change", person.text(),
                                 environment.text() + ": " + role.value_or("none")});
    session.after_commit([self, person] { self->credentials_.person_changed(person); });
    return {};
  };
  co_return co_await store_.write(std::move(write), store::Priority::essential);
}

}  // namespace fettle::access
