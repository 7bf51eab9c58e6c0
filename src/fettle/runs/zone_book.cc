#include "fettle/runs/zone_book.h"

#include <algorithm>

namespace fettle::runs {
namespace {

constexpr const char* kUtc = "UTC";

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

ZoneBook::ZoneBook(ZoneBookGround ground) : ground_(std::move(ground)) {
  zones_[kUtc] = {std::make_shared<const Zone>(), {}, 0, 0};
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
  if (const auto found = zones_.find(name); found != zones_.end()) {
    found->second.used = ++uses_;
    found->second.round = round_;
    co_return found->second.zone;
  }
  if (!is_zone_name(name))
    co_return fail(
        ErrorCode::unprocessable, "unknown_zone",
        "a time zone is named as in the tz database: Europe/Berlin, America/New_York, UTC; its copies "
        "below posix/ and right/ are not taken");
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
  auto zone = std::make_shared<const Zone>(std::move(*parsed));
  put(name, zone, std::move(*bytes));
  co_return zone;
}

void ZoneBook::put(const std::string& name, ZonePtr zone, std::string bytes) {
  zones_[name] = {std::move(zone), std::move(bytes), ++uses_, round_};
  make_room();
}

void ZoneBook::make_room() {
  if (zones_.size() <= kMostZones) return;
  const auto age = [](const auto& entry) { return entry.first == kUtc ? UINT64_MAX : entry.second.used; };
  zones_.erase(std::ranges::min_element(zones_, {}, age));
}

Task<std::vector<std::string>> ZoneBook::refresh() {
  ++round_;
  std::erase_if(zones_, [this](const auto& entry) {
    return entry.first != kUtc && round_ - entry.second.round > kRoundsKept;
  });
  std::vector<std::string> names, changed;
  for (const auto& [name, entry] : zones_)
    if (!entry.bytes.empty()) names.push_back(name);
  for (const std::string& name : names) {
    auto bytes = co_await read(name);
    const auto entry = zones_.find(name);
    if (!bytes || entry == zones_.end() || *bytes == entry->second.bytes) continue;
    auto parsed = Zone::parse(name, bytes_of(*bytes));
    if (!parsed) continue;
    entry->second.zone = std::make_shared<const Zone>(std::move(*parsed));
    entry->second.bytes = std::move(*bytes);
    changed.push_back(name);
  }
  co_return changed;
}

}  // namespace fettle::runs
