#include "fettle/fleet/uptime_rules.h"

#include <algorithm>

namespace fettle::fleet {
namespace {

void append(std::vector<StateSpan>& spans, StateSpan span) {
  if (span.from >= span.to) return;
  if (!spans.empty() && spans.back().state == span.state && spans.back().reason == span.reason) {
    spans.back().to = span.to;
  } else {
    spans.push_back(std::move(span));
  }
}

/// One state from `from` to `to`, with what lies between the lives of the server taken out.
void append_known(std::vector<StateSpan>& spans, const std::vector<ServerLife>& lives,
                  const StateSpan& span) {
  WallTime at = span.from;
  for (const ServerLife& life : lives) {
    if (life.to <= at || life.from >= span.to) continue;
    append(spans, {at, std::max(at, life.from), SpanState::unknown, {}});
    at = std::max(at, life.from);
    const WallTime end = std::min(life.to, span.to);
    append(spans, {at, end, span.state, span.reason});
    at = std::max(at, end);
  }
  append(spans, {at, span.to, SpanState::unknown, {}});
}

}  // namespace

std::vector<StateSpan> decide_spans(const std::vector<StateChangeAt>& changes,
                                    const std::vector<ServerLife>& lives, WallTime from, WallTime to) {
  std::vector<StateSpan> spans;
  StateSpan open{from, from, SpanState::unknown, {}};
  const auto end_at = [&](WallTime at) {
    open.to = std::clamp(at, open.from, std::max(to, open.from));
    append_known(spans, lives, open);
    open.from = open.to;
  };
  for (const StateChangeAt& change : changes) {
    if (change.at > from) end_at(change.at);
    open.state = change.state;
    open.reason = change.reason;
  }
  end_at(to);
  return spans;
}

std::optional<double> Uptime::percent() const {
  const double known = static_cast<double>((online + offline).count());
  if (known <= 0) return std::nullopt;
  return 100 * static_cast<double>(online.count()) / known;
}

Uptime decide_uptime(const std::vector<StateSpan>& spans, WallTime from, WallTime to) {
  Uptime out;
  for (const StateSpan& span : spans) {
    const WallTime begin = std::max(span.from, from), end = std::min(span.to, to);
    if (begin >= end) continue;
    const Millis length = std::chrono::duration_cast<Millis>(end - begin);
    switch (span.state) {
      case SpanState::online:
        out.online += length;
        break;
      case SpanState::offline:
        out.offline += length;
        break;
      case SpanState::waiting:
      case SpanState::unknown:
        out.unknown += length;
        break;
    }
  }
  return out;
}

}  // namespace fettle::fleet
