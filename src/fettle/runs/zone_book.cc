#include "fettle/runs/zone_book.h"

namespace fettle::runs {
namespace {

constexpr std::size_t kMostZones = 1'000;  // more than the tz database has

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

ZoneBook::ZoneBook(ZoneBookGround ground) : ground_(std::move(ground)) {
  zones_["UTC"] = {std::make_shared<const Zone>(), {}};
}

ZonePtr ZoneBook::known(const std::string& name) const {
  const auto found = zones_.find(name);
  return found == zones_.end() ? nullptr : found->second.zone;
}

Task<Result<std::string>> ZoneBook::read(std::string name) {
  io::Files* files = &ground_.files;
  std::string path = ground_.folder + "/" + name;
  co_return co_await io::offload(ground_.loop, ground_.workers,
                                 [files, path] { return files->read_all(path, kMostZoneBytes); });
}

Task<Result<ZonePtr>> ZoneBook::find(std::string name) {
  if (auto zone = known(name)) co_return zone;
  if (!is_zone_name(name))
    co_return fail(
        ErrorCode::unprocessable, "unknown_zone",
        "a time zone is named as in the tz database: Europe/Berlin, America/New_York, UTC; its copies "
        "below posix/ and right/ are not taken");
  if (zones_.size() >= kMostZones)
    co_return fail(ErrorCode::unavailable, "too_many_zones", "too many time zones are in use");
  auto bytes = co_await read(name);
  if (!bytes && bytes.error().code == ErrorCode::unavailable)
    co_return std::unexpected(std::move(bytes).error());
  if (!bytes)
    co_return fail(
        ErrorCode::unprocessable, "unknown_zone",
        "this server knows no time zone " + name +
            "; zones are named as in the tz database (Europe/Berlin), and come with the package tzdata");
  auto parsed = Zone::parse(name, bytes_of(*bytes));
  if (!parsed) co_return std::unexpected(std::move(parsed).error());
  const auto zone = std::make_shared<const Zone>(std::move(*parsed));
  zones_[name] = {zone, std::move(*bytes)};
  co_return zone;
}

Task<std::vector<std::string>> ZoneBook::refresh() {
  std::vector<std::string> names, changed;
  for (const auto& [name, entry] : zones_)
    if (!entry.bytes.empty()) names.push_back(name);
  for (const std::string& name : names) {
    auto bytes = co_await read(name);
    if (!bytes || *bytes == zones_[name].bytes) continue;
    auto parsed = Zone::parse(name, bytes_of(*bytes));
    if (!parsed) continue;
    zones_[name] = {std::make_shared<const Zone>(std::move(*parsed)), std::move(*bytes)};
    changed.push_back(name);
  }
  co_return changed;
}

}  // namespace fettle::runs
