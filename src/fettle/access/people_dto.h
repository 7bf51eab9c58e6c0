// What the routes of people, accounts, sessions and environments take and give.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "fettle/access/access_dto.h"
#include "fettle/access/account_service.h"
#include "fettle/access/environment_service.h"
#include "fettle/access/invitation_service.h"
#include "fettle/access/people_service.h"

namespace fettle::access {

struct RoleDto {
  EnvironmentId environment_id;
  std::string environment_name;
  std::string role;
};
BOOST_DESCRIBE_STRUCT(RoleDto, (), (environment_id, environment_name, role))

struct PersonDto {
  PersonId id;
  std::string name;
  PersonState state = PersonState::active;
  bool server_administrator = false;
  std::vector<RoleDto> roles;
  bool totp = false;
  std::int64_t tokens = 0;
  WallTime created_at;
  std::optional<WallTime> last_used_at;  // the last sign of life of any session
  std::optional<WallTime> invitation_expires_at;
  std::int64_t version = 1;  // as the ETag says it
};
BOOST_DESCRIBE_STRUCT(PersonDto, (),
                      (id, name, state, server_administrator, roles, totp, tokens, created_at, last_used_at,
                       invitation_expires_at, version))

struct RoleInDto {
  EnvironmentId environment_id;
  std::string role;
};
BOOST_DESCRIBE_STRUCT(RoleInDto, (), (environment_id, role))

struct NewPersonDto {
  std::string name;
  std::optional<bool> server_administrator;
  std::optional<std::vector<RoleInDto>> roles;
};
BOOST_DESCRIBE_STRUCT(NewPersonDto, (), (name, server_administrator, roles))

struct PersonChangeDto {
  std::optional<std::string> name;
  std::optional<bool> server_administrator;
  std::optional<bool> disabled;
  std::optional<std::vector<RoleInDto>> roles;  // all of them
};
BOOST_DESCRIBE_STRUCT(PersonChangeDto, (), (name, server_administrator, disabled, roles))

struct InvitedDto {
  PersonDto person;
  std::string token;  // for the address /invitation#token=...; told this once
  WallTime expires_at;
};
BOOST_DESCRIBE_STRUCT(InvitedDto, (), (person, token, expires_at))

struct InvitationTokenDto {
  std::string token;
};
BOOST_DESCRIBE_STRUCT(InvitationTokenDto, (), (token))

struct InvitationNoteDto {
  std::string name;
  WallTime expires_at;
  bool code_needed = false;
};
BOOST_DESCRIBE_STRUCT(InvitationNoteDto, (), (name, expires_at, code_needed))

struct AcceptInvitationDto {
  std::string token;
  std::string password;
  std::optional<std::string> code;
};
BOOST_DESCRIBE_STRUCT(AcceptInvitationDto, (), (token, password, code))

struct LoginSessionDto {
  SessionId id;
  std::string address;
  std::string browser;
  WallTime created_at;
  WallTime last_used_at;
  WallTime ends_at;
  bool current = false;
};
BOOST_DESCRIBE_STRUCT(LoginSessionDto, (), (id, address, browser, created_at, last_used_at, ends_at, current))

struct AccountDto {
  PersonId id;
  std::string name;
  bool totp = false;
  std::int64_t recovery_codes = 0;
  std::optional<WallTime> password_changed_at;
};
BOOST_DESCRIBE_STRUCT(AccountDto, (), (id, name, totp, recovery_codes, password_changed_at))

struct ChangePasswordDto {
  std::string current_password;
  std::string password;
};
BOOST_DESCRIBE_STRUCT(ChangePasswordDto, (), (current_password, password))

struct BeginTotpDto {
  std::string current_password;
};
BOOST_DESCRIBE_STRUCT(BeginTotpDto, (), (current_password))

struct TotpSecretDto {
  std::string secret;
  std::string uri;
};
BOOST_DESCRIBE_STRUCT(TotpSecretDto, (), (secret, uri))

struct TotpCodeDto {
  std::string code;
};
BOOST_DESCRIBE_STRUCT(TotpCodeDto, (), (code))

struct ProofDto {
  std::string current_password;
  std::string code;
};
BOOST_DESCRIBE_STRUCT(ProofDto, (), (current_password, code))

struct RecoveryCodesDto {
  std::vector<std::string> codes;  // shown this once
};
BOOST_DESCRIBE_STRUCT(RecoveryCodesDto, (), (codes))

struct EnvironmentNoteDto {
  EnvironmentId id;
  std::string name;
  bool built_in = false;
  std::int64_t people = 0;
  std::int64_t hosts = 0;
  WallTime created_at;
  std::int64_t version = 1;
  std::optional<WallTime> removing_since;  // it is being removed, and nobody can use it any more
};
BOOST_DESCRIBE_STRUCT(EnvironmentNoteDto, (),
                      (id, name, built_in, people, hosts, created_at, version, removing_since))

struct EnvironmentNameDto {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(EnvironmentNameDto, (), (name))

PersonDto person_dto(const PersonOverview& overview);
InvitedDto invited_dto(const Invited& invited);
std::vector<RoleIn> roles_of(const std::vector<RoleInDto>& roles);
LoginSessionDto login_session_dto(const LoginSession& login, const Principal& asking);
EnvironmentNoteDto environment_note_dto(const EnvironmentNote& note);

}  // namespace fettle::access
