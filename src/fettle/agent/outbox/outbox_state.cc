#include "fettle/agent/outbox/outbox_state.h"

#include "fettle/agent/sense/text_scan.h"

namespace fettle::agent {

std::string format_state(const OutboxState& state) {
  std::string out = "boot " + std::to_string(state.boot) + "\nlost " + std::to_string(state.lost) + "\n";
  out += "acknowledged " + std::to_string(state.acknowledged.boot) + " " +
         std::to_string(state.acknowledged.sequence) + "\n";
  if (state.planned) {
    out += state.planned->is_removal ? "removing " : "thinning ";
    out += std::to_string(state.planned->segment) + " " + std::to_string(state.planned->records) + "\n";
  }
  return out;
}

std::optional<OutboxState> parse_state(std::string_view text) {
  OutboxState state;
  bool has_boot = false;
  std::string_view line;
  while (take_line(text, line)) {
    const std::string_view word = take_word(line);
    if (word == "boot") has_boot = take_number(line, state.boot);
    if (word == "lost" && !take_number(line, state.lost)) state.lost = 0;
    if (word == "acknowledged") {
      wire::Position position;
      if (take_number(line, position.boot) && take_number(line, position.sequence))
        state.acknowledged = position;
    }
    if (word == "removing" || word == "thinning") {
      PlannedLoss planned;
      planned.is_removal = word == "removing";
      if (take_number(line, planned.segment) && take_number(line, planned.records)) state.planned = planned;
    }
  }
  if (!has_boot) return std::nullopt;
  return state;
}

}  // namespace fettle::agent
