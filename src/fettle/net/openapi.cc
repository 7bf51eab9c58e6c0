// The OpenAPI 3.1 document, built from the routes: nothing can be served that is not in it.
#include "fettle/net/router_state.h"

namespace fettle::net {
namespace {

constexpr std::string_view kProblemSchema =
    R"({"type":"object","properties":{"type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},)"
    R"("code":{"type":"string"},"detail":{"type":"string"},"errors":{"type":"array","items":{"type":"object",)"
    R"("properties":{"pointer":{"type":"string"},"detail":{"type":"string"}},"required":["pointer","detail"]}},)"
    R"("request_id":{"type":"string"}},"required":["type","title","status","code","detail","request_id"]})";

constexpr std::string_view kProblemAnswer =
    R"({"description":"What is wrong (RFC 9457).","content":{"application/problem+json":)"
    R"({"schema":{"$ref":"#/components/schemas/Problem"}}}})";

constexpr std::string_view kSecuritySchemes =
    R"({"bearer":{"type":"http","scheme":"bearer"},)"
    R"("session":{"type":"apiKey","in":"cookie","name":"fettle_session"}})";

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string lower_method(Method method) {
  std::string name(method_name(method));
  for (char& c : name) c = static_cast<char>(c - 'A' + 'a');
  return name;
}

std::string parameters_of(const Route& route) {
  std::string out;
  for (const std::string& name : route.parameters) {
    if (!out.empty()) out += ',';
    out += R"({"name":)" + quoted(name) + R"(,"in":"path","required":true,"schema":{"type":"string"}})";
  }
  if (!route.shape.query_parameters.empty()) {
    if (!out.empty()) out += ',';
    out += route.shape.query_parameters;
  }
  return out;
}

std::string content(std::string_view media_type, std::string_view schema) {
  std::string out = R"("content":{)" + quoted(media_type) + R"(:{"schema":)";
  out += schema;
  return out + "}}";
}

std::string operation_of(const RouteSpec& spec, const Route& route) {
  std::string out = R"({"operationId":)" + quoted(spec.operation) + R"(,"summary":)" + quoted(spec.summary) +
                    R"(,"x-permission":)" + quoted(permission_name(spec.permission));
  const bool is_public = spec.permission == Permission::public_access;
  out += is_public ? R"(,"security":[])" : R"(,"security":[{"bearer":[]},{"session":[]}])";
  if (const std::string parameters = parameters_of(route); !parameters.empty()) {
    out += R"(,"parameters":[)" + parameters + "]";
  }
  if (!route.shape.body_schema.empty()) {
    out += R"(,"requestBody":{"required":true,)" + content("application/json", route.shape.body_schema) + "}";
  }
  out += R"(,"responses":{)" + quoted(std::to_string(spec.success_status)) + R"(:{"description":)" +
         quoted(status_phrase(spec.success_status));
  if (!route.shape.answer_schema.empty()) {
    out += "," + content(spec.answer_media_type, route.shape.answer_schema);
  } else if (route.shape.is_raw && spec.success_status != 101 && spec.success_status != 204) {
    const bool is_json = spec.answer_media_type == "application/json";
    out += "," + content(spec.answer_media_type, is_json ? "{}" : R"({"type":"string"})");
  }
  out += R"(},"default":{"$ref":"#/components/responses/Problem"}})";
  if (!spec.problem_codes.empty()) {
    out += R"(,"x-problem-codes":[)";
    for (const std::string& code : spec.problem_codes) {
      if (out.back() != '[') out += ',';
      out += quoted(code);
    }
    out += ']';
  }
  return out + "}";
}

void append_object(std::string& out, const std::map<std::string, std::string>& members) {
  out += '{';
  for (const auto& [name, value] : members) {
    if (out.back() != '{') out += ',';
    out += quoted(name) + ":" + value;
  }
  out += '}';
}

}  // namespace

std::string Router::openapi(std::string_view version) const {
  std::map<std::string, std::map<std::string, std::string>> operations;
  for (std::size_t i = 0; i < impl_->specs.size(); ++i) {
    const RouteSpec& spec = impl_->specs[i];
    operations[spec.path][lower_method(spec.method)] = operation_of(spec, impl_->routes[i]);
  }
  std::map<std::string, std::string> paths;
  for (const auto& [path, by_method] : operations) append_object(paths[path], by_method);
  std::map<std::string, std::string> schemas;
  for (const auto& [name, schema] : impl_->schemas) schemas[name] = schema;
  schemas["Problem"] = kProblemSchema;

  std::string out = R"({"openapi":"3.1.0","info":{"title":"Fettle","version":)" + quoted(version) +
                    R"(},"servers":[{"url":"/"}],"paths":)";
  append_object(out, paths);
  out += R"(,"components":{"securitySchemes":)";
  out += kSecuritySchemes;
  out += R"(,"responses":{"Problem":)";
  out += kProblemAnswer;
  out += R"(},"schemas":)";
  append_object(out, schemas);
  return out + "}}";
}

}  // namespace fettle::net
