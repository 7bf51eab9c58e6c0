// S5 from the table of routes itself: each route, asked by each caller for each environment, answers as its
// permission and scope say. Whoever builds a router runs it; what a caller may is written down by the test
// and does not come from the code under test.
#pragma once
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "fettle/net/router.h"

namespace fettle::access {

struct MatrixCaller {
  std::string name;  // "viewer of default"
  bool is_signed_in = false;
  bool is_server_administrator = false;
  std::map<EnvironmentId, std::set<Permission>> permissions;
  /// Puts the credential into a request; called for each anew, because some routes end it.
  std::function<void(net::Request&)> sign;
};

/// A request that concerns one environment: the path with its ids, the query in it, the body.
struct MatrixTarget {
  std::string path;
  std::string body;
  EnvironmentId environment;
};
/// The requests for a route whose scope is path_id or handler, one for each environment of interest; made
/// anew for each caller, because some routes remove what they concern.
using TargetMaker = std::function<std::vector<MatrixTarget>(const net::RouteSpec&)>;
using Dispatch = std::function<net::Response(std::shared_ptr<const net::Request>)>;

/// One line for each answer that is not as it should be; empty when all are.
std::vector<std::string> check_permission_matrix(const net::Router& router, const Dispatch& dispatch,
                                                 const std::vector<MatrixCaller>& callers,
                                                 const TargetMaker& targets);

}  // namespace fettle::access
