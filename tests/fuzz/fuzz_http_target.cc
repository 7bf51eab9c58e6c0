// Request targets through decoding and route matching.
#include "fettle/base/check.h"
#include "fettle/base/text.h"
#include "fettle/net/route_table.h"
#include "fettle/net/target.h"
#include "fettle/net/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fettle::net;
  static const RouteTable table = [] {
    RouteTable routes;
    std::size_t number = 0;
    for (const char* path : {"/", "/a", "/a/{id}", "/a/b", "/a/{id}/c", "/a/b/{x}", "/{y}/b/c"}) {
      FETTLE_CHECK(routes.add(Method::get, path, number++));
    }
    return routes;
  }();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = parse_url(text))
    FETTLE_CHECK(parse_url(url->scheme + "://" + url->authority() + url->target));
  const auto target = parse_target(text);
  if (!target) return 0;
  FETTLE_CHECK(fettle::is_valid_utf8(target->path));
  FETTLE_CHECK((target->path + "/").find("/../") == std::string::npos);
  std::string again = "/?";
  for (const auto& [name, value] : target->query) {
    again += percent_encode(name) + "=" + percent_encode(value) + "&";
  }
  const auto reread = parse_target(again);
  FETTLE_CHECK(reread && reread->query == target->query);
  if (const auto match = table.find(target->path)) {
    for (const std::string_view parameter : match->parameters) FETTLE_CHECK(!parameter.empty());
  }
  return 0;
}
