#include "fettle/access/people_dto.h"

#include "fettle/base/json_codec.h"
#include "fettle/net/router.h"

namespace fettle::access {

PersonDto person_dto(const PersonOverview& overview) {
  const Person& person = overview.person;
  PersonDto out;
  out.id = person.id;
  out.name = person.name;
  out.state = state_of(person);
  out.server_administrator = person.server_administrator;
  for (const Grant& grant : overview.grants) {
    out.roles.push_back({grant.environment, grant.environment_name, grant.role});
  }
  out.totp = overview.has_totp;
  out.tokens = overview.tokens;
  out.created_at = person.created_at;
  out.last_used_at = std::max(overview.last_used_at, person.last_login_at);
  out.invitation_expires_at = overview.invitation_ends_at;
  out.version = person.version;
  return out;
}

InvitedDto invited_dto(const Invited& invited) {
  return {person_dto(invited.person), invited.token.reveal(), invited.expires_at};
}

std::vector<RoleIn> roles_of(const std::vector<RoleInDto>& roles) {
  std::vector<RoleIn> out;
  for (const RoleInDto& role : roles) out.push_back({role.environment_id, role.role});
  return out;
}

LoginSessionDto login_session_dto(const LoginSession& login, const Principal& asking) {
  return {login.id,
          login.address,
          login.browser,
          login.created_at,
          login.last_used_at,
          login.ends_at,
          login.id.text() == asking.session_id};
}

EnvironmentNoteDto environment_note_dto(const EnvironmentNote& note) {
  const EnvironmentRow& row = note.row;
  const auto hosts = note.things.find("hosts");
  return {row.id,
          row.name,
          row.id == kDefaultEnvironment || row.id == kSystemEnvironment,
          note.people,
          hosts == note.things.end() ? 0 : hosts->second,
          row.created_at,
          row.version,
          row.removing_since};
}

}  // namespace fettle::access

FETTLE_JSON(fettle::access::PersonDto)
FETTLE_JSON(fettle::net::Page<fettle::access::PersonDto>)
FETTLE_JSON(fettle::access::NewPersonDto)
FETTLE_JSON(fettle::access::PersonChangeDto)
FETTLE_JSON(fettle::access::InvitedDto)
FETTLE_JSON(fettle::access::InvitationTokenDto)
FETTLE_JSON(fettle::access::InvitationNoteDto)
FETTLE_JSON(fettle::access::AcceptInvitationDto)
FETTLE_JSON(fettle::net::Page<fettle::access::LoginSessionDto>)
FETTLE_JSON(fettle::access::AccountDto)
FETTLE_JSON(fettle::access::ChangePasswordDto)
FETTLE_JSON(fettle::access::BeginTotpDto)
FETTLE_JSON(fettle::access::TotpSecretDto)
FETTLE_JSON(fettle::access::TotpCodeDto)
FETTLE_JSON(fettle::access::ProofDto)
FETTLE_JSON(fettle::access::RecoveryCodesDto)
FETTLE_JSON(fettle::access::EnvironmentNoteDto)
FETTLE_JSON(fettle::net::Page<fettle::access::EnvironmentNoteDto>)
FETTLE_JSON(fettle::access::EnvironmentNameDto)
