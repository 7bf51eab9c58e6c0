#include "fettle/net/route_table.h"

#include "fettle/base/text.h"

namespace fettle::net {
namespace {

constexpr std::size_t kMaxSegments = 32;

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

/// Depth is bounded by kMaxSegments.
const RouteTable::Node* walk(const RouteTable::Node& node, std::span<const std::string_view> segments,
                             std::vector<std::string_view>& parameters) {
  if (segments.empty()) return node.has_routes() ? &node : nullptr;
  const std::string_view segment = segments.front();
  for (const auto& [text, child] : node.literals) {
    if (text != segment) continue;
    if (const auto* found = walk(*child, segments.subspan(1), parameters)) return found;
  }
  if (!node.parameter || segment.empty()) return nullptr;
  parameters.push_back(segment);
  if (const auto* found = walk(*node.parameter, segments.subspan(1), parameters)) return found;
  parameters.pop_back();
  return nullptr;
}

}  // namespace

std::string RouteTable::Node::allow() const {
  std::string out;
  for (const Method method :
       {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::del}) {
    const bool is_allowed =
        route(method) != kNoRoute || (method == Method::head && route(Method::get) != kNoRoute);
    if (is_allowed) out.append(method_name(method)).append(", ");
  }
  return out + "OPTIONS";
}

bool RouteTable::Node::has_routes() const {
  return std::ranges::any_of(routes, [](std::size_t route) { return route != kNoRoute; });
}

bool RouteTable::add(Method method, std::string_view path, std::size_t route) {
  Node* node = &root_;
  for (const std::string_view segment : split(path.substr(1), '/')) {
    if (is_parameter(segment)) {
      if (!node->parameter) node->parameter = std::make_unique<Node>();
      node = node->parameter.get();
      continue;
    }
    const auto child =
        std::ranges::find(node->literals, segment, [](const auto& item) { return item.first; });
    if (child != node->literals.end()) {
      node = child->second.get();
    } else {
      node = node->literals.emplace_back(std::string(segment), std::make_unique<Node>()).second.get();
    }
  }
  std::size_t& place = node->routes[static_cast<std::size_t>(method)];
  if (place != kNoRoute) return false;
  place = route;
  return true;
}

std::optional<RouteTable::Match> RouteTable::find(std::string_view path) const {
  if (!path.starts_with('/')) return std::nullopt;
  const auto segments = split(path.substr(1), '/');
  if (segments.size() > kMaxSegments) return std::nullopt;
  Match match;
  match.node = walk(root_, segments, match.parameters);
  if (!match.node) return std::nullopt;
  return match;
}

std::vector<std::string> parameter_names(std::string_view path) {
  std::vector<std::string> names;
  for (const std::string_view segment : split(path, '/')) {
    if (is_parameter(segment)) names.emplace_back(segment.substr(1, segment.size() - 2));
  }
  return names;
}

}  // namespace fettle::net
