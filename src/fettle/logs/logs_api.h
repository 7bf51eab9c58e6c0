// GET /api/v1/logs and its alias /api/logs (M11, I13a): the newest lines of the server's own log, or with
// follow=true the same and then every new one as server-sent events. For server administrators. All that is
// passed in must outlive the router.
#pragma once

namespace fettle::io {
class Loop;
class WorkQueue;
}  // namespace fettle::io
namespace fettle::net {
class Router;
}

namespace fettle::logs {

class LogFeed;

void add_log_routes(net::Router& router, LogFeed& feed, io::Loop& loop, io::WorkQueue& workers);

}  // namespace fettle::logs
