// The ways in and out: first run, log-in, invitation, log-out; and who one is.
#pragma once
#include "fettle/access/invitation_service.h"
#include "fettle/access/session_service.h"
#include "fettle/access/setup_service.h"
#include "fettle/net/router.h"

namespace fettle::access {

/// What the handlers use; all outlive the router.
struct SessionApiGround {
  SetupService& setup;
  SessionService& sessions;
  InvitationService& invitations;
  CredentialService& credentials;
  Seconds cookie_age;
};

void add_session_routes(net::Router& router, const SessionApiGround& ground);

}  // namespace fettle::access
