// People and their sessions, for server administrators.
#pragma once
#include "fettle/access/people_service.h"
#include "fettle/access/second_factor.h"
#include "fettle/access/session_service.h"
#include "fettle/net/router.h"

namespace fettle::access {

/// What the handlers use; all outlive the router.
struct PeopleApiGround {
  PeopleService& people;
  SessionService& sessions;
  SecondFactor& second_factor;
};

void add_people_routes(net::Router& router, const PeopleApiGround& ground);

}  // namespace fettle::access
