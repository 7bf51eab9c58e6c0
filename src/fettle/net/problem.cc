// Problem bodies (RFC 9457): one shape for every refusal, whoever refuses.
#include <algorithm>

#include "fettle/base/json.h"
#include "fettle/net/http.h"

namespace fettle::net {
namespace {

constexpr std::string_view kColumnOfField = "column";
constexpr std::string_view kHintOfField = "hint";

void append_member(std::string& out, std::string_view name, std::string_view value) {
  out += ",\"";
  out += name;
  out += "\":";
  append_json_string(out, value);
}

Response build(int status, std::string_view code, std::string_view detail,
               const std::vector<FieldError>& fields, std::string_view request_id) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/problem+json");
  std::string& out = response.body;
  out = R"({"type":"about:blank","title":)";
  append_json_string(out, status_phrase(status));
  out += ",\"status\":" + std::to_string(status);
  append_member(out, "code", code);
  append_member(out, "detail", detail);
  const auto is_input = [](const FieldError& field) { return field.pointer.starts_with('/'); };
  // Behind an input they say more about it: where in the text it is wrong, and what may have been meant.
  const auto is_more = [](const FieldError& field) {
    return field.pointer == kColumnOfField || field.pointer == kHintOfField;
  };
  // What is no place in the request is a member of its own (RFC 9457, section 3.2): "run_id".
  for (const FieldError& field : fields)
    if (!is_input(field) && !is_more(field)) append_member(out, field.pointer, field.detail);
  if (std::ranges::any_of(fields, is_input)) {
    out += ",\"errors\":[";
    bool is_open = false;
    for (const FieldError& field : fields) {
      if (is_input(field)) {
        if (is_open) out += "},";
        is_open = true;
        out += "{\"pointer\":";
        append_json_string(out, field.pointer);
        append_member(out, "detail", field.detail);
      } else if (is_open && field.pointer == kColumnOfField) {
        out += ",\"column\":" + field.detail;
      } else if (is_open && field.pointer == kHintOfField) {
        append_member(out, "hint", field.detail);
      }
    }
    out += "}]";
  }
  append_member(out, "request_id", request_id);
  out += '}';
  return response;
}

/// What people read when the fault is ours: the text of the error stays in the log.
constexpr std::string_view kInternalDetail = "The server failed at this request. Its log has the request id.";

}  // namespace

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_input:
      return 400;
    case ErrorCode::unauthenticated:
      return 401;
    case ErrorCode::forbidden:
      return 403;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::gone:
      return 410;
    case ErrorCode::precondition_failed:
      return 412;
    case ErrorCode::too_large:
      return 413;
    case ErrorCode::unsupported:
      return 415;
    case ErrorCode::unprocessable:
      return 422;
    case ErrorCode::rate_limited:
      return 429;
    case ErrorCode::unavailable:
    case ErrorCode::cancelled:
    case ErrorCode::closed:
      return 503;
    case ErrorCode::timeout:
      return 504;
    case ErrorCode::io:
    case ErrorCode::corrupt:
    case ErrorCode::internal:
      return 500;
  }
  return 500;
}

std::string_view status_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 423:
      return "Locked";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

Response problem(const Error& error, std::string_view request_id) {
  const int status = status_of(error.code);
  if (status == 500) return build(500, "internal", kInternalDetail, {}, request_id);
  Response response = build(status, error.reason, error.detail, error.fields, request_id);
  if (status == 401) response.headers.add("WWW-Authenticate", "Bearer realm=\"fettle\"");
  if (error.retry_after_s > 0) {
    response.headers.add("Retry-After", std::to_string(error.retry_after_s));
  } else if (status == 503 || status == 429) {
    response.headers.add("Retry-After", "1");
  }
  return response;
}

Response problem(int status, std::string_view code, std::string detail, std::string_view request_id) {
  return build(status, code, detail, {}, request_id);
}

}  // namespace fettle::net
