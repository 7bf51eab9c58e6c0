// Outgoing connections: resolves a name, tries its addresses in order, and names what went wrong. The place
// where S7's checks of addresses will stand. Loop thread.
#pragma once
#include <functional>

#include "fettle/net/response_parser.h"
#include "fettle/net/socket.h"
#include "fettle/net/url.h"

namespace fettle::io {
class Clock;
}

namespace fettle::net {

/// Errors: `unavailable` with reason "name_not_resolved", "refused" or "unreachable". No deadline of its own.
Task<Result<Socket>> connect_to(io::Loop& loop, std::string host, std::uint16_t port);

/// Sends the request and reads the answer; what came behind it is left in `rest`. Errors: `closed`
/// ("connection_lost"), `corrupt` ("bad_answer"), `too_large` ("answer_too_large").
Task<Result<ClientAnswer>> exchange(Socket& socket, std::string request, ResponseParser& parser,
                                    std::string& rest);

}  // namespace fettle::net
