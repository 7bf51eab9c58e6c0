#include "fettle/agent/act/run_store.h"

#include <algorithm>

#include "fettle/agent/act/run_frame.h"
#include "fettle/base/encoding.h"
#include "fettle/io/kill_points.h"

namespace fettle::agent {
namespace {

constexpr std::string_view kEnding = ".run";

std::string text_of(const std::vector<std::uint8_t>& bytes) {
  return {bytes.begin(), bytes.end()};
}

void take_steps(std::vector<wire::StepReport>& known, const std::vector<wire::StepReport>& told) {
  for (const wire::StepReport& step : told) {
    if (step.index == 0 || step.index > wire::kMostSteps) continue;
    if (known.size() < step.index) known.resize(step.index);
    known[step.index - 1] = step;
  }
}

/// Puts what a frame says into the run; false when it does not belong there.
bool take_frame(wire::Decoder& decoder, const RunFrame& frame, StoredReport place, StoredRun& run) {
  wire::Message message;
  const bool has_message = frame.kind == RunFrameKind::order || frame.kind == RunFrameKind::opened ||
                           frame.kind == RunFrameKind::report;
  if (has_message && !decoder.decode(frame.payload, message)) return false;
  if (frame.kind == RunFrameKind::order || frame.kind == RunFrameKind::opened) {
    if (run.order || run.opened) return false;
    const auto* order = std::get_if<wire::RunOrder>(&message);
    const auto* opened = std::get_if<wire::RunOpened>(&message);
    if (order != nullptr && order->run_id == run.id) run.order = *order;
    if (opened != nullptr && opened->run_id == run.id) run.opened = *opened;
    run.epoch = frame.first;
    return run.order || run.opened;
  }
  if (!run.order && !run.opened) return false;
  if (frame.kind == RunFrameKind::epoch) run.epoch = std::max(run.epoch, frame.first);
  const auto* report = std::get_if<wire::RunReport>(&message);
  if (frame.kind != RunFrameKind::report || report == nullptr) return frame.kind == RunFrameKind::epoch;
  if (frame.first != run.reports.size() + 1) return false;
  run.reports.push_back(place);
  run.spool_read = frame.second;
  if (!run.is_over()) run.phase = report->phase;
  take_steps(run.steps, report->steps);
  return true;
}

}  // namespace

RunStore::RunStore(io::Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

Result<RunStore::Opened> RunStore::open() {
  Opened opened;
  ignore(files_.make_folders(folder_), "listing says what is wrong");
  if (auto read = read_done(); !read) return std::unexpected(std::move(read).error());
  FETTLE_TRY(const auto names, files_.list(folder_));
  for (const std::string& name : names) {
    if (name.ends_with(".new")) ignore(files_.remove(folder_ + "/" + name), "an atomic write, interrupted");
    if (!name.ends_with(kEnding)) continue;
    const std::string id = name.substr(0, name.size() - kEnding.size());
    auto run = read_run(id);
    if (!run) return std::unexpected(std::move(run).error());
    const bool was_done = *run && is_done(HostRunId::parse(id)->uuid());
    if (*run && !was_done) {
      opened.runs.push_back(std::move(**run));
      continue;
    }
    opened.broken += was_done ? 0 : 1;
    good_bytes_.erase(id);
    ignore(files_.remove(folder_ + "/" + name), "found again at the next start");
  }
  return opened;
}

Result<std::optional<StoredRun>> RunStore::read_run(const std::string& id) {
  const std::optional<StoredRun> none;
  if (!HostRunId::parse(id)) return none;
  auto text = files_.read_all(path_of(id), kLargestFile);
  if (!text) {
    if (text.error().code == ErrorCode::too_large) return none;
    return std::unexpected(std::move(text).error());
  }
  StoredRun run{.id = id};
  std::string_view rest = *text;
  std::uint64_t good = 0;
  RunFrame frame;
  while (take_run_frame(rest, frame) == RunFrameRead::good) {
    const std::uint64_t end = text->size() - rest.size();
    if (!take_frame(decoder_, frame, {good, static_cast<std::uint32_t>(end - good)}, run)) break;
    good = end;
  }
  if (!run.order && !run.opened) return none;
  run.bytes = good_bytes_[id] = good;
  return run;
}

Result<> RunStore::create(const std::string& id, const std::string& frames) {
  const auto uuid = HostRunId::parse(id);
  if (!uuid) return fail(ErrorCode::invalid_input, "bad_run_id", "this is no id of a run");
  if (is_done(uuid->uuid()))
    return fail(ErrorCode::conflict, "run_done", "this run was carried out before, and its result is known");
  ignore(files_.make_folders(folder_), "appending says what is wrong");
  auto appended = append(id, frames);
  if (appended) {
    if (auto synced = files_.sync_folder(folder_))
      return {};
    else
      appended = std::unexpected(std::move(synced).error());
  }
  good_bytes_.erase(id);
  ignore(files_.remove(path_of(id)), "an order that was not taken is not found at the next start");
  return std::unexpected(std::move(appended).error());
}

Result<std::uint64_t> RunStore::append(const std::string& id, const std::string& frames) {
  FETTLE_TRY(const auto file, files_.open(path_of(id), io::OpenMode::append_or_create));
  const std::uint64_t good = good_bytes_[id];
  // Behind what was torn nothing could be read.
  if (file->size() > good) {
    if (auto cut = file->truncate(good); !cut) return std::unexpected(std::move(cut).error());
  }
  if (auto appended = file->append(as_bytes(frames)); !appended)
    return std::unexpected(std::move(appended).error());
  if (auto synced = file->sync(); !synced) return std::unexpected(std::move(synced).error());
  good_bytes_[id] = good + frames.size();
  return good;
}

Result<wire::RunReport> RunStore::read_report(const std::string& id, StoredReport place) {
  FETTLE_TRY(const auto file, files_.open(path_of(id), io::OpenMode::read));
  FETTLE_TRY(const auto bytes, file->read(place.offset, place.bytes));
  const std::string text = text_of(bytes);
  std::string_view rest = text;
  RunFrame frame;
  wire::Message message;
  const bool is_good = take_run_frame(rest, frame) == RunFrameRead::good && rest.empty() &&
                       decoder_.decode(frame.payload, message).has_value();
  if (const auto* report = std::get_if<wire::RunReport>(&message); is_good && report != nullptr)
    return *report;
  return fail(ErrorCode::corrupt, "report_unreadable", "a report of " + id + " cannot be read any more");
}

Result<> RunStore::finish(const std::string& id) {
  const auto uuid = HostRunId::parse(id);
  if (!uuid) return fail(ErrorCode::invalid_input, "bad_run_id", "this is no id of a run");
  if (auto remembered = remember(uuid->uuid()); !remembered) return remembered;
  io::reach(io::KillPoint::result_remembered);
  good_bytes_.erase(id);
  return files_.remove(path_of(id));
}

// ---- what is done

bool RunStore::is_done(const Uuid& id) const {
  return std::ranges::find(done_, id) != done_.end();
}

Result<> RunStore::read_done() {
  auto text = files_.read_all(done_path(), kLargestFile);
  if (!text) {
    if (text.error().code != ErrorCode::not_found) return std::unexpected(std::move(text).error());
    return {};
  }
  std::string_view rest = *text;
  RunFrame frame;
  while (take_run_frame(rest, frame) == RunFrameRead::good) {
    ++done_in_file_;
    const auto id = HostRunId::parse(frame.payload);
    if (frame.kind == RunFrameKind::done && id) done_.push_back(id->uuid());
    if (done_.size() > kMostDone) done_.pop_front();
  }
  const bool is_torn = !rest.empty();
  if (!is_torn && done_in_file_ <= kMostDoneInFile) return {};
  ignore(rewrite_done(), "tried again with the next one");
  return {};
}

Result<> RunStore::rewrite_done() {
  std::string text;
  for (const Uuid& id : done_)
    append_run_frame(text, {.kind = RunFrameKind::done, .payload = HostRunId(id).text()});
  if (auto written = files_.write_atomically(done_path(), text); !written) return written;
  done_in_file_ = done_.size();
  return {};
}

Result<> RunStore::remember(const Uuid& id) {
  if (is_done(id)) return {};
  if (done_in_file_ >= kMostDoneInFile) {
    if (auto rewritten = rewrite_done(); !rewritten) return rewritten;
  }
  std::string frame;
  append_run_frame(frame, {.kind = RunFrameKind::done, .payload = HostRunId(id).text()});
  FETTLE_TRY(const auto file, files_.open(done_path(), io::OpenMode::append_or_create));
  const std::uint64_t good = file->size();
  auto written = file->append(as_bytes(frame));
  if (written) written = file->sync();
  if (written && good == 0) written = files_.sync_folder(folder_);  // its name, too
  if (!written) {
    ignore(file->truncate(good), "a torn end is found at the next start");
    return written;
  }
  ++done_in_file_;
  done_.push_back(id);
  if (done_.size() > kMostDone) done_.pop_front();
  return {};
}

}  // namespace fettle::agent
