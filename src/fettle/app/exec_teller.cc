#include "fettle/app/exec_teller.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "fettle/agent/act/command_plan.h"
#include "fettle/agent/act/run_frame.h"
#include "fettle/agent/act/run_store.h"
#include "fettle/app/exec_report.h"
#include "fettle/base/json.h"
#include "fettle/base/text.h"
#include "fettle/base/zone.h"
#include "fettle/io/folder_facts.h"
#include "fettle/io/kill_points.h"
#include "fettle/io/spool_writer.h"
#include "fettle/io/system_random.h"
#include "fettle/io/users.h"
#include "fettle/io/wrapped_program.h"
#include "fettle/wire/messages.h"

namespace fettle::app {
namespace {

using agent::RunFrameKind;

constexpr std::size_t kMostOfName = 128;
constexpr std::size_t kMostOfTiming = 256;
/// Far below what one frame holds.
constexpr std::size_t kMostOfFrame = 64UL * 1024;
static_assert(kMostOfFrame + agent::kRunFrameFixed < agent::kLargestRunFrame);

std::string name_of(const cli::ExecOptions& options) {
  std::string name = options.name;
  if (name.empty()) name = options.command.front().substr(options.command.front().rfind('/') + 1);
  return wire::clean_text(name, kMostOfName);
}

std::string shown(const std::vector<std::string>& command, bool hides_arguments) {
  std::string text;
  if (hides_arguments && command.size() > 1) {
    const std::size_t hidden = command.size() - 1;
    const std::string words = hidden == 1 ? " argument)" : " arguments)";
    return std::string(truncate_utf8(escape_control(command.front()), wire::kMaxRunText / 2)) + " (" +
           std::to_string(hidden) + words;
  }
  for (const std::string& argument : command) {
    text += (text.empty() ? "" : " ") + escape_control(argument);
    if (text.size() > wire::kMaxRunText) break;
  }
  return std::string(truncate_utf8(text, wire::kMaxRunText));
}

/// The one whose time cron of this host goes by: TZ where it names one, else what /etc/localtime is linked
/// to. Empty: UTC, or not known.
std::string zone_of(const cli::ExecOptions& options) {
  std::string_view variable = options.time_zone;
  if (variable.starts_with(':')) variable.remove_prefix(1);
  if (is_zone_name(variable)) return std::string(variable);
  std::array<char, 512> target{};
  const ssize_t length = ::readlink("/etc/localtime", target.data(), target.size());
  if (length <= 0) return {};
  const std::string_view path(target.data(), static_cast<std::size_t>(length));
  constexpr std::string_view kFolder = "/zoneinfo/";
  const auto at = path.find(kFolder);
  const std::string_view name = at == std::string_view::npos ? "" : path.substr(at + kFolder.size());
  return is_zone_name(name) ? std::string(name) : std::string();
}

std::string expectation(const cli::ExecOptions& options) {
  if (options.expect.empty()) return {};
  std::string json = "{\"timing\":";
  append_json(json, wire::clean_text(options.expect, kMostOfTiming));
  if (const std::string zone = zone_of(options); !zone.empty()) {
    json += ",\"zone\":";
    append_json(json, zone);
  }
  return json + "}";
}

std::string actor_of(std::uint32_t uid) {
  const auto user = io::find_user(uid);
  return "uid " + std::to_string(uid) + (user ? " (" + user->name + ")" : "");
}

wire::RunOpened opened(const ExecStart& start) {
  io::SystemRandom random;
  return {.run_id = random.make_id<agent::HostRunId>(start.at).text(),
          .name = name_of(start.options),
          .command = shown(start.options.command, start.options.hides_arguments),
          .started_at_ms = unix_ms(start.at),
          .actor = actor_of(io::own_user()),
          .expected = expectation(start.options),
          .deadline_s = static_cast<std::uint32_t>(start.options.deadline.count())};
}

std::string why_ended(const ExecWord& word, std::string_view why) {
  if (!why.empty() || !word.is_late) return std::string(why);
  io::ProcessEnd end{.cause = io::ProcessCause::deadline};
  (word.number >= kSignalInFrame ? end.signal : end.exit_code) =
      static_cast<int>(word.number % kSignalInFrame);
  return agent::describe_end(end);
}

class Teller {
 public:
  Teller(io::SpoolWriter& writer, std::vector<ExecFile> files) : writer_(writer), files_(std::move(files)) {}

  void open(const wire::RunOpened& opened) {
    agent::append_run_frame(frames_, {.kind = RunFrameKind::opened, .payload = wire::encode(opened)});
    flush();
  }
  void add(std::string_view bytes) {
    words_ += bytes;
    std::string_view rest = words_;
    ExecWord word;
    while (rest.size() >= sizeof word) {
      std::memcpy(&word, rest.data(), sizeof word);
      if (rest.size() - sizeof word < word.size) break;
      hear(word, rest.substr(sizeof word, word.size));
      rest.remove_prefix(sizeof word + word.size);
    }
    words_.erase(0, words_.size() - rest.size());
    flush();
  }

 private:
  void hear(const ExecWord& word, std::string_view payload) {
    switch (word.kind) {
      case ExecWord::Kind::output:
        take_output(word, payload);
        first_left_ -= std::min(first_left_, payload.size());
        break;
      case ExecWord::Kind::lost:
        put_gathered();
        put_lost(word.number);
        break;
      case ExecWord::Kind::ended:
        put_gathered();
        for (const ExecFile& file : files_) put_file(file, word.at_ms);
        const std::string why = why_ended(word, payload);
        agent::append_run_frame(frames_, {.kind = RunFrameKind::ended,
                                          .first = word.at_ms,
                                          .second = word.number,
                                          .payload = truncate_utf8(why, wire::kMaxRunText)});
        break;
    }
  }

  void take_output(const ExecWord& word, std::string_view bytes) {
    if (small_frames_ < ExecReport::kMostSmallFrames) {
      ++small_frames_;
      put_output(word.stream, word.at_ms, bytes);
      return;
    }
    if (gathered_.stream != word.stream) put_gathered();
    if (gathered_bytes_.empty()) gathered_ = word;
    gathered_bytes_ += bytes;
    if (gathered_bytes_.size() >= ExecReport::kGathered) put_gathered();
  }

  void put_gathered() {
    put_output(gathered_.stream, gathered_.at_ms, gathered_bytes_);
    gathered_bytes_.clear();
  }

  void put_output(io::OutputKind kind, std::uint64_t at_ms, std::string_view bytes) {
    while (!bytes.empty()) {
      const std::string_view piece = bytes.substr(0, kMostOfFrame);
      agent::append_run_frame(frames_, {.kind = RunFrameKind::output,
                                        .first = at_ms,
                                        .second = static_cast<std::uint64_t>(kind),
                                        .payload = piece});
      bytes.remove_prefix(piece.size());
    }
  }

  void put_lost(std::uint64_t bytes) {
    if (bytes == 0) return;
    agent::append_run_frame(frames_, {.kind = RunFrameKind::lost, .first = bytes, .payload = {}});
  }

  void put_file(const ExecFile& file, std::uint64_t at_ms) {
    const io::FileGrowth growth = io::read_growth(file.mark, first_left_, last_left_);
    put_output(file.kind, at_ms, growth.first);
    put_lost(growth.left_out);
    put_output(file.kind, at_ms, growth.last);
    first_left_ -= growth.first.size();
    last_left_ -= growth.last.size();
  }

  void flush() {
    writer_.write(frames_);
    frames_.clear();
  }

  io::SpoolWriter& writer_;
  const std::vector<ExecFile> files_;
  std::string words_, frames_;
  std::size_t small_frames_ = 0;
  ExecWord gathered_;  // the first of what is gathered
  std::string gathered_bytes_;
  std::size_t first_left_ = ExecReport::kMostFirst, last_left_ = ExecReport::kMostLast;
};

/// The files of `marked`, as this process can read them.
std::vector<ExecFile> open_files(const std::vector<ExecFile>& marked) {
  std::vector<ExecFile> files;
  for (const ExecFile& file : marked) {
    if (const auto mark = io::open_mark(file.mark)) files.push_back({file.kind, *mark});
  }
  return files;
}

void tell(int socket, const ExecStart& start) {
  const std::string folder = io::whole_path(start.options.spool);
  const std::vector<ExecFile> files = open_files(start.files);
  std::vector<int> kept;
  for (const ExecFile& file : files) kept.push_back(file.mark.descriptor);
  io::leave_everything(socket, std::move(kept));

  const wire::RunOpened begun = opened(start);
  io::SpoolWriter writer(folder, begun.run_id);
  Teller teller(writer, files);
  teller.open(begun);
  std::array<char, kMostOfFrame> buffer;
  for (;;) {
    const ssize_t got = ::read(socket, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    teller.add({buffer.data(), static_cast<std::size_t>(got)});
  }
  io::reach(io::KillPoint::spool_written);
  ::close(socket);  // whoever waits for us goes on; the disk may take its time
  writer.sync();
}

}  // namespace

std::vector<ExecFile> mark_output_files() {
  std::vector<ExecFile> files;
  if (const auto mark = io::mark_file(STDOUT_FILENO)) files.push_back({io::OutputKind::out, *mark});
  if (io::is_same_stream(STDOUT_FILENO, STDERR_FILENO)) return files;
  if (const auto mark = io::mark_file(STDERR_FILENO)) files.push_back({io::OutputKind::err, *mark});
  return files;
}

void tell_of_command(int socket, const ExecStart& start) noexcept {
  try {
    tell(socket, start);
  } catch (...) {  // there is nobody whom it could be told
  }
  ::_exit(0);
}

}  // namespace fettle::app
