// The routes of the live stream (T12, T15, T17): GET /api/v1/stream and PUT
// /api/v1/stream/{connection}/topics. The hub must outlive the router.
#pragma once
#include <string_view>

namespace fettle::net {
class Router;
}

namespace fettle::stream {

class Hub;

void add_stream_routes(net::Router& router, Hub& hub);

/// What an Accept header says of text/event-stream; an absent (empty) one takes anything.
bool accepts_event_stream(std::string_view accept);

}  // namespace fettle::stream
