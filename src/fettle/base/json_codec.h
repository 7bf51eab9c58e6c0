// The conversions behind json.h, for the .cc files that make them: describe the struct, include this, say
// FETTLE_JSON(Type) once for each type that others convert (what it contains comes along), FETTLE_QUERY(Type)
// for structs of query parameters. Writing goes straight into the string; reading goes over JsonNode.
#pragma once
#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <limits>

#include "fettle/base/json.h"
#include "fettle/base/json_reader.h"
#include "fettle/base/json_schema.h"
#include "fettle/base/json_traits.h"

namespace fettle {
namespace detail {

/// Calls f(member name, member reference) for each described member, bases first.
template <class T, class F>
void for_each_member(T& value, F f) {
  boost::mp11::mp_for_each<MembersOf<std::remove_const_t<T>>>(
      [&](auto member) { f(json_name(member.name), value.*member.pointer); });
}

template <class E>
std::string_view enum_name(E value) {
  std::string_view name;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto enumerator) {
    if (enumerator.value == value) name = json_name(enumerator.name);
  });
  return name;
}

template <class E>
bool enum_value(std::string_view text, E& out) {
  bool found = false;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto enumerator) {
    if (json_name(enumerator.name) == text) out = enumerator.value, found = true;
  });
  return found;
}

template <class E>
std::string enum_choices() {
  std::string out;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto enumerator) {
    if (!out.empty()) out += ", ";
    out += json_name(enumerator.name);
  });
  return out;
}

template <class T>
void read_json(JsonReader& reader, const JsonNode& node, T& out);

template <class T>
void read_members(JsonReader& reader, const JsonNode& node, T& out) {
  std::vector<bool> used(node.items.size());
  for_each_member(out, [&](std::string_view name, auto& member) {
    using Member = std::remove_reference_t<decltype(member)>;
    const JsonReader::Place place(reader, name);
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      if (node.items[i].name != name) continue;
      used[i] = true;
      read_json(reader, node.items[i], member);
      return;
    }
    if constexpr (!is_optional<Member>) reader.refuse("is missing");
  });
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i]) continue;
    const JsonReader::Place place(reader, node.items[i].name);
    reader.refuse("is not a known member");
  }
}

/// A value that one text stands for: string, enum, id, time. False: it does not.
template <class T>
bool read_text(JsonReader& reader, std::string_view text, T& out) {
  if constexpr (std::is_same_v<T, std::string>) {
    out = std::string(text);
    return true;
  } else if constexpr (std::is_enum_v<T>) {
    if (enum_value(text, out)) return true;
    reader.refuse("must be one of: " + enum_choices<T>());
    return false;
  } else if constexpr (is_id<T>) {
    if (auto id = T::parse(text)) {
      out = *id;
      return true;
    }
    reader.refuse("must be an id: " + std::string(IdPrefix<T>::value) + "_ and 32 hex digits");
    return false;
  } else {
    static_assert(std::is_same_v<T, WallTime>);
    if (auto time = parse_time(text)) {
      out = *time;
      return true;
    }
    reader.refuse("must be an RFC 3339 time such as 2026-11-22T09:10:04Z");
    return false;
  }
}

template <class T>
void read_integer(JsonReader& reader, const JsonNode& node, T& out) {
  if (node.kind == JsonNode::Kind::integer && std::in_range<T>(node.integer)) {
    out = static_cast<T>(node.integer);
  } else if (node.kind == JsonNode::Kind::big_integer && std::in_range<T>(node.big_integer)) {
    out = static_cast<T>(node.big_integer);
  } else {
    reader.refuse("must be a whole number from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
                  std::to_string(std::numeric_limits<T>::max()));
  }
}

template <class T>
void read_items(JsonReader& reader, const JsonNode& node, T& out) {
  if (!reader.expect(node, JsonNode::Kind::array)) return;
  if constexpr (is_array<T>) {
    if (node.items.size() != out.size()) {
      return reader.refuse("must have " + std::to_string(out.size()) + " elements");
    }
  } else {
    out.resize(node.items.size());
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const JsonReader::Place place(reader, i);
    if constexpr (std::is_same_v<T, std::vector<bool>>) {
      bool value = false;
      read_json(reader, node.items[i], value);
      out[i] = value;
    } else {
      read_json(reader, node.items[i], out[i]);
    }
  }
}

template <class T>
void read_json(JsonReader& reader, const JsonNode& node, T& out) {
  using Kind = JsonNode::Kind;
  if constexpr (is_optional<T>) {
    out.reset();
    if (node.kind != Kind::null) read_json(reader, node, out.emplace());
  } else if constexpr (std::is_same_v<T, bool>) {
    if (reader.expect(node, Kind::boolean)) out = node.boolean;
  } else if constexpr (std::is_integral_v<T>) {
    read_integer(reader, node, out);
  } else if constexpr (std::is_floating_point_v<T>) {
    if (auto number = reader.number(node)) out = static_cast<T>(*number);
  } else if constexpr (std::is_same_v<T, JsonText>) {
    out.text.clear();
    append_json_node(out.text, node);
  } else if constexpr (is_textual<T>) {
    if (reader.expect(node, Kind::string)) read_text(reader, node.text, out);
  } else if constexpr (is_vector<T> || is_array<T>) {
    read_items(reader, node, out);
  } else if constexpr (is_map<T>) {
    if (!reader.expect(node, Kind::object)) return;
    out.clear();
    for (const JsonNode& item : node.items) {
      const JsonReader::Place place(reader, item.name);
      read_json(reader, item, out[item.name]);
    }
  } else {
    if (reader.expect(node, Kind::object)) read_members(reader, node, out);
  }
}

template <class T>
void read_query_value(JsonReader& reader, std::string_view text, T& out) {
  if constexpr (is_optional<T>) {
    if (!text.empty()) read_query_value(reader, text, out.emplace());
  } else if constexpr (is_vector<T>) {
    for (const std::string_view part : split_list(text)) read_query_value(reader, part, out.emplace_back());
  } else if constexpr (std::is_same_v<T, bool>) {
    if (text != "true" && text != "false") return reader.refuse("must be true or false");
    out = text == "true";
  } else if constexpr (std::is_arithmetic_v<T>) {
    read_json(reader, query_number(text), out);
  } else {
    read_text(reader, text, out);
  }
}

}  // namespace detail

template <class T>
void append_json(std::string& out, const T& value) {
  using namespace detail;
  if constexpr (is_optional<T>) {
    if (value) {
      append_json(out, *value);
    } else {
      out += "null";
    }
  } else if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_integral_v<T>) {
    append_integer(out, value);
  } else if constexpr (std::is_floating_point_v<T>) {
    append_json_number(out, value);
  } else if constexpr (std::is_same_v<T, JsonText>) {
    out += value.text;
  } else if constexpr (std::is_same_v<T, std::string>) {
    append_json_string(out, value);
  } else if constexpr (std::is_enum_v<T>) {
    const std::string_view name = enum_name(value);
    FETTLE_CHECK(!name.empty(), "an enum value without a name");
    out.append(1, '"').append(name).append(1, '"');
  } else if constexpr (is_id<T>) {
    out.append(1, '"').append(value.text()).append(1, '"');
  } else if constexpr (std::is_same_v<T, WallTime>) {
    out.append(1, '"').append(format_time(value)).append(1, '"');
  } else if constexpr (is_vector<T> || is_array<T>) {
    char separator = '[';
    for (const auto& item : value) {
      out += std::exchange(separator, ',');
      append_json<typename T::value_type>(out, item);
    }
    out += separator == '[' ? "[]" : "]";
  } else if constexpr (is_map<T>) {
    char separator = '{';
    for (const auto& [name, item] : value) {
      out += std::exchange(separator, ',');
      append_json_string(out, name);
      out += ':';
      append_json(out, item);
    }
    out += separator == '{' ? "{}" : "}";
  } else {
    char separator = '{';
    for_each_member(value, [&](std::string_view name, const auto& member) {
      out += std::exchange(separator, ',');
      out.append(1, '"').append(name).append("\":");
      append_json(out, member);
    });
    out += separator == '{' ? "{}" : "}";
  }
}

template <class T>
Result<T> from_json(std::string_view text, std::string_view root) {
  if constexpr (std::is_empty_v<T>) {
    if (text.empty()) return T{};
  }
  FETTLE_TRY(const JsonNode node, parse_json(text));
  detail::JsonReader reader(root);
  T value{};
  detail::read_json(reader, node, value);
  if (auto error = reader.take_error()) return std::unexpected(std::move(*error));
  return value;
}

template <class T>
Result<T> from_query(const std::vector<std::pair<std::string, std::string>>& query) {
  detail::JsonReader reader("/query");
  std::vector<bool> used(query.size());
  T value{};
  detail::for_each_member(value, [&](std::string_view name, auto& member) {
    const detail::JsonReader::Place place(reader, name);
    bool found = false;
    for (std::size_t i = 0; i < query.size(); ++i) {
      if (query[i].first != name) continue;
      used[i] = true;
      if (std::exchange(found, true)) {
        reader.refuse("is given twice");
      } else {
        detail::read_query_value(reader, query[i].second, member);
      }
    }
    if constexpr (!detail::is_optional<std::remove_reference_t<decltype(member)>>) {
      if (!found) reader.refuse("is missing");
    }
  });
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (used[i]) continue;
    const detail::JsonReader::Place place(reader, query[i].first);
    reader.refuse("is not a known parameter");
  }
  if (auto error = reader.take_error()) return std::unexpected(std::move(*error));
  return value;
}

template <class T>
std::string schema_of(SchemaBook& book, SchemaUse use) {
  detail::collect_schemas<T>(book, use);
  return detail::schema_reference<T>(use);
}

template <class T>
std::string query_parameters_of() {
  return detail::query_parameters<T>();
}

}  // namespace fettle

/// Outside of all namespaces, in one .cc file: makes the conversions of json.h for the type.
#define FETTLE_JSON(...)                                                                                   \
  template void fettle::append_json<__VA_ARGS__>(std::string&, const __VA_ARGS__&);                        \
  template fettle::Result<__VA_ARGS__> fettle::from_json<__VA_ARGS__>(std::string_view, std::string_view); \
  template std::string fettle::schema_of<__VA_ARGS__>(fettle::SchemaBook&, fettle::SchemaUse);
#define FETTLE_QUERY(...)                                               \
  template fettle::Result<__VA_ARGS__> fettle::from_query<__VA_ARGS__>( \
      const std::vector<std::pair<std::string, std::string>>&);         \
  template std::string fettle::query_parameters_of<__VA_ARGS__>();
