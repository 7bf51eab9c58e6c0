#include "fettle/app/api_call.h"

#include "fettle/app/one_task.h"
#include "fettle/net/client.h"

namespace fettle::app {
namespace {

Result<net::Method> method_of(std::string_view name) {
  for (const net::Method method :
       {net::Method::get, net::Method::post, net::Method::put, net::Method::patch, net::Method::del}) {
    if (net::method_name(method) == name) return method;
  }
  return fail(ErrorCode::internal, "method", "no such method");
}

Task<void> send(io::Loop& loop, io::Clock& clock, net::ClientRequest request,
                Result<net::ClientAnswer>* into) {
  net::HttpClient client(loop, clock);
  *into = co_await client.send(std::move(request));
}

Task<void> stream(io::Loop& loop, io::Clock& clock, net::ClientRequest request,
                  std::function<bool(std::string_view)> on_bytes, Result<net::ClientAnswer>* into) {
  net::HttpClient client(loop, clock);
  *into = co_await client.stream(std::move(request), std::move(on_bytes));
}

Result<net::ClientRequest> client_request(const cli::ApiRequest& request) {
  net::ClientRequest out;
  FETTLE_TRY(out.method, method_of(request.method));
  out.url = request.url;
  out.timeout = request.timeout;
  out.body = request.json_body;
  if (!request.json_body.empty()) out.headers.set("Content-Type", "application/json");
  const auto bearer = split_pin(request.bearer.reveal());
  if (!bearer)
    return fail(ErrorCode::invalid_input, "bad_token", "what stands behind the dot of the token is no pin");
  if (bearer->pin) out.pins.push_back(*bearer->pin);
  if (!bearer->token.empty()) out.headers.set("Authorization", "Bearer " + bearer->token);
  if (!request.accept.empty()) out.headers.set("Accept", request.accept);
  if (!request.last_event_id.empty()) out.headers.set("Last-Event-ID", request.last_event_id);
  return out;
}

}  // namespace

Result<cli::ApiAnswer> stream_api(const cli::ApiRequest& request,
                                  const std::function<bool(std::string_view)>& on_bytes) {
  FETTLE_TRY(net::ClientRequest out, client_request(request));
  Result<net::ClientAnswer> answer = fail(ErrorCode::cancelled, "cancelled", "the call was interrupted");
  run_one_task([&](io::Loop& loop, io::Clock& clock) {
    return stream(loop, clock, std::move(out), on_bytes, &answer);
  });
  if (!answer) return std::unexpected(std::move(answer).error());
  return cli::ApiAnswer{answer->status, std::move(answer->body)};
}

Result<cli::ApiAnswer> call_api(const cli::ApiRequest& request) {
  FETTLE_TRY(net::ClientRequest out, client_request(request));
  Result<net::ClientAnswer> answer = fail(ErrorCode::cancelled, "cancelled", "the call was interrupted");
  run_one_task([&](io::Loop& loop, io::Clock& clock) { return send(loop, clock, std::move(out), &answer); });
  if (!answer) return std::unexpected(std::move(answer).error());
  return cli::ApiAnswer{answer->status, std::move(answer->body)};
}

namespace {

Task<void> sleep(io::Clock& clock, Millis length, bool* is_done) {
  co_await clock.sleep_for(length);
  *is_done = true;
}

}  // namespace

bool pause(Millis length) {
  bool is_done = false;
  run_one_task([&](io::Loop&, io::Clock& clock) { return sleep(clock, length, &is_done); });
  return is_done;
}

}  // namespace fettle::app
