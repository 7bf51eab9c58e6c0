// What a service manager tells the processes that it starts (systemd.exec(5), sd_notify(3)).
#pragma once
#include "fettle/cli/surroundings.h"
#include "fettle/io/service_notice.h"

namespace fettle::cli {

/// Numbers that cannot be read count as not set.
io::ServicePlace service_place(const Surroundings& surroundings);

}  // namespace fettle::cli
