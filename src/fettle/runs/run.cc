#include "fettle/runs/run.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fettle/base/check.h"

namespace fettle::runs {
namespace {

constexpr auto kRunStates = std::to_array<std::pair<RunState, std::string_view>>({
    {RunState::queued, "queued"},
    {RunState::dispatched, "dispatched"},
    {RunState::running, "running"},
    {RunState::completed, "completed"},
    {RunState::completed_with_warnings, "completed_with_warnings"},
    {RunState::failed, "failed"},
    {RunState::cancelled, "cancelled"},
    {RunState::interrupted, "interrupted"},
    {RunState::abandoned, "abandoned"},
});

constexpr auto kStepStates = std::to_array<std::pair<StepState, std::string_view>>({
    {StepState::pending, "pending"},
    {StepState::running, "running"},
    {StepState::completed, "completed"},
    {StepState::failed, "failed"},
    {StepState::skipped, "skipped"},
    {StepState::cancelled, "cancelled"},
});

template <class Table, class State>
std::string_view name_in(const Table& table, State state) {
  for (const auto& [known, name] : table)
    if (known == state) return name;
  FETTLE_CHECK(false, "a state without a name");
}

template <class State, std::size_t N>
std::optional<State> find_in(const std::array<std::pair<State, std::string_view>, N>& table,
                             std::string_view name) {
  for (const auto& [state, known] : table)
    if (known == name) return state;
  return std::nullopt;
}

}  // namespace

std::string_view state_name(RunState state) {
  return name_in(kRunStates, state);
}

std::optional<RunState> parse_run_state(std::string_view name) {
  return find_in(kRunStates, name);
}

std::string_view state_name(StepState state) {
  return name_in(kStepStates, state);
}

std::optional<StepState> parse_step_state(std::string_view name) {
  return find_in(kStepStates, name);
}

}  // namespace fettle::runs
