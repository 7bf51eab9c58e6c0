// The environments by id and by name, in memory, because nearly every request names one. Loop thread; filled
// at start, kept up by EnvironmentService.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/access/builtin.h"
#include "fettle/base/principal.h"
#include "fettle/base/result.h"
#include "fettle/io/task.h"

namespace fettle::store {
class Store;
}

namespace fettle::access {

struct Environment {
  EnvironmentId id;
  std::string name;
};

class Environments {
 public:
  /// Reads them; before anything else is asked.
  Task<Result<>> load(store::Store& store);

  [[nodiscard]] std::optional<EnvironmentId> find(std::string_view id_or_name) const;
  [[nodiscard]] EnvironmentId default_id() const { return kDefaultEnvironment; }
  [[nodiscard]] EnvironmentId system_id() const { return kSystemEnvironment; }
  /// Those whose things a list shows: the one that is asked for, else all that this principal may view.
  /// Error: `unprocessable` with the pointer of the parameter; one that may not be seen answers like one that
  /// is not there.
  [[nodiscard]] Result<std::vector<EnvironmentId>> listed(const Principal& principal,
                                                          const std::optional<std::string>& asked) const;
  [[nodiscard]] const std::vector<Environment>& all() const { return all_; }

  /// After the commit: a new one, or a new name.
  void put(Environment environment);
  void erase(const EnvironmentId& id);

 private:
  std::vector<Environment> all_;
};

}  // namespace fettle::access
