#include "fettle/metrics/journal.h"

#include <algorithm>
#include <unordered_map>

#include "fettle/base/check.h"
#include "fettle/io/async_event.h"
#include "fettle/io/task_scope.h"
#include "fettle/io/work_queue.h"
#include "fettle/metrics/journal_writer.h"
#include "fettle/metrics/queued_bytes.h"

namespace fettle::metrics {
namespace {

/// After a full disk the next group is tried no sooner than this.
constexpr Seconds kRetryAfter{1};
/// What the ring takes in about a millisecond of the loop's time (0.02 us each, bench_codec).
constexpr std::size_t kValuesATurn = 64 * 1024;

// What is reported in one turn of the loop: with all that is done about a sample (10 us for 40 values) that
// is below a millisecond.
constexpr std::size_t kReportedSamples = 64;
constexpr std::size_t kReportedValues = 16'384;

std::size_t count_of_turn(std::span<const Sample> samples) {
  std::size_t count = 0;
  std::size_t values = 0;
  while (count < std::min(samples.size(), kReportedSamples) && values < kReportedValues)
    values += samples[count++].values.size();
  return count;
}

}  // namespace

struct Journal::Impl {
  Impl(io::Loop& on, io::Clock& time, io::Files& files, io::Log to, JournalSettings how)
      : loop(on),
        clock(time),
        log(std::move(to)),
        settings(std::move(how)),
        writer(files, log, settings),
        queue(loop.make_work_queue("journal", 1, 2)),
        tasks(loop, log) {}

  Task<void> run();
  Task<void> write_one();
  Task<void> finish(JournalOutcome outcome, std::vector<Sample> samples);
  Task<void> report(std::span<Sample> samples);

  io::Loop& loop;
  io::Clock& clock;
  io::Log log;
  JournalSettings settings;
  JournalWriter writer;  // used on `queue` alone
  std::vector<std::function<void(std::span<Sample>)>> on_committed, on_refused;
  std::vector<std::function<void(Error)>> on_fatal;

  std::unordered_map<HostNumber, wire::Position> highest;   // on disk
  std::unordered_map<HostNumber, wire::Position> accepted;  // and on the way there
  std::vector<Sample> pending;
  MonoTime pending_since;
  std::vector<HostNumber> forgotten;
  std::optional<std::uint64_t> keep_after;
  std::uint64_t open_segment = 0;
  std::size_t writing = 0;  // samples of the group that is being written or reported
  QueuedBytes queued;       // these and `pending`
  JournalFigures figures;
  MonoTime retry_at;
  bool is_running = false, is_stopping = false, has_failed = false;

  io::AsyncEvent wake, ended;
  std::unique_ptr<io::WorkQueue> queue;  // before `writer` in destruction: it joins
  io::TaskScope tasks;
};

Journal::Journal(io::Loop& loop, io::Clock& clock, io::Files& files, io::Log log, JournalSettings settings)
    : impl_(std::make_unique<Impl>(loop, clock, files, std::move(log), std::move(settings))) {}
Journal::~Journal() = default;

Task<Result<>> Journal::open(KnownHosts known, std::function<void(Sample)> visit) {
  Impl& impl = *impl_;
  FETTLE_CHECK(!impl.is_running, "the journal is opened once");
  impl.writer.restore_only(std::move(known));
  std::optional<JournalWriter::Restored> restored;
  while (!restored) {
    FETTLE_CO_TRY(JournalWriter::RestoredPiece piece,
                  co_await io::offload(impl.loop, *impl.queue,
                                       [&writer = impl.writer, mono = impl.clock.mono_now(),
                                        wall_ms = unix_ms(impl.clock.wall_now())] {
                                         return writer.restore(kValuesATurn, mono, wall_ms);
                                       }));
    for (Sample& sample : piece.samples) visit(std::move(sample));
    restored = std::move(piece.end);
  }
  impl.highest.insert(restored->highest.begin(), restored->highest.end());
  for (const HostNumber gone : impl.forgotten) impl.highest.erase(gone);
  impl.accepted = impl.highest;
  impl.figures.bytes = restored->bytes;
  impl.figures.segments = restored->segments;
  impl.figures.cut_bytes = restored->cut_bytes;
  impl.log.info("journal read", {{"samples", restored->samples},
                                 {"hosts", restored->highest.size()},
                                 {"segments", restored->segments},
                                 {"cut_bytes", restored->cut_bytes}});
  impl.open_segment = restored->next_segment;
  impl.is_running = true;
  impl.tasks.spawn("journal", impl.run());
  co_return Result<>{};
}

void Journal::begin_after(std::uint64_t segment) {
  FETTLE_CHECK(!impl_->is_running, "numbers are chosen before the journal opens");
  impl_->writer.begin_after(segment);
}
void Journal::keep_after(std::uint64_t segment) {
  impl_->keep_after = segment;
}
std::uint64_t Journal::open_segment() const {
  return impl_->open_segment;
}

wire::Position Journal::highest(HostNumber host) const {
  const auto found = impl_->highest.find(host);
  return found == impl_->highest.end() ? wire::Position{} : found->second;
}

Result<> Journal::append(Sample sample) {
  FETTLE_CHECK(sample.set && sample.values.size() == sample.set->series.size(),
               "a sample has one value for each series of its set");
  Impl& impl = *impl_;
  if (impl.is_stopping || !impl.is_running)
    return fail(ErrorCode::unavailable, "stopping", "the journal takes nothing more");
  if (impl.has_failed) return fail(ErrorCode::unavailable, "journal_failed", "the journal cannot be written");
  if (impl.figures.disk_full && impl.clock.mono_now() < impl.retry_at)
    return fail(ErrorCode::unavailable, "disk_full", "the disk of the journal is full");
  if (impl.pending.size() + impl.writing >= impl.settings.queue_records ||
      impl.queued.total() >= impl.settings.queue_bytes)
    return fail(ErrorCode::unavailable, "journal_full", "more samples wait for the disk than may wait");
  wire::Position& accepted = impl.accepted[sample.host];
  if (sample.position <= accepted)
    return fail(ErrorCode::conflict, "not_ascending", "the journal has this position or a later one");
  accepted = sample.position;
  if (impl.pending.empty()) impl.pending_since = impl.clock.mono_now();
  impl.queued.push(sample);
  impl.pending.push_back(std::move(sample));
  impl.wake.set();
  return {};
}

Task<void> Journal::Impl::run() {
  while (!has_failed) {
    if (pending.empty()) {
      if (is_stopping) break;
      wake.reset();
      co_await wake.wait();
      continue;
    }
    // While one group was written the next has waited already: what is left of the linger may be nothing.
    const MonoTime due = pending_since + settings.linger;
    const bool is_large = pending.size() >= settings.group_records || queued.total() >= settings.group_bytes;
    if (!is_stopping && !is_large && clock.mono_now() < due) co_await clock.sleep_until(due);
    if (!pending.empty()) co_await write_one();  // its host may have been removed
  }
  pending.clear();
  is_running = false;
  ended.set();
}

Task<void> Journal::Impl::write_one() {
  JournalGroup group;
  const auto taken = static_cast<std::ptrdiff_t>(
      std::min({pending.size(), settings.group_records, queued.count_within(settings.group_bytes)}));
  group.samples.assign(std::make_move_iterator(pending.begin()),
                       std::make_move_iterator(pending.begin() + taken));
  pending.erase(pending.begin(), pending.begin() + taken);
  pending_since = clock.mono_now();
  group.forgotten = std::exchange(forgotten, {});
  group.keep_after = keep_after;
  group.mono_now = clock.mono_now();
  group.wall_now_ms = unix_ms(clock.wall_now());
  writing = group.samples.size();

  struct Written {
    JournalOutcome outcome;
    std::vector<Sample> samples;
  };
  auto job = [at = &writer, group = std::move(group)]() mutable {
    JournalOutcome outcome = at->write(group);
    return Written{std::move(outcome), std::move(group.samples)};
  };
  Result<Written> written = co_await io::offload(loop, *queue, std::move(job));
  // Only an exception (memory) ends here: nobody knows what is on disk.
  if (!written) written = Written{{.state = JournalOutcome::State::failed, .error = written.error()}, {}};
  co_await finish(std::move(written->outcome), std::move(written->samples));
  writing = 0;
}

Task<void> Journal::Impl::report(std::span<Sample> samples) {
  while (!samples.empty()) {
    const std::span<Sample> slice = samples.first(count_of_turn(samples));
    for (const auto& listener : on_committed) listener(slice);
    samples = samples.subspan(slice.size());
    if (!samples.empty())
      co_await io::suspend_until_called([this](Callback resume) { loop.post(std::move(resume)); });
  }
}

Task<void> Journal::Impl::finish(JournalOutcome outcome, std::vector<Sample> samples) {
  figures.bytes = outcome.bytes;
  figures.segments = outcome.segments;
  open_segment = outcome.open_segment;
  switch (outcome.state) {
    case JournalOutcome::State::committed:
      if (std::exchange(figures.disk_full, false)) log.info("journal is written again");
      figures.records += samples.size();
      ++figures.groups;
      figures.written_bytes += outcome.written_bytes;
      for (const Sample& sample : samples) {
        wire::Position& position = highest[sample.host];
        position = std::max(position, sample.position);
      }
      for (const HostNumber host : forgotten) highest.erase(host);
      co_await report(samples);
      for (const Sample& sample : samples) queued.pop(sample);
      break;
    case JournalOutcome::State::refused:
      if (!std::exchange(figures.disk_full, true))
        log.error("the disk of the journal is full; samples are refused", {{"error", outcome.error}});
      retry_at = clock.mono_now() + kRetryAfter;
      // What waits was sent after these samples and must not overtake them: a position stands for all before
      // it.
      samples.insert(samples.end(), std::make_move_iterator(pending.begin()),
                     std::make_move_iterator(pending.end()));
      pending.clear();
      queued.clear();
      accepted = highest;
      for (const auto& listener : on_refused) listener(samples);
      break;
    case JournalOutcome::State::failed:
      has_failed = true;
      log.error("the journal cannot be written", {{"error", outcome.error}});
      for (const auto& listener : on_fatal) listener(outcome.error);
      break;
  }
}

void Journal::on_committed(std::function<void(std::span<Sample>)> listener) {
  impl_->on_committed.push_back(std::move(listener));
}
void Journal::on_refused(std::function<void(std::span<Sample>)> listener) {
  impl_->on_refused.push_back(std::move(listener));
}
void Journal::on_fatal(std::function<void(Error)> listener) {
  impl_->on_fatal.push_back(std::move(listener));
}

void Journal::forget(HostNumber host) {
  Impl& impl = *impl_;
  impl.highest.erase(host);
  impl.accepted.erase(host);
  impl.forgotten.push_back(host);
  for (std::size_t i = impl.pending.size(); i-- > 0;) {
    if (impl.pending[i].host != host) continue;
    impl.queued.erase(impl.writing + i, impl.pending[i]);
    impl.pending.erase(impl.pending.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

JournalFigures Journal::figures() const {
  JournalFigures figures = impl_->figures;
  figures.queued = impl_->pending.size() + impl_->writing;
  figures.queued_bytes = impl_->queued.total();
  figures.queue_capacity = impl_->settings.queue_records;
  return figures;
}

Task<void> Journal::stop() {
  impl_->is_stopping = true;
  impl_->wake.set();
  if (impl_->is_running) co_await impl_->ended.wait();
  co_await impl_->tasks.stop();
}

}  // namespace fettle::metrics
