#include "fettle/net/http.h"

#include "fettle/base/text.h"

namespace fettle::net {

std::string_view method_name(Method method) {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::del:
      return "DELETE";
    case Method::options:
      return "OPTIONS";
    case Method::other:
      return "OTHER";
  }
  return "OTHER";
}

Method method_of(std::string_view name) {
  for (const Method method :
       {Method::get, Method::post, Method::put, Method::del, Method::head, Method::patch, Method::options}) {
    if (name == method_name(method)) return method;
  }
  return Method::other;
}

void Headers::set(std::string_view name, std::string value) {
  std::erase_if(items_, [&](const auto& item) { return equals_ignoring_case(item.first, name); });
  add(name, std::move(value));
}

void Headers::add(std::string_view name, std::string value) {
  items_.emplace_back(name, std::move(value));
}

std::string_view Headers::get(std::string_view name) const {
  for (const auto& [key, value] : items_) {
    if (key.size() == name.size() && equals_ignoring_case(key, name)) return value;
  }
  return {};
}

bool Headers::has(std::string_view name) const {
  return std::ranges::any_of(items_,
                             [&](const auto& item) { return equals_ignoring_case(item.first, name); });
}

}  // namespace fettle::net
