// What a heartbeat of forty values costs on its way: the wire codec, the ring in memory, the journal on disk
// and the way back. CPU time of this process; `bench_codec [folder]` puts the journal into a folder of its
// own below that (default: the current one) and removes it.
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "fettle/io/log_sink.h"
#include "fettle/io/system_files.h"
#include "fettle/metrics/history.h"
#include "fettle/metrics/journal_writer.h"
#include "fettle/wire/messages.h"
#include "tests/unit/metrics/fake_host.h"

namespace {

using namespace fettle;
using namespace fettle::metrics;

double now_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct Watch {
  double cpu = now_of(CLOCK_PROCESS_CPUTIME_ID);
  double wall = now_of(CLOCK_MONOTONIC);
  [[nodiscard]] double cpu_s() const { return now_of(CLOCK_PROCESS_CPUTIME_ID) - cpu; }
  [[nodiscard]] double wall_s() const { return now_of(CLOCK_MONOTONIC) - wall; }
};

constexpr std::size_t kHosts = 1'000;
constexpr std::size_t kRows = 720;  // an hour at 5 s
constexpr double kSamples = 40.0 * kRows * kHosts;

/// A few hosts' hour, made beforehand; the others are theirs under other numbers.
std::vector<std::vector<Sample>> make_hours() {
  std::vector<std::vector<Sample>> hours(20);
  for (std::size_t i = 0; i < hours.size(); ++i) {
    FakeHost host(static_cast<HostNumber>(i), static_cast<std::uint32_t>(i));
    for (std::size_t row = 0; row < kRows; ++row) hours[i].push_back(host.next());
  }
  return hours;
}

void bench_wire(const std::vector<Sample>& hour) {
  constexpr int kRounds = 300'000;
  wire::Heartbeat beat;
  std::string bytes;
  wire::Message message;
  std::vector<std::string> encoded;
  for (const Sample& sample : hour) {
    beat.position = beat.after = sample.position;
    beat.sampled_at_ms = sample.sampled_at_ms;
    beat.monotonic_ms = sample.monotonic_ms;
    beat.series_set = sample.set->id;
    beat.values = sample.values;
    encoded.push_back(wire::encode(beat));
  }
  message = beat;
  const Watch encode;
  for (int i = 0; i < kRounds; ++i) wire::encode_to(message, bytes);
  const double encode_s = encode.cpu_s();
  wire::Decoder decoder;
  const Watch decode;
  for (int i = 0; i < kRounds; ++i)
    if (!decoder.decode(encoded[static_cast<std::size_t>(i) % encoded.size()], message)) std::abort();
  fmt::print("wire     {} B a heartbeat   encode {:.2f} us   decode {:.2f} us\n", bytes.size(),
             encode_s / kRounds * 1e6, decode.cpu_s() / kRounds * 1e6);
}

void bench_history(const std::vector<std::vector<Sample>>& hours) {
  History history;
  Sample sample;
  const Watch add;
  for (std::size_t row = 0; row < kRows; ++row) {
    for (std::size_t host = 0; host < kHosts; ++host) {
      sample = hours[host % hours.size()][row];
      sample.host = static_cast<HostNumber>(host + 1);
      history.add(sample);
    }
  }
  const double add_s = add.cpu_s();
  const HistoryFigures figures = history.figures();
  fmt::print(
      "ring     add {:.2f} us a heartbeat ({:.1f} ns a sample)   {:.3f} B a sample   {:.1f} KiB a host\n",
      add_s / (kHosts * kRows) * 1e6, add_s / kSamples * 1e9,
      static_cast<double>(figures.bytes) / static_cast<double>(figures.samples),
      static_cast<double>(figures.bytes) / kHosts / 1024);
  const std::int64_t to = history.latest(1)->at_ms + 1;
  const Watch range;
  constexpr int kRanges = 200;
  for (int i = 0; i < kRanges; ++i)
    if (!history.range({static_cast<HostNumber>(i + 1), to - 3'600'000, to, 720, {}})) std::abort();
  const double range_s = range.cpu_s() / kRanges;
  const Watch one;
  for (int i = 0; i < kRanges; ++i)
    if (!history.range({static_cast<HostNumber>(i + 1), to - 3'600'000, to, 720, {"cpu.user"}})) std::abort();
  fmt::print("range    an hour of 40 series {:.0f} us ({:.1f} ns a sample)   of one series {:.0f} us\n",
             range_s * 1e6, range_s / (40.0 * kRows) * 1e9, one.cpu_s() / kRanges * 1e6);
}

Result<JournalWriter::Restored> read_back(JournalWriter& writer,
                                          const std::function<void(const Sample&)>& visit) {
  constexpr std::size_t kValues = 64 * 1024;
  for (;;) {
    FETTLE_TRY(JournalWriter::RestoredPiece piece, writer.restore(kValues, MonoTime{}, 0));
    for (const Sample& sample : piece.samples) visit(sample);
    if (piece.end) return *piece.end;
  }
}

void bench_journal(const std::vector<std::vector<Sample>>& hours, const std::string& folder) {
  io::SystemFiles files;
  const io::Log log(std::make_shared<io::MemorySink>(), "bench");
  JournalSettings settings;
  settings.folder = folder;
  double write_cpu_s = 0;
  double write_wall_s = 0;
  std::uint64_t bytes = 0;
  {
    JournalWriter writer(files, log, settings);
    if (!read_back(writer, [](const Sample&) {})) std::abort();
    JournalGroup group;
    for (std::size_t row = 0; row < kRows; ++row) {
      group.samples.clear();
      for (std::size_t host = 0; host < kHosts; ++host) {
        group.samples.push_back(hours[host % hours.size()][row]);
        group.samples.back().host = static_cast<HostNumber>(host + 1);
      }
      group.mono_now = MonoTime(Seconds(5 * row));
      const Watch watch;
      const JournalOutcome outcome = writer.write(group);
      write_cpu_s += watch.cpu_s();
      write_wall_s += watch.wall_s();
      if (outcome.state != JournalOutcome::State::committed) std::abort();
      bytes = outcome.bytes;
    }
  }
  constexpr double kRecords = kHosts * kRows;
  fmt::print(
      "journal  groups of {}: {:.2f} us CPU a record, {:.0f} records/s wall with one sync a group, {:.1f} B "
      "a record\n",
      kHosts, write_cpu_s / kRecords * 1e6, kRecords / write_wall_s, static_cast<double>(bytes) / kRecords);
  History history;
  const Watch read;
  JournalWriter writer(files, log, settings);
  const auto restored = read_back(writer, [&](const Sample& sample) { history.add(sample); });
  if (!restored || restored->samples != kHosts * kRows) std::abort();
  fmt::print("start    {} samples of {} hosts read into the ring in {:.2f} s ({:.2f} s CPU)\n",
             restored->samples, kHosts, read.wall_s(), read.cpu_s());
}

}  // namespace

int main(int count, char** arguments) {
  const std::string below = count > 1 ? arguments[1] : ".";
  const std::string folder = below + "/bench-journal-" + std::to_string(getpid());
  const auto hours = make_hours();
  bench_wire(hours[0]);
  bench_history(hours);
  bench_journal(hours, folder);
  std::filesystem::remove_all(folder);
  return 0;
}
