// A small router with one route of each kind, for the tests of dispatch, of the server and of the document.
#pragma once
#include "fettle/net/router.h"

namespace fettle::net::test {

struct Thing {
  std::string name;
  std::optional<std::int64_t> size;
};
struct ThingQuery {
  std::optional<std::int64_t> limit;
};

constexpr std::string_view kThingInFirst = "thing_1";   // environment 1, where the test users are
constexpr std::string_view kThingInSecond = "thing_2";  // environment 2, where nobody is

/// How often handlers were called, by operation.
using Calls = std::map<std::string, int>;

/// `calls` must outlive the router. Does not seal.
void add_test_routes(Router& router, Calls& calls);

}  // namespace fettle::net::test
