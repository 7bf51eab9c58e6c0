// The OpenAPI 3.1 document, built from the routes: nothing can be served that is not in it.
#include "fettle/net/router_state.h"

namespace fettle::net {
namespace {

constexpr std::string_view kProblemSchema =
    R"({"type":"object","properties":{"type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},)"
    R"("code":{"type":"string"},"detail":{"type":"string"},"errors":{"type":"array","items":{"type":"object",)"
    R"("properties":{"pointer":{"type":"string"},"detail":{"type":"string"},"column":{"type":"integer"},"hint":{"type":"string"}},)"
    R"("required":["pointer","detail"]}},)"
    R"("request_id":{"type":"string"}},"required":["type","title","status","code","detail","request_id"]})";

constexpr std::string_view kProblemAnswer =
    R"({"description":"What is wrong (RFC 9457).","headers":{"Retry-After":{"schema":{"type":"integer"},)"
    R"("description":"Seconds after which it is worth trying again; with 429 and 503."}},)"
    R"("content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}})";

constexpr std::string_view kSecuritySchemes =
    R"({"bearer":{"type":"http","scheme":"bearer"},)"
    R"("session":{"type":"apiKey","in":"cookie","name":"fettle_session","description":"Over plain HTTP."},)"
    R"("session_tls":{"type":"apiKey","in":"cookie","name":"__Host-fettle_session","description":"Over TLS."}})";

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

/// Answers are remembered for typed routes that change something for somebody who is signed in
/// (idempotency.h).
bool takes_idempotency_key(const RouteSpec& spec, const Route& route) {
  return !route.shape.is_raw && spec.method != Method::get && spec.method != Method::head &&
         spec.permission != Permission::public_access;
}

std::string header_parameter(std::string_view name, std::string_view summary) {
  return R"({"name":)" + quoted(name) + R"(,"in":"header","description":)" + quoted(summary) +
         R"(,"schema":{"type":"string"}})";
}

std::string parameters_of(const RouteSpec& spec, const Route& route) {
  std::string out;
  for (const std::string& name : route.parameters) {
    if (!out.empty()) out += ',';
    out += R"({"name":)" + quoted(name) + R"(,"in":"path","required":true,"schema":{"type":"string"}})";
  }
  if (!route.shape.query_parameters.empty()) {
    if (!out.empty()) out += ',';
    out += route.shape.query_parameters;
  }
  for (const RequestHeader& header : spec.request_headers) {
    if (!out.empty()) out += ',';
    out += header_parameter(header.name, header.summary);
  }
  if (takes_idempotency_key(spec, route)) {
    if (!out.empty()) out += ',';
    out += header_parameter("Idempotency-Key",
                            "The same key and body get the first answer again for 24 h. The start of a run "
                            "is known by its key after "
                            "the server was started again, too; other answers are not.");
  }
  return out;
}

using Contents = std::vector<std::pair<std::string_view, std::string_view>>;  // media type, schema

std::string content(const Contents& contents) {
  std::string out = R"("content":{)";
  for (const auto& [media_type, schema] : contents) {
    if (out.back() != '{') out += ',';
    out += quoted(media_type) + R"(:{"schema":)";
    out += schema;
    out += '}';
  }
  return out + "}";
}

/// Text, in which each message carries JSON of one of these.
std::string message_stream_schema(const RouteSpec& spec) {
  std::string out = R"({"type":"string","contentMediaType":"application/json","contentSchema":{"oneOf":[)";
  for (const std::string& name : spec.message_schemas) {
    if (out.back() != '[') out += ',';
    out += R"({"$ref":)" + quoted("#/components/schemas/" + name) + "}";
  }
  return out + "]}}";
}

std::string responses_of(const RouteSpec& spec, const Route& route) {
  constexpr std::string_view kText = R"({"type":"string"})";
  const std::string messages = message_stream_schema(spec);
  std::map<int, Contents> contents;
  Contents& usual = contents[spec.success_status];
  if (!route.shape.answer_schema.empty()) {
    usual.emplace_back(spec.answer_media_type, route.shape.answer_schema);
  } else if (!spec.message_schemas.empty()) {
    usual.emplace_back(spec.answer_media_type, messages);
  } else if (route.shape.is_raw && spec.success_status != 101 && spec.success_status != 204) {
    usual.emplace_back(spec.answer_media_type, spec.answer_media_type == "application/json" ? "{}" : kText);
  }
  for (const OtherAnswer& other : spec.other_answers) {
    contents[other.status].emplace_back(other.media_type, kText);
  }
  std::string out = "{";
  for (const auto& [status, of_status] : contents) {
    out += quoted(std::to_string(status)) + R"(:{"description":)" + quoted(status_phrase(status));
    if (!of_status.empty()) out += "," + content(of_status);
    out += "},";
  }
  return out + R"("default":{"$ref":"#/components/responses/Problem"}})";
}

std::string_view security_of(const RouteSpec& spec) {
  if (!spec.token_scope.empty()) return R"([{"bearer":[]},{}])";
  if (spec.permission == Permission::public_access) return "[]";
  return R"([{"bearer":[]},{"session":[]},{"session_tls":[]}])";
}

std::string operation_of(const RouteSpec& spec, const Route& route) {
  std::string out = R"({"operationId":)" + quoted(spec.operation) + R"(,"summary":)" + quoted(spec.summary) +
                    R"(,"x-permission":)" + quoted(permission_name(spec.permission));
  if (!spec.token_scope.empty()) out += R"(,"x-token-scope":)" + quoted(spec.token_scope);
  out += R"(,"security":)";
  out += security_of(spec);
  if (const std::string parameters = parameters_of(spec, route); !parameters.empty()) {
    out += R"(,"parameters":[)" + parameters + "]";
  }
  if (!route.shape.body_schema.empty()) {
    out += R"(,"requestBody":{"required":true,)" + content({{"application/json", route.shape.body_schema}}) +
           "}";
  }
  out += R"(,"responses":)" + responses_of(spec, route);
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
