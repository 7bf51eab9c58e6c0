// JSON for described structs (BOOST_DESCRIBE_STRUCT): text out, value in with errors that name the place, and
// the JSON schema for the OpenAPI document. This header is light; a type's conversions are made in one .cc
// file that includes json_codec.h and says FETTLE_JSON(Type).
//
// Members: bool, integers, double (not finite: null), std::string, Id<Tag> (text), WallTime (RFC 3339),
// std::optional (absent or null), std::vector, std::array (fixed length), std::map<std::string, T>, described
// enums (their names), described structs and their described bases, JsonText, empty structs (`{}`), and any
// struct template of `items` and `next_cursor` (net::Page). One `_` at the end of a C++ name is left out, for
// names that C++ keeps for itself (`operator_`). Reading refuses unknown members, missing members that are
// not optional, wrong types, integers out of range, nesting deeper than 32, invalid UTF-8; duplicates of a
// name are refused too.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fettle/base/result.h"

namespace fettle {

/// JSON that is already text and is passed through as it is (fields of an event).
struct JsonText {
  std::string text = "null";
};

template <class T>
void append_json(std::string& out, const T& value);
template <class T>
std::string to_json(const T& value) {
  std::string out;
  append_json(out, value);
  return out;
}

/// Errors: `invalid_input` ("unreadable_json") when it is no JSON, `unprocessable` ("invalid_field") with
/// pointers that begin with `root`, e.g. "/body/name".
template <class T>
Result<T> from_json(std::string_view text, std::string_view root = "/body");

/// A flat described struct (string, integer, bool, double, enum, Id, time, optionals of these; vectors from
/// values with commas) from name=value pairs. Unknown, repeated and missing names are refused; an empty value
/// of an optional counts as absent. Error: `unprocessable`; pointers begin with "/query".
template <class T>
Result<T> from_query(const std::vector<std::pair<std::string, std::string>>& query);

/// JSON schemas by type name, for components/schemas.
using SchemaBook = std::vector<std::pair<std::string, std::string>>;
/// An answer holds all its members, the optional ones perhaps as null; a request may leave the optional ones
/// out.
enum class SchemaUse : std::uint8_t { answer, request };
/// Adds T and all the structs that it contains to the book; returns the schema to refer to it, e.g.
/// {"$ref":"#/components/schemas/Host"}. Names are the C++ names without namespace and without "Dto" at the
/// end; a request's struct with optional members is "...Input". Two types that come to one name are our own
/// mistake.
template <class T>
std::string schema_of(SchemaBook& book, SchemaUse use = SchemaUse::answer);
/// The parameters of a query struct as an OpenAPI "parameters" array body (without brackets).
template <class T>
std::string query_parameters_of();

/// Appends text as a JSON string with quotes; control characters, U+2028 and U+2029 escaped, invalid UTF-8
/// replaced.
void append_json_string(std::string& out, std::string_view text);
void append_json_number(std::string& out,
                        double value);  // shortest form that reads back; null when not finite

}  // namespace fettle
