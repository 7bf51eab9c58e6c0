// The rows of the environments.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "fettle/access/environments.h"
#include "fettle/base/time.h"
#include "fettle/store/session.h"

namespace fettle::access {

struct EnvironmentRow {
  EnvironmentId id;
  std::string name;
  WallTime created_at;
  std::int64_t version = 1;
  std::optional<WallTime> removing_since = {};
};

namespace environment_repo {

/// Those that are being removed too.
std::vector<EnvironmentRow> list(store::Session& session);
std::optional<EnvironmentRow> find(store::Session& session, const EnvironmentId& id);
/// Upper and lower case count as one.
std::optional<EnvironmentRow> find_by_name(store::Session& session, std::string_view name);
void insert(store::Session& session, const EnvironmentRow& row);
void rename(store::Session& session, const EnvironmentId& id, std::string_view name);
/// From now on it is being removed: the roles that people hold in it go.
void begin_removal(store::Session& session, const EnvironmentId& id, WallTime at);
void end_removal(store::Session& session, const EnvironmentId& id);
/// The one whose removal began first.
std::optional<EnvironmentRow> next_removal(store::Session& session);
void remove(store::Session& session, const EnvironmentId& id);
std::int64_t count_people(store::Session& session, const EnvironmentId& id);
/// The tokens that are limited to it.
std::vector<TokenId> tokens_of(store::Session& session, const EnvironmentId& id);

}  // namespace environment_repo
}  // namespace fettle::access
