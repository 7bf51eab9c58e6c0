// What the engine stands on; all outlive it.
#pragma once
#include <string>

#include "fettle/events/condition_service.h"
#include "fettle/events/event_log.h"
#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/loop.h"
#include "fettle/io/random.h"
#include "fettle/store/store.h"
#include "fettle/stream/hub.h"

namespace fettle::runs {

struct RunGround {
  io::Loop& loop;
  io::Clock& clock;
  io::Random& random;
  io::Log log;
  store::Store& store;
  stream::Hub& hub;
  events::EventLog& events;
  events::Conditions& conditions;
  std::string server_id;
};

}  // namespace fettle::runs
