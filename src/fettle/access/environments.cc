#include "fettle/access/environments.h"

#include "fettle/store/store.h"

namespace fettle::access {
namespace {

constexpr std::string_view kAll = "SELECT id, name FROM environment WHERE removing_at IS NULL ORDER BY id";

std::vector<Environment> read_all(store::Session& session) {
  return session.query_all(kAll, {}, [](const store::Row& row) {
    return Environment{EnvironmentId::parse(row.text(0)).value_or(EnvironmentId{}), row.text(1)};
  });
}

}  // namespace

Task<Result<>> Environments::load(store::Store& store) {
  auto rows = co_await store.read([](store::Session& session) { return read_all(session); });
  if (!rows) co_return std::unexpected(std::move(rows).error());
  all_ = std::move(*rows);
  co_return Result<>{};
}

void Environments::put(Environment environment) {
  const auto found = std::ranges::find(all_, environment.id, &Environment::id);
  if (found != all_.end()) {
    *found = std::move(environment);
  } else {
    all_.push_back(std::move(environment));
  }
}

void Environments::erase(const EnvironmentId& id) {
  std::erase_if(all_, [&](const Environment& one) { return one.id == id; });
}

Result<std::vector<EnvironmentId>> Environments::listed(const Principal& principal,
                                                        const std::optional<std::string>& asked) const {
  if (!asked) return principal.environments_with(Permission::view);
  const auto id = find(*asked);
  if (!id || !principal.may(Permission::view, *id))
    return fail_field("/query/environment", "must be the id or the name of an environment that you may see");
  return std::vector{*id};
}

std::optional<EnvironmentId> Environments::find(std::string_view id_or_name) const {
  const auto id = EnvironmentId::parse(id_or_name);
  for (const Environment& environment : all_) {
    if (environment.name == id_or_name || (id && environment.id == *id)) return environment.id;
  }
  return std::nullopt;
}

}  // namespace fettle::access
