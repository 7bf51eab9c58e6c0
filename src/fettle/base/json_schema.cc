#include "fettle/base/json_schema.h"

#include "fettle/base/page_limit.h"

namespace fettle::detail {
namespace {

/// Without namespaces and without "Dto" at the end.
std::string last_part(std::string_view qualified) {
  const std::size_t colon = qualified.rfind(':');
  if (colon != std::string_view::npos) qualified.remove_prefix(colon + 1);
  if (qualified.size() > 3 && qualified.ends_with("Dto")) qualified.remove_suffix(3);
  return std::string(qualified);
}

std::string name_from(std::string_view type) {
  const std::size_t open = type.find('<');
  if (open == std::string_view::npos) return last_part(type);
  std::string_view inner = type.substr(open + 1);
  inner = inner.substr(0, inner.rfind('>'));
  return name_from(inner) + last_part(type.substr(0, open));
}

/// Every list has it, with the same bounds.
std::string limit_schema() {
  return R"({"type":"integer","minimum":)" + std::to_string(kLeastLimit) + R"(,"maximum":)" +
         std::to_string(kMostLimit) + R"(,"default":)" + std::to_string(kUsualLimit) + "}";
}

}  // namespace

std::string schema_name(std::string_view pretty_function) {
  constexpr std::string_view kMark = "T = ";
  const std::size_t mark = pretty_function.find(kMark);
  FETTLE_CHECK(mark != std::string_view::npos && pretty_function.ends_with(']'));
  pretty_function.remove_prefix(mark + kMark.size());
  pretty_function.remove_suffix(1);
  return name_from(pretty_function);
}

void add_schema(SchemaBook& book, const std::string& name, const std::string& schema) {
  for (const auto& [known, text] : book) {
    if (known != name) continue;
    FETTLE_CHECK(text == schema, "two types have one schema name: " + name);
    return;
  }
  book.emplace_back(name, schema);
}

void append_member(std::string& out, std::string_view name, std::string_view schema) {
  if (!out.empty()) out += ',';
  append_json_string(out, name);
  out += ':';
  out += schema;
}

std::string nullable(const std::string& schema) {
  if (schema == "{}") return schema;
  return R"({"anyOf":[)" + schema + R"(,{"type":"null"}]})";
}

std::string query_parameter(std::string_view name, const std::string& schema, std::string_view more) {
  std::string out = R"({"name":)";
  append_json_string(out, name);
  out += R"(,"in":"query")";
  out += more;
  return out + R"(,"schema":)" + (name == kLimitParameter ? limit_schema() : schema) + "}";
}

}  // namespace fettle::detail
