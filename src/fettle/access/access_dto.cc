#include "fettle/access/access_dto.h"

#include "fettle/base/encoding.h"
#include "fettle/base/json_codec.h"
#include "fettle/base/page_limit.h"
#include "fettle/net/router.h"

namespace fettle {
BOOST_DESCRIBE_ENUM(PrincipalKind, anonymous, person, token)
}  // namespace fettle

namespace fettle::access {
SessionInfoDto session_info_dto(const Principal& principal, std::optional<WallTime> expires_at) {
  SessionInfoDto out;
  out.principal = {principal.kind, principal.id, principal.name};
  out.server_administrator = principal.server_administrator;
  out.expires_at = expires_at;
  for (const auto& [id, grant] : principal.grants) {
    SessionEnvironmentDto environment{id, grant.environment_name, grant.role, {}};
    for (const Permission permission : grant.permissions) {
      environment.permissions.emplace_back(permission_name(permission));
    }
    out.environments.push_back(std::move(environment));
  }
  return out;
}

TokenDto token_dto(const ApiToken& token) {
  return {token.id,          token.name,       {token.scopes.begin(), token.scopes.end()},
          token.environment, token.created_at, token.expires_at,
          token.last_used_at};
}

AuditEntryDto audit_entry_dto(const AuditRow& row) {
  const Actor& actor = row.entry.actor;
  return {row.sequence,     row.entry.at,        {actor.kind, actor.id, actor.name},
          actor.address,    row.entry.action,    row.entry.object,
          row.entry.detail, hex_encode(row.hash)};
}

Result<std::size_t> list_limit(const ListQueryDto& query) {
  return page_limit(query.limit);
}

}  // namespace fettle::access

FETTLE_JSON(fettle::access::SetupStateDto)
FETTLE_JSON(fettle::access::SetupRequestDto)
FETTLE_JSON(fettle::access::LogInRequestDto)
FETTLE_JSON(fettle::access::SessionInfoDto)
FETTLE_JSON(fettle::access::NewTokenRequestDto)
FETTLE_JSON(fettle::access::NewTokenDto)
FETTLE_JSON(fettle::net::Page<fettle::access::TokenDto>)
FETTLE_JSON(fettle::net::Page<fettle::access::EnvironmentDto>)
FETTLE_JSON(fettle::net::Page<fettle::access::AuditEntryDto>)
FETTLE_JSON(fettle::access::AuditEntryDto)
FETTLE_JSON(fettle::net::Page<fettle::access::OwnedTokenDto>)
FETTLE_JSON(fettle::access::AuditVerdictDto)
FETTLE_QUERY(fettle::access::ListQueryDto)
FETTLE_QUERY(fettle::access::AuditQueryDto)
FETTLE_QUERY(fettle::access::AuditExportQueryDto)
