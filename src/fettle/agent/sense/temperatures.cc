#include "fettle/agent/sense/temperatures.h"

#include <dirent.h>

#include <algorithm>

#include "fettle/agent/sense/source.h"
#include "fettle/agent/sense/text_scan.h"
#include "fettle/base/text.h"

namespace fettle::agent {
namespace {

constexpr std::size_t kMostFolders = 256;  // of chips or zones; more than any machine has

/// Names that begin with `prefix`, in the order of the numbers at their end.
std::vector<std::string> list_numbered(const std::string& folder, std::string_view prefix) {
  std::vector<std::string> names;
  DIR* open = ::opendir(folder.c_str());
  if (open == nullptr) return names;
  while (const dirent* entry = ::readdir(open)) {
    const std::string_view name = entry->d_name;
    if (name.starts_with(prefix) && names.size() < kMostFolders) names.emplace_back(name);
  }
  ::closedir(open);
  std::ranges::sort(names, [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  return names;
}

std::string one_line(const std::string& path) {
  return clean_text(trim(read_small_file(path)));
}

}  // namespace

std::optional<std::int64_t> parse_milli_celsius(std::string_view text) {
  constexpr std::uint64_t kColdest = 100'000, kHottest = 250'000;
  skip_blanks(text);
  const bool is_below_zero = text.starts_with('-');
  if (is_below_zero) text.remove_prefix(1);
  std::uint64_t size = 0;
  if (text.empty() || text.front() == ' ' || text.front() == '\t' || !take_number(text, size))
    return std::nullopt;
  if (!trim(text).empty() || size > (is_below_zero ? kColdest : kHottest)) return std::nullopt;
  const auto value = static_cast<std::int64_t>(size);
  return is_below_zero ? -value : value;
}

std::optional<unsigned> parse_temperature_file(std::string_view name) {
  constexpr std::string_view kBefore = "temp", kAfter = "_input";
  if (!name.starts_with(kBefore) || !name.ends_with(kAfter) || name.size() <= kBefore.size() + kAfter.size())
    return std::nullopt;
  name.remove_prefix(kBefore.size());
  name.remove_suffix(kAfter.size());
  std::uint64_t number = 0;
  if (!is_all_digits(name) || !take_number(name, number) || number > 9999) return std::nullopt;
  return static_cast<unsigned>(number);
}

Temperatures::Temperatures(std::string sys) : sys_(std::move(sys)) {}

void Temperatures::look() {
  before_ = std::exchange(sensors_, {});
  look_at_chips();
  look_at_zones();
  before_.clear();
}

void Temperatures::look_at_chips() {
  const std::string folder = sys_ + "/class/hwmon";
  for (const std::string& entry : list_numbered(folder, "hwmon")) {
    std::string chip = folder + "/" + entry;
    std::string name = one_line(chip + "/name");
    if (name.empty()) {  // older drivers keep their files one level down
      chip += "/device";
      name = one_line(chip + "/name");
    }
    if (name.empty()) continue;
    for (const std::string& file : list_numbered(chip, "temp")) {
      const auto number = parse_temperature_file(file);
      if (!number) continue;
      const std::string stem = "temp" + std::to_string(*number);
      std::string label = one_line(chip + "/" + stem + "_label");
      if (label.empty()) label = stem;
      add(name + " " + label, chip + "/" + file);
    }
  }
}

void Temperatures::look_at_zones() {
  const std::string folder = sys_ + "/class/thermal";
  const std::size_t chips = sensors_.size();
  for (const std::string& entry : list_numbered(folder, "thermal_zone")) {
    const std::string zone = folder + "/" + entry;
    const std::string type = one_line(zone + "/type");
    // The kernel shows most zones as chips too.
    const bool is_chip = std::any_of(sensors_.begin(), sensors_.begin() + static_cast<std::ptrdiff_t>(chips),
                                     [&](const Sensor& one) { return one.name.starts_with(type + " "); });
    // What the zone of an Intel package says, its chip says for each core.
    if (type.empty() || is_chip || (type == "x86_pkg_temp" && chips > 0)) continue;
    add(type, zone + "/temp");
  }
}

void Temperatures::add(std::string name, std::string path) {
  if (sensors_.size() >= kMostTemperatures) return;
  const auto known = std::ranges::find(before_, path, &Sensor::path);
  auto file = known != before_.end() ? std::move(known->file) : std::make_unique<ProcFile>(path);
  sensors_.push_back({std::move(name), std::move(path), std::move(file)});
}

std::vector<TemperatureReading> Temperatures::read(ReadBuffer& buffer) {
  std::vector<TemperatureReading> readings;
  readings.reserve(sensors_.size());
  for (const Sensor& sensor : sensors_) {
    const auto text = sensor.file->read(buffer);
    readings.push_back({sensor.name, text ? parse_milli_celsius(trim(*text)) : std::nullopt});
  }
  return readings;
}

}  // namespace fettle::agent
