// JSON schemas (draft 2020-12, as OpenAPI 3.1 wants them) from the types that the codec converts. Structs
// become named schemas that others refer to; all else is written in place. Included by json_codec.h only.
#pragma once
#include <string>
#include <string_view>

#include "fettle/base/json_traits.h"

namespace fettle::detail {

template <class T>
constexpr std::string_view raw_type_name() {
  return __PRETTY_FUNCTION__;
}
/// "… [T = fettle::net::Page<fettle::fleet::HostDto>]" -> "HostPage".
std::string schema_name(std::string_view pretty_function);
void add_schema(SchemaBook& book, const std::string& name, const std::string& schema);
/// Adds `"name":schema` with a comma when it is not the first.
void append_member(std::string& out, std::string_view name, std::string_view schema);
std::string nullable(const std::string& schema);
std::string query_parameter(std::string_view name, const std::string& schema, std::string_view more);

template <class T>
inline constexpr bool is_plain_type = std::is_arithmetic_v<T> || is_textual<T> || std::is_same_v<T, JsonText>;
template <class T>
inline constexpr bool is_container = is_optional<T> || is_vector<T> || is_array<T> || is_map<T>;

template <class T>
struct ElementOf;
template <class T>
struct ElementOf<std::optional<T>> {
  using type = T;
};
template <class T>
struct ElementOf<std::vector<T>> {
  using type = T;
};
template <class T, std::size_t N>
struct ElementOf<std::array<T, N>> {
  using type = T;
};
template <class T>
struct ElementOf<std::map<std::string, T>> {
  using type = T;
};

template <class Descriptor, class T>
using MemberType = std::remove_cvref_t<decltype(std::declval<T&>().*Descriptor::pointer)>;

/// Whether a request may leave out something anywhere inside, so that its schema differs from an answer's.
template <class T>
bool has_optional_member() {
  if constexpr (is_plain_type<T>) {
    return false;
  } else if constexpr (is_container<T>) {
    return has_optional_member<typename ElementOf<T>::type>();
  } else {
    bool found = false;
    boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
      using Member = MemberType<decltype(member), T>;
      found = found || is_optional<Member> || has_optional_member<Member>();
    });
    return found;
  }
}

template <class T>
std::string name_of(SchemaUse use) {
  std::string name = schema_name(raw_type_name<T>());
  if (use == SchemaUse::request && has_optional_member<T>() && !name.ends_with("Input")) name += "Input";
  return name;
}

template <class T>
std::string enum_schema() {
  std::string out = R"({"type":"string","enum":)";
  char separator = '[';
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto enumerator) {
    out += std::exchange(separator, ',');
    append_json_string(out, json_name(enumerator.name));
  });
  return out + "]}";
}

/// The schema that stands where a value of T does.
template <class T>
std::string schema_reference(SchemaUse use) {
  if constexpr (std::is_same_v<T, bool>) {
    return R"({"type":"boolean"})";
  } else if constexpr (std::is_integral_v<T>) {
    return std::is_signed_v<T> ? R"({"type":"integer"})" : R"({"type":"integer","minimum":0})";
  } else if constexpr (std::is_floating_point_v<T>) {
    return R"({"type":"number"})";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return R"({"type":"string"})";
  } else if constexpr (std::is_enum_v<T>) {
    return enum_schema<T>();
  } else if constexpr (is_id<T>) {
    return R"({"type":"string","pattern":"^)" + std::string(IdPrefix<T>::value) + R"(_[0-9a-f]{32}$"})";
  } else if constexpr (std::is_same_v<T, WallTime>) {
    return R"({"type":"string","format":"date-time"})";
  } else if constexpr (std::is_same_v<T, JsonText>) {
    return "{}";
  } else if constexpr (is_optional<T>) {
    return nullable(schema_reference<typename T::value_type>(use));
  } else if constexpr (is_vector<T>) {
    return R"({"type":"array","items":)" + schema_reference<typename T::value_type>(use) + "}";
  } else if constexpr (is_array<T>) {
    const std::string size = std::to_string(std::tuple_size_v<T>);
    return R"({"type":"array","items":)" + schema_reference<typename T::value_type>(use) + R"(,"minItems":)" +
           size + R"(,"maxItems":)" + size + "}";
  } else if constexpr (is_map<T>) {
    return R"({"type":"object","additionalProperties":)" + schema_reference<typename T::mapped_type>(use) +
           "}";
  } else {
    return R"({"$ref":"#/components/schemas/)" + name_of<T>(use) + R"("})";
  }
}

template <class T>
std::string struct_schema(SchemaUse use) {
  std::string properties;
  std::string required;
  boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
    using Member = MemberType<decltype(member), T>;
    append_member(properties, json_name(member.name), schema_reference<Member>(use));
    if (use == SchemaUse::request && is_optional<Member>) return;
    if (!required.empty()) required += ',';
    append_json_string(required, json_name(member.name));
  });
  std::string out = R"({"type":"object","properties":{)" + properties + "}";
  if (!required.empty()) out += R"(,"required":[)" + required + "]";
  return out + "}";
}

template <class T>
void collect_schemas(SchemaBook& book, SchemaUse use) {
  if constexpr (is_container<T>) {
    collect_schemas<typename ElementOf<T>::type>(book, use);
  } else if constexpr (!is_plain_type<T>) {
    add_schema(book, name_of<T>(use), struct_schema<T>(use));
    boost::mp11::mp_for_each<MembersOf<T>>(
        [&](auto member) { collect_schemas<MemberType<decltype(member), T>>(book, use); });
  }
}

template <class T>
std::string query_parameters() {
  std::string out;
  boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
    using Member = MemberType<decltype(member), T>;
    std::string schema;
    std::string more = is_optional<Member> ? "" : R"(,"required":true)";
    if constexpr (is_optional<Member>) {
      schema = schema_reference<typename Member::value_type>(SchemaUse::request);
      if (is_vector<typename Member::value_type>) more += R"(,"style":"form","explode":false)";
    } else {
      schema = schema_reference<Member>(SchemaUse::request);
      if (is_vector<Member>) more += R"(,"style":"form","explode":false)";
    }
    if (!out.empty()) out += ',';
    out += query_parameter(json_name(member.name), schema, more);
  });
  return out;
}

}  // namespace fettle::detail
