#include "fettle/metrics/tiers.h"

#include <algorithm>

#include "fettle/base/check.h"
#include "fettle/io/async_event.h"
#include "fettle/io/task_scope.h"
#include "fettle/io/work_queue.h"
#include "fettle/metrics/sealer.h"

namespace fettle::metrics {
namespace {

/// After a full disk the next try comes no sooner.
constexpr Seconds kRetryAfter{30};
/// A pack with so many pieces a host becomes chunks before its period is over.
constexpr std::size_t kMostSources = 48;

struct PackState {
  std::uint32_t generation = 0;
  std::uint64_t bytes = 0;
  PackIndexPtr index;       // none: not read in this life, or forgotten
  MonoTime appended;        // when something was added at last, in this life
  std::size_t sources = 0;  // segments that are not in chunks yet; known with is_counted
  bool is_counted = false;
  bool has_chunks = false;
  bool has_forgotten = false;  // perhaps, of a removed host
  bool is_damaged = false;     // stays as it is
};

/// How many segments have pieces that are not in chunks.
std::size_t count_sources(const PackIndex& index, bool& has_chunks) {
  std::uint64_t through = 0;
  for (const auto& group : index.groups)
    for (const PackEntry& entry : *group)
      if (entry.is_chunk) through = std::max(through, entry.source);
  has_chunks = through > 0;
  std::vector<std::uint64_t> sources;
  for (const auto& group : index.groups)
    for (const PackEntry& entry : *group)
      if (!entry.is_chunk && entry.source > through && (sources.empty() || sources.back() != entry.source))
        sources.push_back(entry.source);
  std::ranges::sort(sources);
  return static_cast<std::size_t>(std::ranges::unique(sources).begin() - sources.begin());
}

bool is_disk_full(const Error& error) {
  return error.code == ErrorCode::unavailable && error.reason == "disk_full";
}

}  // namespace

struct Tiers::Impl {
  Impl(io::Loop& on, io::Clock& time, io::Files& at, io::Log to, TierSettings how)
      : loop(on),
        clock(time),
        files(at),
        log(std::move(to)),
        settings(std::move(how)),
        sealer(at, log, {.folder = settings.folder, .journal = settings.journal_folder}),
        queue(loop.make_work_queue("history", 1, 4)),
        tasks(loop, log) {}

  using Key = std::pair<Tier, std::int64_t>;  // and the start of its period

  /// One step at a time, whoever asks for it.
  struct Rest {
    explicit Rest(Impl& impl) : impl_(impl) {}
    ~Rest() { impl_.is_busy = false; }
    Rest(const Rest&) = delete;
    Rest& operator=(const Rest&) = delete;

   private:
    Impl& impl_;
  };
  Task<void> run();
  Task<Result<bool>> seal_next();
  Task<Result<bool>> compact_next();
  Task<Result<Dropped>> drop_old(TierSet of);
  void learn(const AppendedPack& appended);
  void keep_index(PackState& pack, PackIndexPtr index);
  void forget_indexes();
  [[nodiscard]] PackId id_of(const Key& key, const PackState& pack) const {
    return {.tier = key.first, .period_ms = key.second, .generation = pack.generation};
  }
  /// A clock that ran ahead drops nothing: what is kept counts from the newest sample, and a day.
  [[nodiscard]] std::int64_t keep_until_ms() const { return std::min(believed_ms(), newest_ms + kDayMs); }
  [[nodiscard]] std::int64_t believed_ms() const {
    return unix_ms(believed_now ? believed_now() : clock.wall_now());
  }
  [[nodiscard]] bool is_due(const Key& key, const PackState& pack) const;
  /// What a failed step means; the error for its caller.
  Error met(Error error);

  io::Loop& loop;
  io::Clock& clock;
  io::Files& files;
  io::Log log;
  TierSettings settings;
  Sealer sealer;  // used on `queue` alone
  Journal* journal = nullptr;
  std::function<KnownHosts()> hosts;
  std::function<void(Error)> on_fatal;

  std::uint64_t sealed = 0;
  std::function<WallTime()> believed_now;
  std::int64_t newest_ms = 0;
  std::map<Key, PackState> packs;
  TierFigures figures;
  MonoTime retry_at, next_round;
  bool is_open = false, has_failed = false, is_busy = false;

  std::unique_ptr<io::WorkQueue> queue;  // before `sealer` in destruction: it joins
  io::TaskScope tasks;
};

Tiers::Tiers(io::Loop& loop, io::Clock& clock, io::Files& files, io::Log log, TierSettings settings)
    : impl_(std::make_unique<Impl>(loop, clock, files, std::move(log), std::move(settings))) {}
Tiers::~Tiers() = default;

Task<Result<>> Tiers::open() {
  Impl& impl = *impl_;
  FETTLE_CHECK(!impl.is_open, "the history is opened once");
  auto job = [&sealer = impl.sealer] { return sealer.open(); };
  FETTLE_CO_TRY(Sealer::Opened opened, co_await io::offload(impl.loop, *impl.queue, std::move(job)));
  impl.sealed = opened.sealed;
  impl.newest_ms = opened.newest_ms;
  for (const auto& [id, bytes] : opened.packs) {
    PackState& pack = impl.packs[{id.tier, id.period_ms}];
    pack.generation = id.generation;
    pack.bytes = bytes;
    pack.appended = impl.clock.mono_now();
  }
  impl.is_open = true;
  co_return Result<>{};
}

std::uint64_t Tiers::sealed() const {
  return impl_->sealed;
}

void Tiers::set_believed_now(std::function<WallTime()> now) {
  impl_->believed_now = std::move(now);
}

void Tiers::start(Journal& journal, std::function<KnownHosts()> hosts) {
  FETTLE_CHECK(impl_->is_open, "the history is opened before it starts");
  impl_->journal = &journal;
  impl_->hosts = std::move(hosts);
  impl_->next_round = impl_->clock.mono_now() + impl_->settings.between_rounds;
  journal.keep_after(impl_->sealed);
  impl_->tasks.spawn("history", impl_->run());
}

void Tiers::on_fatal(std::function<void(Error)> listener) {
  impl_->on_fatal = std::move(listener);
}

Task<void> Tiers::Impl::run() {
  while (!has_failed) {
    co_await clock.sleep_for(settings.between_looks);
    if (clock.mono_now() < retry_at) continue;
    bool has_more = true;
    while (has_more && !has_failed) has_more = (co_await seal_next()).value_or(false);
    if (has_failed || clock.mono_now() < next_round) continue;
    next_round = clock.mono_now() + settings.between_rounds;
    ignore(co_await drop_old(kAllTiers), "told where it was met; tried again with the next round");
    ignore(co_await compact_next(), "the same");
  }
}

Error Tiers::Impl::met(Error error) {
  if (is_disk_full(error)) {
    if (!std::exchange(figures.disk_full, true))
      log.error("the disk of the history is full; what waits stays in the journal", {{"error", error}});
    retry_at = clock.mono_now() + kRetryAfter;
  } else {
    has_failed = true;
    log.error("the history cannot be written", {{"error", error}});
    if (on_fatal) on_fatal(error);
  }
  return error;
}

Task<Result<bool>> Tiers::Impl::seal_next() {
  if (has_failed || journal->open_segment() <= sealed + 1 || std::exchange(is_busy, true)) co_return false;
  const Rest rest(*this);
  SealOrder order{.open_segment = journal->open_segment(),
                  .known = hosts(),
                  .now_ms = believed_ms(),
                  .keep = settings.keep};
  auto job = [&at = sealer, order = std::move(order)] { return at.seal_next(order); };
  Result<SealOutcome> outcome = co_await io::offload(loop, *queue, std::move(job));
  if (!outcome) co_return std::unexpected(met(std::move(outcome).error()));
  if (outcome->segment == 0) co_return false;
  if (std::exchange(figures.disk_full, false)) log.info("history is written again");
  sealed = outcome->segment;
  newest_ms = outcome->newest_ms;
  ++figures.sealed_segments;
  figures.sealed_samples += outcome->samples;
  figures.flagged_samples += outcome->flagged;
  figures.too_old_samples += outcome->too_old;
  for (const AppendedPack& appended : outcome->packs) learn(appended);
  forget_indexes();
  journal->keep_after(sealed);
  co_return true;
}

void Tiers::Impl::learn(const AppendedPack& appended) {
  const auto [at, is_new] = packs.try_emplace(Key{appended.id.tier, appended.id.period_ms});
  PackState& pack = at->second;
  pack.generation = appended.id.generation;
  pack.bytes = appended.good_bytes;
  pack.appended = clock.mono_now();
  if (pack.has_chunks && unix_ms(clock.wall_now()) > period_end(appended.id.tier, appended.id.period_ms))
    ++figures.late_reopenings;
  if (is_new) pack.is_counted = true;
  ++pack.sources;
  if (!is_new && !pack.index) return;
  PackIndex index = is_new ? PackIndex{} : *pack.index;
  index.add_group(appended.group);
  if (!appended.layouts.empty()) {
    auto layouts = std::make_shared<LayoutOffsets>(*index.layouts);
    layouts->insert(appended.layouts.begin(), appended.layouts.end());
    index.layouts = std::move(layouts);
  }
  index.good_bytes = appended.good_bytes;
  keep_index(pack, std::make_shared<const PackIndex>(std::move(index)));
}

void Tiers::Impl::keep_index(PackState& pack, PackIndexPtr index) {
  figures.index_bytes -= pack.index ? pack.index->bytes() : 0;
  figures.index_bytes += index ? index->bytes() : 0;
  pack.index = std::move(index);
}

/// Oldest first; the newest of each tier stays, it is what everyone asks for.
void Tiers::Impl::forget_indexes() {
  for (auto at = packs.begin(); at != packs.end() && figures.index_bytes > settings.index_bytes; ++at) {
    const auto next = std::next(at);
    if (next != packs.end() && next->first.first == at->first.first) keep_index(at->second, nullptr);
  }
}

Task<Result<Tiers::Dropped>> Tiers::Impl::drop_old(TierSet of) {
  Dropped out;
  if (has_failed || std::exchange(is_busy, true)) co_return out;
  const Rest rest(*this);
  std::vector<PackId> old;
  for (const auto& [key, pack] : packs)
    if (of[index_of(key.first)] && is_too_old(key.first, key.second, keep_until_ms(), settings.keep))
      old.push_back(id_of(key, pack));
  for (const PackId& id : old) {
    auto job = [&at = sealer, id] { return at.drop(id); };
    if (auto dropped = co_await io::offload(loop, *queue, std::move(job)); !dropped) {
      log.warn("an old file of the history cannot be removed",
               {{"file", pack_name(id)}, {"error", dropped.error()}});
      co_return std::unexpected(std::move(dropped).error());
    }
    const auto at = packs.find({id.tier, id.period_ms});
    out.bytes += at->second.bytes;
    ++out.packs;
    keep_index(at->second, nullptr);
    packs.erase(at);
    ++figures.dropped_packs;
  }
  co_return out;
}

bool Tiers::Impl::is_due(const Key& key, const PackState& pack) const {
  if (pack.is_damaged) return false;
  if (pack.sources >= kMostSources) return true;
  const std::int64_t over_ms = unix_ms(clock.wall_now()) - period_end(key.first, key.second);
  const bool is_settled =
      over_ms > Millis(settings.settle).count() && clock.mono_now() - pack.appended > settings.settle;
  if (!is_settled) return false;
  if (pack.has_forgotten || !pack.is_counted) return true;
  return pack.sources >= (pack.has_chunks ? 1U : 2U);
}

Task<Result<bool>> Tiers::Impl::compact_next() {
  if (has_failed || std::exchange(is_busy, true)) co_return false;
  const Rest rest(*this);
  const auto due =
      std::ranges::find_if(packs, [this](const auto& pack) { return is_due(pack.first, pack.second); });
  if (due == packs.end()) co_return false;
  const Key key = due->first;
  const PackId id = id_of(key, due->second);
  if (!due->second.is_counted) {
    auto look = [&at = sealer, id] { return at.read_index(id); };
    FETTLE_CO_TRY(PackIndex index, co_await io::offload(loop, *queue, std::move(look)));
    PackState& pack = packs.at(key);
    pack.sources = count_sources(index, pack.has_chunks);
    pack.is_counted = true;
    co_return true;
  }
  CompactOrder order{.id = id, .sealed = sealed, .known = hosts()};
  auto job = [&at = sealer, order = std::move(order)] { return at.compact(order); };
  Result<CompactOutcome> outcome = co_await io::offload(loop, *queue, std::move(job));
  PackState& pack = packs.at(key);
  if (outcome) {
    pack.generation = outcome->id.generation;
    pack.bytes = outcome->index.good_bytes;
    pack.sources = 0;
    pack.has_chunks = true;
    pack.has_forgotten = false;
    keep_index(pack, std::make_shared<const PackIndex>(std::move(outcome->index)));
    forget_indexes();
    ++figures.chunk_rounds;
    co_return true;
  }
  switch (outcome.error().code) {
    case ErrorCode::not_found:
      keep_index(pack, nullptr);
      packs.erase(key);
      co_return true;
    case ErrorCode::corrupt:
      log.error("a file of the history is damaged and stays as it is",
                {{"file", pack_name(id)}, {"error", outcome.error()}});
      pack.is_damaged = true;
      co_return true;
    default:
      co_return std::unexpected(met(std::move(outcome).error()));
  }
}

Task<Result<bool>> Tiers::seal_next() {
  return impl_->seal_next();
}
Task<Result<bool>> Tiers::compact_next() {
  return impl_->compact_next();
}
Task<Result<Tiers::Dropped>> Tiers::drop_old(TierSet of) {
  return impl_->drop_old(of);
}

std::vector<Tiers::StoredPack> Tiers::packs() const {
  std::vector<StoredPack> out;
  for (const auto& [key, pack] : impl_->packs)
    out.push_back(
        {.id = impl_->id_of(key, pack),
         .bytes = pack.bytes,
         .is_too_old = is_too_old(key.first, key.second, impl_->keep_until_ms(), impl_->settings.keep),
         .is_damaged = pack.is_damaged});
  return out;
}

Task<Result<PackIndexPtr>> Tiers::read_index(PackId id) {
  Impl& impl = *impl_;
  const auto at = impl.packs.find({id.tier, id.period_ms});
  if (at == impl.packs.end() || at->second.generation != id.generation)
    co_return fail(ErrorCode::not_found, "not_found", pack_name(id) + " is there no more");
  if (at->second.index) co_return at->second.index;
  auto look = [&sealer = impl.sealer, id] { return sealer.read_index(id); };
  FETTLE_CO_TRY(PackIndex index, co_await io::offload(impl.loop, *impl.queue, std::move(look)));
  co_return std::make_shared<const PackIndex>(std::move(index));
}

void Tiers::rewrite(PackId id) {
  const auto at = impl_->packs.find({id.tier, id.period_ms});
  if (at != impl_->packs.end() && at->second.generation == id.generation) at->second.has_forgotten = true;
}

std::uint64_t Tiers::waiting_segments() const {
  if (impl_->journal == nullptr) return 0;
  const std::uint64_t open = impl_->journal->open_segment();
  return open > impl_->sealed + 1 ? open - impl_->sealed - 1 : 0;
}

bool Tiers::is_receiving() const {
  return impl_->keep_until_ms() == unix_ms(impl_->clock.wall_now());
}

const TierKeep& Tiers::keep() const {
  return impl_->settings.keep;
}

TierReading Tiers::plan(const RangeQuery& query, std::optional<std::int64_t> ring_first_ms) const {
  const Impl& impl = *impl_;
  TierPlan plan = plan_tiers(query, ring_first_ms, unix_ms(impl.clock.wall_now()), impl.settings.keep);
  TierReading reading{.files = &impl.files,
                      .folder = impl.settings.folder,
                      .sealed = impl.sealed,
                      .least_step_ms = plan.least_step_ms,
                      .tier = plan.spans.empty() ? "ring" : std::string(tier_name(plan.tier)),
                      .spans = std::move(plan.spans),
                      .ring_from_ms = plan.spans.empty() ? 0 : plan.ring_from_ms};
  for (TierSpan& span : reading.spans) {
    auto at = impl.packs.lower_bound({span.tier, period_of(span.tier, span.from_ms)});
    for (; at != impl.packs.end() && at->first.first == span.tier && at->first.second < span.to_ms; ++at)
      span.packs.push_back({.id = impl.id_of(at->first, at->second), .index = at->second.index});
  }
  return reading;
}

void Tiers::learn(const StoredAnswer& answer) {
  Impl& impl = *impl_;
  impl.figures.damaged_records += answer.damaged_records;
  for (const PackView& view : answer.loaded) {
    const auto at = impl.packs.find({view.id.tier, view.id.period_ms});
    // What was added meanwhile is not in it.
    const bool is_the_same = at != impl.packs.end() && at->second.generation == view.id.generation &&
                             at->second.bytes == view.index->good_bytes;
    if (is_the_same && !at->second.index) impl.keep_index(at->second, view.index);
  }
  impl.forget_indexes();
}

void Tiers::forget(HostNumber host) {
  for (auto& [key, pack] : impl_->packs) {
    const bool may_have = !pack.index || !pack.index->entries_of(host, impl_->sealed).empty();
    pack.has_forgotten = pack.has_forgotten || may_have;
  }
}

TierFigures Tiers::figures() const {
  TierFigures figures = impl_->figures;
  for (const auto& [key, pack] : impl_->packs) {
    TierFigures::One& one = figures.tiers[index_of(key.first)];
    if (one.packs++ == 0) one.oldest_ms = key.second;
    one.bytes += pack.bytes;
  }
  return figures;
}

Task<void> Tiers::stop() {
  co_await impl_->tasks.stop();
}

}  // namespace fettle::metrics
