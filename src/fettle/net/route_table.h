// Finds the route of a path: a tree of segments in which a literal goes before a {parameter}. Pure.
#pragma once
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/net/http.h"

namespace fettle::net {

class RouteTable {
 public:
  static constexpr std::size_t kNoRoute = static_cast<std::size_t>(-1);
  static constexpr std::size_t kMethods = 8;

  struct Node {
    std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;
    std::unique_ptr<Node> parameter;
    std::array<std::size_t, kMethods> routes = {kNoRoute, kNoRoute, kNoRoute, kNoRoute,
                                                kNoRoute, kNoRoute, kNoRoute, kNoRoute};

    [[nodiscard]] std::size_t route(Method method) const { return routes[static_cast<std::size_t>(method)]; }
    /// "GET, HEAD, OPTIONS"
    [[nodiscard]] std::string allow() const;
    [[nodiscard]] bool has_routes() const;
  };
  struct Match {
    const Node* node = nullptr;
    std::vector<std::string_view> parameters;  // views of the path, in its order
  };

  /// False when method and path are taken (parameters are equal whatever their names).
  bool add(Method method, std::string_view path, std::size_t route);
  [[nodiscard]] std::optional<Match> find(std::string_view path) const;

 private:
  Node root_;
};

/// The names in "/hosts/{id}/x", in order.
std::vector<std::string> parameter_names(std::string_view path);

}  // namespace fettle::net
