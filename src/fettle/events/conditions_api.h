// Routes of conditions and silences, and the schema of the stream's `condition` message. All that is passed
// in must outlive the router.
#pragma once

namespace fettle::net {
class Router;
}
namespace fettle::io {
class Clock;
}
namespace fettle::store {
class Store;
}
namespace fettle::access {
class Environments;
}

namespace fettle::events {

class Conditions;

struct ConditionApiGround {
  Conditions& conditions;
  store::Store& store;
  io::Clock& clock;
  const access::Environments& environments;
};

void add_condition_routes(net::Router& router, ConditionApiGround ground);

}  // namespace fettle::events
