// What the routes of this module take and give, as it stands in the OpenAPI document.
#pragma once
#include <boost/describe.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fettle/access/audit.h"
#include "fettle/access/person.h"
#include "fettle/base/json.h"
#include "fettle/base/principal.h"
#include "fettle/net/router.h"

namespace fettle::access {

struct SetupStateDto {
  bool needed = false;
};
BOOST_DESCRIBE_STRUCT(SetupStateDto, (), (needed))

struct SetupRequestDto {
  std::string token;
  std::string name;
  std::string password;
};
BOOST_DESCRIBE_STRUCT(SetupRequestDto, (), (token, name, password))

struct LogInRequestDto {
  std::string name;
  std::string password;
  std::optional<std::string> code;  // of the authenticator app, or a recovery code
};
BOOST_DESCRIBE_STRUCT(LogInRequestDto, (), (name, password, code))

struct PrincipalDto {
  PrincipalKind kind = PrincipalKind::anonymous;
  std::string id;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(PrincipalDto, (), (kind, id, name))

struct SessionEnvironmentDto {
  EnvironmentId id;
  std::string name;
  std::string role;
  std::vector<std::string> permissions;
};
BOOST_DESCRIBE_STRUCT(SessionEnvironmentDto, (), (id, name, role, permissions))

struct SessionInfoDto {
  PrincipalDto principal;
  bool server_administrator = false;
  std::vector<SessionEnvironmentDto> environments;
  std::optional<WallTime> expires_at;  // none for a token without end
};
BOOST_DESCRIBE_STRUCT(SessionInfoDto, (), (principal, server_administrator, environments, expires_at))

struct NewTokenRequestDto {
  std::string name;
  std::vector<TokenScope> scopes;
  std::optional<EnvironmentId> environment_id;
  std::optional<WallTime> expires_at;
};
BOOST_DESCRIBE_STRUCT(NewTokenRequestDto, (), (name, scopes, environment_id, expires_at))

struct TokenDto {
  TokenId id;
  std::string name;
  std::vector<TokenScope> scopes;
  std::optional<EnvironmentId> environment_id;
  WallTime created_at;
  std::optional<WallTime> expires_at;
  std::optional<WallTime> last_used_at;
};
BOOST_DESCRIBE_STRUCT(TokenDto, (), (id, name, scopes, environment_id, created_at, expires_at, last_used_at))

struct NewTokenDto : TokenDto {
  std::string token;  // shown this once
};
BOOST_DESCRIBE_STRUCT(NewTokenDto, (TokenDto), (token))

struct OwnedTokenDto : TokenDto {
  PersonId person_id;
  std::string person_name;
};
BOOST_DESCRIBE_STRUCT(OwnedTokenDto, (TokenDto), (person_id, person_name))

struct EnvironmentDto {
  EnvironmentId id;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(EnvironmentDto, (), (id, name))

struct ActorDto {
  std::string kind;
  std::string id;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(ActorDto, (), (kind, id, name))

struct AuditEntryDto {
  std::int64_t sequence = 0;
  WallTime at;
  ActorDto actor;
  std::string address;
  std::string action;
  std::string object;
  std::string detail;
  std::string hash;
};
BOOST_DESCRIBE_STRUCT(AuditEntryDto, (), (sequence, at, actor, address, action, object, detail, hash))

struct AuditFilterDto {
  std::optional<std::string> who;     // an id, or a part of the name
  std::optional<std::string> action;  // or its beginning: "token" for all that begin with "token."
  std::optional<std::string> object;  // an id
  std::optional<WallTime> from;
  std::optional<WallTime> until;
};
BOOST_DESCRIBE_STRUCT(AuditFilterDto, (), (who, action, object, from, until))

struct AuditQueryDto : AuditFilterDto {
  std::optional<std::uint32_t> limit;
  std::optional<std::string> cursor;
};
BOOST_DESCRIBE_STRUCT(AuditQueryDto, (AuditFilterDto), (limit, cursor))

enum class AuditFormat : std::uint8_t { csv, jsonl };
BOOST_DESCRIBE_ENUM(AuditFormat, csv, jsonl)

struct AuditExportQueryDto : AuditFilterDto {
  std::optional<AuditFormat> format;
  std::optional<std::string> cursor;
};
BOOST_DESCRIBE_STRUCT(AuditExportQueryDto, (AuditFilterDto), (format, cursor))

struct AuditVerdictDto {
  WallTime at;
  bool intact = true;
  std::int64_t entries = 0;               // intact, from the first one on
  std::optional<std::int64_t> broken_at;  // the first that is not; 0: entries that belong to no chain
  std::string detail;
};
BOOST_DESCRIBE_STRUCT(AuditVerdictDto, (), (at, intact, entries, broken_at, detail))

struct ListQueryDto {
  std::optional<std::uint32_t> limit;
  std::optional<std::string> cursor;
};
BOOST_DESCRIBE_STRUCT(ListQueryDto, (), (limit, cursor))

SessionInfoDto session_info_dto(const Principal& principal, std::optional<WallTime> expires_at);
TokenDto token_dto(const ApiToken& token);
AuditEntryDto audit_entry_dto(const AuditRow& row);

/// 50 unless asked for; `unprocessable` outside 1 to 500.
Result<std::size_t> list_limit(const ListQueryDto& query);

/// The id after which (or before which) a page goes on; nothing for the first.
template <class IdType>
Result<std::optional<IdType>> id_cursor(const ListQueryDto& query) {
  if (!query.cursor) return std::nullopt;
  const auto id = IdType::parse(*query.cursor);
  if (!id) return fail_field("/query/cursor", "cursor must be one that this list gave.");
  return id;
}

/// A page of rows that were read `limit` at a time; `dto` makes one item of a row, `cursor` the text from
/// which the next page goes on.
template <class T, class Rows, class Dto, class Cursor>
net::Page<T> page_of_rows(const Rows& rows, std::size_t limit, Dto dto, Cursor cursor) {
  net::Page<T> page;
  for (const auto& row : rows) page.items.push_back(dto(row));
  if (!rows.empty() && rows.size() == limit) page.next_cursor = cursor(rows.back());
  return page;
}

/// One page of a list that is short enough to be read as a whole; the cursor is the id of the last item.
template <class T>
Result<net::Page<T>> page_of(std::vector<T> all, const ListQueryDto& query) {
  FETTLE_TRY(const std::size_t limit, list_limit(query));
  auto first = all.begin();
  if (query.cursor) {
    first = std::ranges::find_if(all, [&](const T& one) { return one.id.text() == *query.cursor; });
    if (first == all.end()) return fail_field("/query/cursor", "cursor must be one that this list gave.");
    ++first;
  }
  net::Page<T> page;
  const auto left = static_cast<std::size_t>(all.end() - first);
  page.items.assign(first, first + static_cast<std::ptrdiff_t>(std::min(limit, left)));
  if (left > limit) page.next_cursor = page.items.back().id.text();
  return page;
}

}  // namespace fettle::access
