// What one file of `fettle exec` says, as the course of a run with one step. Takes the file's bytes as they
// come, in parts of any size; decides nothing and touches nothing. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "fettle/agent/act/line_splitter.h"
#include "fettle/agent/act/run_course.h"

namespace fettle::agent {

class SpoolCourse {
 public:
  SpoolCourse();
  /// Goes on behind what an earlier start of the agent has told.
  explicit SpoolCourse(std::uint64_t told);

  enum class State : std::uint8_t { open, ended, broken };
  /// The next bytes of the file. What is no whole frame waits.
  State add(std::string_view bytes);
  /// The file ends here, and nobody writes to it any more: a last word that is missing will not come.
  /// `why`: a sentence, instead of the one for a writer that has gone.
  void abandon(std::int64_t now_ms, std::string why = {});

  /// Once it is known; of a later start: never.
  [[nodiscard]] const std::optional<wire::RunOpened>& opened() const { return opened_; }
  [[nodiscard]] State state() const { return state_; }
  /// How much of the file is in what was told.
  [[nodiscard]] std::uint64_t taken_bytes() const { return taken_; }
  /// How far the file was read.
  [[nodiscard]] std::uint64_t read_bytes() const { return taken_ + rest_.size(); }
  [[nodiscard]] bool has_news() const { return course_.has_news(); }
  wire::RunReport take_report(std::int64_t now_ms) { return course_.take_report(now_ms); }
  /// The last word, of the time at which the command ended. After the end, with no news left.
  wire::RunReport last_report(std::int64_t now_ms);

 private:
  bool take_frame(std::string_view& rest);
  void take_output(std::int64_t at_ms, bool is_err, std::string_view bytes);
  void end(StepEnd end, std::int64_t at_ms);

  RunCourse course_;
  std::optional<wire::RunOpened> opened_;
  bool is_opened_ = false;
  State state_ = State::open;
  bool is_abandoned_ = false;
  std::uint64_t taken_ = 0;
  std::int64_t last_at_ms_ = 0;  // of the output
  std::int64_t ended_at_ms_ = 0;
  std::string rest_;
  LineSplitter out_, err_;
};

}  // namespace fettle::agent
