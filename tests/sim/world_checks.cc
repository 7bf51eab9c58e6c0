// What must hold, whatever happened. Numbers in brackets are those of the list of invariants in the brief.
#include <cmath>

#include "fettle/events/condition_repo.h"
#include "fettle/metrics/sealer.h"
#include "fettle/metrics/segment_reader.h"
#include "tests/sim/world.h"
#include "tests/unit/metrics/sealing_model.h"

namespace fettle::sim {

void World::fail(const std::string& what) {
  if (!has_failed()) verdict_.fault = what;
}

void World::check_step() {
  check_pages();
  if (!server_) {
    // Somebody restarts a server that is gone, sooner or later.
    if (chance().chance(70)) start_server();
  } else if (server_->has_failed()) {
    crash_server();  // a real one ends by itself: nothing was acknowledged since
    if (chance().chance(70)) start_server();
  }
  for (const auto& agent : agents_) {
    if (!agent->is_running() && chance().chance(40)) {
      ++verdict_.agent_lives;
      loop_.run(agent->start(), Seconds(600));
    }
  }
  for (const auto& page : pages_) {
    if (chance().chance(15)) page->cut();
    if (!page->is_connected() && server_) page->connect(server_->hub);
  }
}

/// (7, 8) What was acknowledged is on disk after a crash, and each heartbeat is there once.
void World::check_journal() {
  io::SimFiles files(disk_);
  metrics::JournalSettings settings;
  settings.folder = kJournalFolder;
  settings.keep = std::chrono::hours(100);
  metrics::Journal journal(loop_, clock_, files, log_.with("reader"), settings);
  std::map<metrics::HostNumber, std::set<wire::Position>> found;
  bool is_twice = false;
  const auto opened =
      loop_.run(journal.open({},
                             [&](const metrics::Sample& sample) {
                               is_twice = is_twice || !found[sample.host].insert(sample.position).second;
                             }),
                Seconds(600));
  loop_.run(journal.stop(), Seconds(600));
  if (!opened) return;  // a disk that fails at this moment; the next start looks again
  if (is_twice) return fail("a heartbeat is in the journal twice");
  for (std::size_t i = 0; i < agents_.size(); ++i) {
    const Promises& promises = agents_[i]->promises;
    const auto& have = found[static_cast<metrics::HostNumber>(i + 1)];
    for (const auto& [position, at] : promises.appended) {
      const auto promised = promises.acknowledged_in.find(position.boot);
      if (promised == promises.acknowledged_in.end() || position.sequence > promised->second) continue;
      if (!have.contains(position)) {
        std::string there;
        for (const wire::Position& one : have) {
          there += " " + std::to_string(one.boot) + "/" + std::to_string(one.sequence);
        }
        return fail(agents_[i]->identity.name + ": acknowledged heartbeat " + std::to_string(position.boot) +
                    "/" + std::to_string(position.sequence) + " is not in the journal, which has" + there);
      }
    }
  }
}

/// After a start, the server knows at least what it had acknowledged.
void World::check_stored() {
  for (const auto& agent : agents_) {
    const auto id = HostId::parse(agent->identity.host_id);
    const fleet::LiveHost* host = id ? server_->fleet.roster().find(*id) : nullptr;
    if (host == nullptr) return fail(agent->identity.name + " is not in the store any more");
    if (host->committed < agent->promises.acknowledged) {
      return fail(agent->identity.name + ": the server went back behind what it acknowledged");
    }
  }
}

void World::check_pages() {
  for (const auto& page : pages_) {
    if (std::string fault = page->check(); !fault.empty()) return fail(fault);
  }
}

/// No spike, no negative rate, whatever clocks, reboots and gaps there were.
void World::check_values(const SimAgent& agent) {
  const fleet::LiveHost* host = server_->fleet.roster().find(*HostId::parse(agent.identity.host_id));
  const std::int64_t now = unix_ms(clock_.wall_now());
  constexpr std::int64_t kHourMs = 3'600'000;
  const auto range =
      server_->history.range({host->row.number, now - 2 * kHourMs, now + 2 * kHourMs, 2'000, {}});
  if (!range) return fail(agent.identity.name + " has no series: " + range.error().detail);
  for (const metrics::RangeSeries& series : range->series) {
    const bool is_percent = series.entry.unit == metrics::Unit::percent;
    for (std::size_t i = 0; i < series.min.size(); ++i) {
      if (std::isnan(series.min[i])) continue;
      const bool is_wrong =
          series.min[i] < 0 || std::isinf(series.max[i]) || (is_percent && series.max[i] > 100.5);
      if (is_wrong) {
        return fail(agent.identity.name + ": " + series.entry.key + " is " + std::to_string(series.min[i]) +
                    " to " + std::to_string(series.max[i]));
      }
    }
  }
}

/// The tiers hold what the sealed part of the journal comes to on paper, sample by sample, and each once.
/// Since what was acknowledged is in the journal, so it is here.
void World::check_history() {
  io::SimFiles files(disk_);
  metrics::Sealer sealer(files, log_.with("reader"), {.folder = kHistoryFolder, .journal = kJournalFolder});
  const auto opened = sealer.open();
  if (!opened) return fail("the history cannot be read: " + opened.error().detail);
  metrics::testing::Content paper;
  std::map<metrics::HostNumber, metrics::testing::PaperHost> hosts;
  metrics::SegmentVisitor visitor;
  visitor.checkpoint = [](const metrics::Positions&) {};
  visitor.sample = [&](metrics::Sample& sample) {
    metrics::testing::count_on_paper(paper, hosts[sample.host], sample);
    ++verdict_.sealed;
  };
  for (std::uint64_t segment = 1; segment <= opened->sealed; ++segment) {
    const std::string path = std::string(kJournalFolder) + "/" + metrics::segment_name(segment);
    auto file = files.open(path, io::OpenMode::read);
    if (!file) return fail(path + " is sealed and not in the journal any more: too soon");
    metrics::SegmentReader reader(std::move(*file));
    for (;;) {
      const auto state = reader.read(visitor, std::size_t{1} << 20U);
      if (!state) return fail(path + " cannot be read: " + state.error().detail);
      if (*state == metrics::SegmentReader::State::at_end) break;
    }
  }
  const metrics::testing::Content kept =
      metrics::testing::read_packs(files, kHistoryFolder, opened->packs, opened->sealed);
  if (kept.raw != paper.raw) return fail("the history has not each sample once");
  for (const auto& [there, counted] :
       {std::pair(&kept.minutes, &paper.minutes), {&kept.hours, &paper.hours}}) {
    const std::string fault = metrics::testing::difference(*there, *counted);
    if (!fault.empty()) return fail("sums over the history: " + fault);
  }
}

/// Online and offline follow each other in turns, and nobody is said to be offline twice.
void World::check_events() {
  for (const auto& agent : agents_) {
    events::EventFilter filter;
    filter.environments = {*EnvironmentId::parse(agent->identity.environment_id)};
    filter.source_id = agent->identity.host_id;
    filter.limit = 500;
    const auto found = loop_.run(server_->events.list(filter), Seconds(600));
    if (!found) return fail("no events: " + found.error().detail);
    std::string last;
    for (const events::Event& event : found->events) {
      if (event.type != "host.online" && event.type != "host.offline") continue;
      if (event.type == last) return fail(agent->identity.name + ": " + last + " twice in a row");
      last = event.type;
    }
  }
}

/// What is shown of conditions is what is stored, and a host that is away shows no other one.
void World::check_conditions() {
  std::set<events::ConditionKey> rows, shown;
  // A change may be on its way between the two looks: one of several must find them the same.
  for (int look = 0; look < 5; ++look) {
    const auto stored = loop_.run(server_->store.read([](store::Session& session) {
      return events::condition_repo::all_open(session);
    }),
                                  Seconds(600));
    if (!stored) return;  // a disk that fails at this moment
    rows.clear();
    shown.clear();
    for (const events::Condition& one : *stored) rows.insert(one.key);
    server_->conditions.for_each([&](const events::Condition& one) { shown.insert(one.key); });
    if (rows == shown) break;
    loop_.run_for(Seconds(2));
  }
  if (rows != shown) return fail("the conditions that are shown are not those that are stored");
  server_->fleet.roster().for_each([&](const fleet::LiveHost& host) {
    if (host.row.state != fleet::HostState::offline) return;
    for (const events::Condition* one : server_->conditions.in_sight({host.row.environment})) {
      if (one->key.source_id == host.row.id.text() && one->key.kind != events::kOfflineKind)
        fail(host.row.name + " is offline and shows " + one->key.kind);
    }
  });
}

void World::check_healed() {
  check_pages();
  check_conditions();
  for (const auto& agent : agents_) {
    const fleet::LiveHost* host = server_->fleet.roster().find(*HostId::parse(agent->identity.host_id));
    if (host->row.state != fleet::HostState::online) {
      return fail(agent->identity.name + " is " + std::string(fleet::host_state_name(host->row.state)) +
                  " after all was healed");
    }
    check_values(*agent);
  }
  check_events();
  loop_.trace(server_->journal.figures().records);
}

}  // namespace fettle::sim
