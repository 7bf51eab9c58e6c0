// The schema of the store: what each module brings, in the one order that never changes. A new step goes to
// the end.
#pragma once
#include <vector>

#include "fettle/store/migrations.h"

namespace fettle::app {

std::vector<store::Migration> all_migrations();

}  // namespace fettle::app
