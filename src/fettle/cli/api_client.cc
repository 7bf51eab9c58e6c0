#include "fettle/cli/api_client.h"

#include <fmt/format.h>

namespace fettle::cli {
namespace {

constexpr int kMostPages =
    1000;  // 500 items each: no server holds so many; ends a cursor that goes in a ring

ErrorCode code_of_status(int status) {
  switch (status) {
    case 400:
      return ErrorCode::invalid_input;
    case 401:
      return ErrorCode::unauthenticated;
    case 403:
      return ErrorCode::forbidden;
    case 404:
      return ErrorCode::not_found;
    case 409:
      return ErrorCode::conflict;
    case 410:
      return ErrorCode::gone;
    case 412:
      return ErrorCode::precondition_failed;
    case 413:
      return ErrorCode::too_large;
    case 415:
      return ErrorCode::unsupported;
    case 422:
      return ErrorCode::unprocessable;
    case 429:
      return ErrorCode::rate_limited;
    case 502:
    case 503:
    case 504:
      return ErrorCode::unavailable;
    default:
      return ErrorCode::internal;
  }
}

Result<JsonNode> unreadable(std::string_view why) {
  return fail(ErrorCode::internal, "unreadable_answer",
              fmt::format("The answer is not what a Fettle server says: {}", why));
}

}  // namespace

std::string percent_encode(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                    c == '.' || c == '_' || c == '~';
    out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

const JsonNode* member(const JsonNode& node, std::string_view name) {
  if (node.kind != JsonNode::Kind::object) return nullptr;
  for (const JsonNode& item : node.items)
    if (item.name == name) return &item;
  return nullptr;
}

std::string text_member(const JsonNode& node, std::string_view name) {
  const JsonNode* found = member(node, name);
  return found && found->kind == JsonNode::Kind::string ? found->text : std::string();
}

std::optional<double> number_member(const JsonNode& node, std::string_view name) {
  const JsonNode* found = member(node, name);
  if (!found) return std::nullopt;
  if (found->kind == JsonNode::Kind::integer) return static_cast<double>(found->integer);
  if (found->kind == JsonNode::Kind::big_integer) return static_cast<double>(found->big_integer);
  if (found->kind == JsonNode::Kind::real) return found->real;
  return std::nullopt;
}

Error error_of_answer(const ApiAnswer& answer) {
  Error error{code_of_status(answer.status),
              "http_error",
              fmt::format("The answer has status {} and no reason; is this the address of a Fettle server?",
                          answer.status),
              {},
              0};
  if (auto body = parse_json(answer.body)) {
    if (auto code = text_member(*body, "code"); !code.empty()) error.reason = code;
    if (auto detail = text_member(*body, "detail"); !detail.empty()) error.detail = detail;
    if (const JsonNode* fields = member(*body, "errors"))
      for (const JsonNode& field : fields->items)
        error.fields.push_back({text_member(field, "pointer"), text_member(field, "detail")});
  }
  return error;
}

ApiClient::ApiClient(const Actions& actions, std::string url, Secret<std::string> bearer)
    : actions_(actions), url_(std::move(url)), bearer_(std::move(bearer)) {
  while (url_.ends_with('/')) url_.pop_back();
}

Result<JsonNode> ApiClient::get(const std::string& path) const {
  ApiRequest request;
  request.url = url_ + path;
  request.bearer = bearer_;
  FETTLE_TRY(ApiAnswer answer, actions_.call_api(request));
  if (answer.status < 200 || answer.status > 299) return std::unexpected(error_of_answer(answer));
  auto body = parse_json(answer.body);
  if (!body) return unreadable(body.error().detail);
  return body;
}

Result<JsonNode> ApiClient::send(const std::string& method, const std::string& path,
                                 const std::string& json_body) const {
  ApiRequest request;
  request.method = method;
  request.url = url_ + path;
  request.bearer = bearer_;
  request.json_body = json_body;
  FETTLE_TRY(ApiAnswer answer, actions_.call_api(request));
  if (answer.status < 200 || answer.status > 299) return std::unexpected(error_of_answer(answer));
  if (answer.body.empty()) return JsonNode{};
  auto body = parse_json(answer.body);
  if (!body) return unreadable(body.error().detail);
  return body;
}

Result<std::vector<JsonNode>> ApiClient::list(const std::string& path) const {
  std::vector<JsonNode> all;
  std::string cursor;
  for (int page = 0; page < kMostPages; ++page) {
    std::string separator = path.find('?') == std::string::npos ? "?" : "&";
    std::string target = path + separator + "limit=500";
    if (!cursor.empty()) target += "&cursor=" + percent_encode(cursor);
    FETTLE_TRY(JsonNode body, get(target));
    const JsonNode* items = member(body, "items");
    if (!items || items->kind != JsonNode::Kind::array)
      return std::unexpected(unreadable("no items").error());
    all.insert(all.end(), items->items.begin(), items->items.end());
    cursor = text_member(body, "next_cursor");
    if (cursor.empty()) return all;
  }
  return std::unexpected(unreadable("the list has no end").error());
}

}  // namespace fettle::cli
