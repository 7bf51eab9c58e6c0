#include "fettle/cli/follow.h"

#include <fmt/format.h>

#include "fettle/base/text.h"
#include "fettle/cli/api_client.h"

namespace fettle::cli {
namespace {

constexpr Seconds kSilence{45};  // the server says something every 15 s
constexpr Millis kFirstPause{1'000};
constexpr Millis kLongestPause{30'000};

bool is_worth_another_try(const Error& error) {
  switch (error.code) {
    case ErrorCode::unavailable:
    case ErrorCode::timeout:
    case ErrorCode::closed:
    case ErrorCode::corrupt:  // a connection that broke within the head of an answer
    case ErrorCode::rate_limited:
      return true;
    default:
      return false;
  }
}

}  // namespace

ExitCode follow(const CommandContext& context, const Following& what) {
  const Surroundings& around = context.surroundings;
  SseReader reader;
  Millis pause = kFirstPause;
  bool was_connected = false;
  for (;;) {
    ApiRequest request;
    request.url = what.url;
    request.bearer = what.bearer;
    request.accept = "text/event-stream";
    request.last_event_id = reader.last_id();
    request.timeout = kSilence;
    reader.restart();
    bool is_enough = false;
    const auto answer = context.actions.stream_api(request, [&](std::string_view bytes) {
      was_connected = true;
      pause = kFirstPause;
      is_enough = !reader.feed(bytes, what.on_event) || !around.is_out_open();
      return !is_enough;
    });
    if (is_enough) return ExitCode::ok;
    Error error;
    if (!answer) {
      error = answer.error();
    } else if (answer->status < 200 || answer->status > 299) {
      error = error_of_answer(*answer);
    } else {
      error = {ErrorCode::closed, "connection_lost", "the server ended the stream", {}, 0};
    }
    if (error.code == ErrorCode::cancelled) return ExitCode::ok;  // Ctrl-C is how one ends this
    if (!was_connected || !is_worth_another_try(error)) return context.report(error);
    around.err(fmt::format("fettle: {}; trying again in {} s\n", escape_control(error.detail),
                           pause.count() / 1000));
    if (!context.actions.pause(pause)) return ExitCode::ok;
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace fettle::cli
