// GET /api/v1/events, and the schema of the stream's `event` message. All that is passed in must outlive the
// router.
#pragma once

namespace fettle::net {
class Router;
}
namespace fettle::access {
class Environments;
}

namespace fettle::events {

class EventLog;

void add_event_routes(net::Router& router, EventLog& log, const access::Environments& environments);

}  // namespace fettle::events
