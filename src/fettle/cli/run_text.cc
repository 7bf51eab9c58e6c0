#include "fettle/cli/run_text.h"

#include <fmt/format.h>

#include "fettle/base/byte_text.h"
#include "fettle/base/text.h"
#include "fettle/base/time.h"
#include "fettle/cli/api_client.h"
#include "fettle/cli/terminal_line.h"

namespace fettle::cli {
namespace {

Colour colour_of(std::string_view state) {
  if (state == "completed") return Colour::green;
  if (state == "failed" || state == "abandoned") return Colour::red;
  if (state == "completed_with_warnings" || state == "interrupted" || state == "cancelled")
    return Colour::yellow;
  return Colour::none;
}

std::string duration_text(const JsonNode& node, std::string_view name) {
  const auto ms = number_member(node, name);
  if (!ms) return "-";
  if (*ms < 1000) return fmt::format("{:.0f} ms", *ms);
  if (*ms < 120'000) return fmt::format("{:.1f} s", *ms / 1000);
  return fmt::format("{:.0f} min", *ms / 60'000);
}

std::string text_of(const JsonNode& node, std::string_view object, std::string_view name) {
  const JsonNode* inner = member(node, object);
  return inner == nullptr ? std::string() : text_member(*inner, name);
}

/// As the page says it: a schedule is no person of its name, and who began a command on its host ("uid 0
/// (root)") has a name there.
std::string actor_text(const JsonNode& run) {
  const std::string name = text_of(run, "actor", "name");
  const std::string kind = text_of(run, "actor", "kind");
  if (kind == "schedule") return "schedule " + name;
  const auto bracket = name.find('(');
  if (kind != "host" || bracket == std::string::npos || !name.ends_with(')')) return name;
  return name.substr(bracket + 1, name.size() - bracket - 2);
}

/// What began on a host by itself is called by its name in the title already.
std::string target_text(const JsonNode& run) {
  const std::string name = text_of(run, "target", "name");
  return text_of(run, "target", "kind") == "command" ? name.substr(0, name.find(" / ")) : name;
}

/// A command may have a long name, and a line of a table has none of it.
std::string shortened(const std::string& text) {
  constexpr std::size_t kMostBytes = 48;
  if (text.size() <= kMostBytes) return text;
  return std::string(truncate_utf8(text, kMostBytes)) + "...";
}

std::string steps_text(const JsonNode& run) {
  const JsonNode* progress = member(run, "progress");
  if (progress == nullptr) return "-";
  return fmt::format("{:.0f}/{:.0f}", number_member(*progress, "done").value_or(0),
                     number_member(*progress, "total").value_or(0));
}

std::string texts_of(const JsonNode& node, std::string_view name) {
  const JsonNode* list = member(node, name);
  std::string out;
  if (list != nullptr)
    for (const JsonNode& item : list->items) out += (out.empty() ? "" : ", ") + item.text;
  return out;
}

/// From here on milliseconds are a moment and not a span.
constexpr std::int64_t kMomentMs = 100'000'000'000;

std::string counter_text(const std::string& name, std::int64_t value) {
  const auto is_of = [&name](std::string_view unit) {
    return name == unit || name.ends_with("_" + std::string(unit));
  };
  if (is_of("bytes")) return format_bytes(static_cast<double>(value));
  if (is_of("ms") && value > kMomentMs) return format_time(wall_from_unix_ms(value));
  return std::to_string(value);
}

/// What steps looked at, rows here and bytes there, makes no sum.
bool is_sum(std::string_view name) {
  return name != "seen" && name != "eligible" && !name.starts_with("oldest_") && !name.starts_with("newest_");
}

std::string counters_text(const JsonNode& run) {
  const JsonNode* counters = member(run, "counters");
  const JsonNode* progress = member(run, "progress");
  const bool has_steps = progress != nullptr && number_member(*progress, "total").value_or(0) > 1;
  std::string out;
  for (const JsonNode& counter : counters == nullptr ? std::vector<JsonNode>{} : counters->items) {
    if (counter.integer == 0 || (has_steps && !is_sum(counter.name))) continue;
    out += (out.empty() ? "" : ", ") + counter.name + " " + counter_text(counter.name, counter.integer);
  }
  return out;
}

/// What the step that runs is allowed.
std::string limit_text(const JsonNode& run) {
  const JsonNode* steps = member(run, "steps");
  if (steps == nullptr) return {};
  for (const JsonNode& step : steps->items) {
    const auto limit = number_member(step, "deadline_s");
    if (limit && text_member(step, "state") == "running")
      return fmt::format("{} may take {:.0f} s\n", escape_control(text_member(step, "title")), *limit);
  }
  return {};
}

}  // namespace

bool is_live_run(const JsonNode& run) {
  const JsonNode* live = member(run, "is_live");
  return live != nullptr && live->boolean;
}

ExitCode exit_code_of_run(const JsonNode& run) {
  const std::string state = text_member(run, "state");
  return state == "completed" || state == "completed_with_warnings" ? ExitCode::ok : ExitCode::failure;
}

std::string run_table(const std::vector<JsonNode>& runs, Palette palette) {
  TextTable table;
  table.columns = {
      {"CREATED"}, {"STATE"}, {"WHAT"}, {"TARGET"}, {"STEPS", Align::right}, {"TOOK", Align::right},
      {"BY"},      {"ID"}};
  for (const JsonNode& run : runs) {
    const std::string state = text_member(run, "state");
    table.rows.push_back({text_member(run, "created_at"), Cell(state, colour_of(state)),
                          shortened(text_member(run, "title")), shortened(target_text(run)), steps_text(run),
                          duration_text(run, "duration_ms"), actor_text(run), text_member(run, "id")});
  }
  return format_table(table, palette);
}

std::string plans_text(const JsonNode& page, const std::optional<JsonNode>& offered, Palette palette) {
  TextTable table;
  table.columns = {{"PLAN"}, {"WHAT"}, {"RUNS ON"}, {"WANTS"}};
  const JsonNode* plans = member(page, "items");
  for (const JsonNode& plan : plans == nullptr ? std::vector<JsonNode>{} : plans->items) {
    const std::string where = text_member(plan, "target_kind");
    if (offered && where != "host") continue;
    table.rows.push_back(
        {text_member(plan, "name"), text_member(plan, "title"), where, texts_of(plan, "parameters")});
  }
  std::string out = format_table(table, palette);
  if (!offered) return out;
  const JsonNode* is_known = member(*offered, "is_known");
  if (is_known == nullptr || !is_known->boolean)
    return out + "\nWhich commands it offers its agent has not said yet.\n";
  const std::string names = texts_of(*offered, "names");
  return out + (names.empty() ? "\nIts policy file names no command.\n"
                              : "\nCommands: " + escape_control(names) + "\n");
}

std::string run_page(const JsonNode& run, Palette palette) {
  std::string out = fmt::format("{} on {}: {}\n", escape_control(text_member(run, "title")),
                                escape_control(text_of(run, "target", "name")), text_member(run, "state"));
  if (const std::string message = text_member(run, "message"); !message.empty())
    out += escape_control(message) + "\n";
  out += fmt::format("began {} by {}, took {}\n", text_member(run, "created_at"),
                     escape_control(actor_text(run)), duration_text(run, "duration_ms"));
  if (const std::string limit = limit_text(run); !limit.empty()) out += limit;
  if (const auto code = number_member(run, "exit_code")) out += fmt::format("exit code {:.0f}\n", *code);
  if (const std::string counters = counters_text(run); !counters.empty())
    out += escape_control(counters) + "\n";
  const JsonNode* steps = member(run, "steps");
  if (steps == nullptr || steps->items.empty()) return out;
  TextTable table;
  table.columns = {{"#", Align::right}, {"STEP"}, {"STATE"}, {"TOOK", Align::right}, {"MESSAGE"}};
  for (const JsonNode& step : steps->items) {
    const std::string state = text_member(step, "state");
    table.rows.push_back({fmt::format("{:.0f}", number_member(step, "index").value_or(0)),
                          text_member(step, "title"), Cell(state, colour_of(state)),
                          duration_text(step, "elapsed_ms"), text_member(step, "message")});
  }
  return out + format_table(table, palette);
}

std::string step_line(const JsonNode& run, const JsonNode& step) {
  const JsonNode* progress = member(run, "progress");
  const double total = progress == nullptr ? 0 : number_member(*progress, "total").value_or(0);
  std::string out = fmt::format("{:.0f}/{:.0f} {}: {}", number_member(step, "index").value_or(0), total,
                                escape_control(text_member(step, "title")), text_member(step, "state"));
  if (const std::string message = text_member(step, "message"); !message.empty())
    out += ": " + escape_control(message);
  return out + "\n";
}

std::string run_log_line(const JsonNode& line) {
  const double step = number_member(line, "step").value_or(0);
  std::string out = fmt::format("{} {:7}", text_member(line, "at"), text_member(line, "level"));
  if (step > 0) out += fmt::format(" [{:.0f}]", step);
  out += " " + as_terminal_line(text_member(line, "text"));
  if (const JsonNode* fields = member(line, "fields"))
    for (const JsonNode& field : fields->items)
      out += fmt::format(" {}={}", escape_control(field.name), escape_control(field.text));
  return out + "\n";
}

}  // namespace fettle::cli
