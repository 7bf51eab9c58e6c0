// Which C++ types the JSON codec knows, and the names that they have in JSON. Included by json_codec.h only.
#pragma once
#include <array>
#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <map>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "fettle/base/check.h"
#include "fettle/base/id.h"
#include "fettle/base/json.h"
#include "fettle/base/time.h"

namespace fettle::detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_array = false;
template <class T, std::size_t N>
inline constexpr bool is_array<std::array<T, N>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class T>
inline constexpr bool is_map<std::map<std::string, T>> = true;
template <class T>
inline constexpr bool is_id = false;
template <class Tag>
inline constexpr bool is_id<Id<Tag>> = true;
template <class T>
struct IdPrefix;
template <class Tag>
struct IdPrefix<Id<Tag>> {
  static constexpr std::string_view value = Tag::prefix;
};

/// One text stands for a value of it.
template <class T>
inline constexpr bool is_textual =
    std::is_same_v<T, std::string> || std::is_enum_v<T> || is_id<T> || std::is_same_v<T, WallTime>;

template <class T>
concept Described = boost::describe::has_describe_members<T>::value;
/// net::Page and whatever is shaped like it: templates cannot be described from outside.
template <class T>
concept PageShaped = !Described<T> && requires(T page) {
  page.items.size();
  page.next_cursor.has_value();
};

template <class T>
struct PageMembers {
  struct Items {
    static constexpr auto pointer = &T::items;
    static constexpr const char* name = "items";
  };
  struct NextCursor {
    static constexpr auto pointer = &T::next_cursor;
    static constexpr const char* name = "next_cursor";
  };
  using type = boost::mp11::mp_list<Items, NextCursor>;
};
template <class T>
struct DescribedMembers {
  using type =
      boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;
};
struct NoMembers {
  using type = boost::mp11::mp_list<>;
};

template <class T>
struct MembersFinder {
  static_assert(std::is_class_v<T>, "the JSON codec does not know this type");
  static_assert(Described<T> || PageShaped<T> || std::is_empty_v<T>,
                "say BOOST_DESCRIBE_STRUCT for this type");
  using type =
      typename std::conditional_t<Described<T>, DescribedMembers<T>,
                                  std::conditional_t<PageShaped<T>, PageMembers<T>, NoMembers>>::type;
};
template <class T>
using MembersOf = typename MembersFinder<T>::type;

/// The C++ name without one `_` at its end.
constexpr std::string_view json_name(std::string_view name) {
  if (name.ends_with('_')) name.remove_suffix(1);
  return name;
}

void append_integer(std::string& out, std::int64_t value);
void append_integer(std::string& out, std::uint64_t value);
template <class T>
void append_integer(std::string& out, T value) {
  if constexpr (std::is_signed_v<T>) {
    append_integer(out, static_cast<std::int64_t>(value));
  } else {
    append_integer(out, static_cast<std::uint64_t>(value));
  }
}

}  // namespace fettle::detail
