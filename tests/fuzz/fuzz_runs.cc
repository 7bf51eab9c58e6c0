// Any bytes as the file of a run, as what is done, and as a spool of `fettle exec`: no crash; what is read is
// read again the same; a spool in parts says what it says in one.
#include "fettle/agent/act/run_frame.h"
#include "fettle/agent/act/run_store.h"
#include "fettle/agent/act/spool_course.h"
#include "fettle/base/check.h"
#include "fettle/io/sim/sim_files.h"

namespace {

using namespace fettle;
using namespace fettle::agent;

constexpr const char* kId = "run_01935e2f000070000000000000000001";

void read_as_run(std::string_view bytes) {
  io::SimDisk disk(io::SimRandom(1));
  io::SimFiles files(disk);
  FETTLE_CHECK(files.make_folders("/r").has_value());
  FETTLE_CHECK(files.write_atomically(std::string("/r/") + kId + ".run", bytes).has_value());
  FETTLE_CHECK(files.write_atomically("/r/done", bytes).has_value());
  RunStore store(files, "/r");
  const auto opened = store.open();
  FETTLE_CHECK(opened.has_value());
  for (const StoredRun& run : opened->runs) {
    FETTLE_CHECK(run.id == kId && run.order.has_value() != run.opened.has_value());
    for (const StoredReport& place : run.reports) FETTLE_CHECK(store.read_report(run.id, place).has_value());
  }
  RunStore again(files, "/r");
  const auto reopened = again.open();
  FETTLE_CHECK(reopened.has_value() && reopened->runs.size() == opened->runs.size());
}

std::string told(SpoolCourse& course) {
  std::string text;
  while (course.has_news()) {
    const wire::RunReport report = course.take_report(1);
    for (const wire::RunLogLine& line : report.log) {
      FETTLE_CHECK(line.text.size() <= wire::kMaxLineText);
      text += line.text + "\n";
    }
  }
  return text;
}

void read_as_spool(std::string_view bytes) {
  SpoolCourse whole, parts;
  whole.add(bytes);
  for (std::string_view rest = bytes; !rest.empty();
       rest.remove_prefix(std::min<std::size_t>(rest.size(), 7)))
    parts.add(rest.substr(0, 7));
  FETTLE_CHECK(whole.state() == parts.state());
  FETTLE_CHECK(whole.taken_bytes() == parts.taken_bytes());
  FETTLE_CHECK(whole.opened() == parts.opened());
  if (!whole.opened()) return;
  FETTLE_CHECK(told(whole) == told(parts));
  whole.abandon(5);
  ignore(told(whole), "what is left");
  FETTLE_CHECK(whole.last_report(6).phase > wire::RunPhase::running);
}

/// What passes the checksum is where the reading goes deep: the input as payloads of good frames.
std::string framed(std::string_view bytes) {
  std::string out;
  while (bytes.size() >= 4) {
    const auto kind = static_cast<RunFrameKind>(bytes[0] & 15);
    const std::size_t size = std::min<std::size_t>(bytes.size() - 4, static_cast<unsigned char>(bytes[3]));
    append_run_frame(out, {.kind = kind,
                           .first = static_cast<unsigned char>(bytes[1]),
                           .second = static_cast<unsigned char>(bytes[2]),
                           .payload = bytes.substr(4, size)});
    bytes.remove_prefix(4 + size);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::string opened;
  append_run_frame(
      opened,
      {.kind = RunFrameKind::opened, .first = 1, .payload = wire::encode(wire::RunOpened{.run_id = kId})});
  const std::string good = opened + framed(bytes);
  for (const std::string_view text : {bytes, std::string_view(good)}) {
    read_as_run(text);
    read_as_spool(text);
  }
  return 0;
}
