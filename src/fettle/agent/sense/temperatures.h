// /sys/class/hwmon and /sys/class/thermal: what the machine's sensors say. Reading one may take a chip
// milliseconds, so it belongs to the slow probe. Machines without sensors (most virtual ones) have no such
// series.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/agent/sense/proc_file.h"

namespace fettle::agent {

struct TemperatureReading {
  std::string name;  // "coretemp Package id 0", "acpitz"
  std::optional<std::int64_t> milli_celsius;
};

/// The content of temp*_input or of a zone's temp. nullopt for what is no number, and for what no sensor of a
/// running machine says (below -100 or above 250 degrees): chips without a probe answer so.
std::optional<std::int64_t> parse_milli_celsius(std::string_view text);
/// "temp12_input" is 12; nullopt for any other name.
std::optional<unsigned> parse_temperature_file(std::string_view name);

class Temperatures {
 public:
  /// `sys` is where /sys is.
  explicit Temperatures(std::string sys);
  /// Finds the sensors anew.
  void look();
  /// One entry for each sensor that look() found, in a steady order.
  std::vector<TemperatureReading> read(ReadBuffer& buffer);

 private:
  struct Sensor {
    std::string name;
    std::string path;
    std::unique_ptr<ProcFile> file;
  };
  void look_at_chips();
  void look_at_zones();
  void add(std::string name, std::string path);
  const std::string sys_;
  std::vector<Sensor> sensors_;
  std::vector<Sensor> before_;  // while it looks: descriptors are kept
};

}  // namespace fettle::agent
