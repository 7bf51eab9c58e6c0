// What an agent costs on this very machine (F8): reading the kernel's files, the slow probe beside them, a
// whole agent with its outbox on disk and a link in memory, and the memory of simulated agents. CPU time of
// this process; `bench_sense [seconds for the whole agent [agent]]` (default 20); `agent`: only that part.
#include <fmt/format.h>
#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <new>

#include "fettle/agent/agent_service.h"
#include "fettle/agent/outbox/file_outbox.h"
#include "fettle/agent/outbox/memory_outbox.h"
#include "fettle/agent/sense/cpu.h"
#include "fettle/agent/sense/disks.h"
#include "fettle/agent/sense/failed_units.h"
#include "fettle/agent/sense/interfaces.h"
#include "fettle/agent/sense/load.h"
#include "fettle/agent/sense/memory.h"
#include "fettle/agent/sense/pressure.h"
#include "fettle/agent/sense/proc_sensor.h"
#include "fettle/agent/sense/sim_sensor.h"
#include "fettle/io/asio_loop.h"
#include "fettle/io/async_event.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/system_files.h"
#include "fettle/io/system_random.h"

namespace {
std::atomic<std::uint64_t> allocations{0};
}

void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

namespace {

using namespace fettle;
using namespace fettle::agent;

double cpu_s() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::uint64_t resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::strtoull(line.c_str() + 6, nullptr, 10);
  }
  return 0;
}

struct Cost {
  double us = 0;
  double allocations = 0;
};
template <class F>
Cost cost_of(int rounds, F work) {
  work();
  const auto allocations_before = allocations.load();
  const double before = cpu_s();
  for (int i = 0; i < rounds; ++i) work();
  return {(cpu_s() - before) * 1e6 / rounds,
          static_cast<double>(allocations.load() - allocations_before) / rounds};
}

void bench_reading() {
  const wire::Inventory machine = read_machine({});
  HostCounters counters("/proc", machine.boot_id);
  SlowProbe probe("/proc", "/sys", [] { return ask_failed_units(""); });
  counters.take(probe.run());
  Reading reading;
  const Cost heartbeat = cost_of(20'000, [&] { counters.read(reading); });
  const auto series = static_cast<double>(reading.values.size());
  fmt::print("read us={:.1f} series={} us_per_sample={:.3f} allocations={:.2f}\n", heartbeat.us, series,
             heartbeat.us / series, heartbeat.allocations);
  const auto source = [](const char* name, auto make) {
    const auto one = make();
    ReadBuffer buffer;
    Values values;
    const Cost cost = cost_of(20'000, [&] {
      one->refresh(buffer);
      values.clear();
      one->append(values);
    });
    fmt::print("source {} us={:.2f} values={}\n", name, cost.us, values.size());
  };
  source("cpu", [] { return std::make_unique<CpuSource>("/proc"); });
  source("load", [] { return std::make_unique<LoadSource>("/proc"); });
  source("memory", [] { return std::make_unique<MemorySource>("/proc"); });
  source("pressure", [] { return std::make_unique<PressureSource>("/proc"); });
  source("disks", [] { return std::make_unique<DiskSource>("/proc"); });
  source("interfaces", [] { return std::make_unique<InterfaceSource>("/proc"); });
  const Cost slow = cost_of(2'000, [&] { probe.run(); });
  fmt::print("slow_probe us={:.1f}\n", slow.us);
  fmt::print("machine us={:.1f}\n", cost_of(200, [] { read_machine({}); }).us);
}

/// A server that answers inside the call: no socket and no other process in the figures, one decoding is.
class LoopbackChannel final : public net::MessageChannel {
 public:
  explicit LoopbackChannel(wire::Decoder& decoder) : decoder_(decoder) {
    push(wire::Challenge{std::string(32, 'n'), wire::kVersion, "server_1"});
  }
  Task<Result<std::string>> receive(std::string /*reuse*/) override {
    while (inbox_.empty()) {
      news_.reset();
      co_await news_.wait();
    }
    std::string message = std::move(inbox_.front());
    inbox_.pop_front();
    co_return message;
  }
  bool try_send(std::string message) override {
    wire::Message decoded;
    if (!decoder_.decode(message, decoded)) return true;
    if (std::holds_alternative<wire::Hello>(decoded)) push(wire::Welcome{{}, {1000}, 0});
    if (const auto* heartbeat = std::get_if<wire::Heartbeat>(&decoded)) push(wire::Ack{heartbeat->position});
    return true;
  }
  [[nodiscard]] std::size_t queued_bytes() const override { return 0; }
  Task<void> close(net::CloseCode /*code*/, std::string /*reason*/) override { co_return; }
  void abort(net::CloseCode /*code*/, std::string_view /*reason*/) override {}
  [[nodiscard]] std::uint16_t close_code() const override { return 0; }
  [[nodiscard]] std::string close_reason() const override { return {}; }
  [[nodiscard]] std::string peer_address() const override { return {}; }

 private:
  void push(const wire::Message& message) {
    inbox_.push_back(wire::encode(message));
    news_.set();
  }
  wire::Decoder& decoder_;
  std::deque<std::string> inbox_;
  io::AsyncEvent news_;
};

class LoopbackDialer final : public net::Dialer {
 public:
  using Dialled = Result<std::unique_ptr<net::MessageChannel>>;
  explicit LoopbackDialer(wire::Decoder& decoder) : decoder_(decoder) {}
  Task<Dialled> dial(net::DialOrder /*order*/) override {
    if (!is_listening) co_return fail(ErrorCode::unavailable, "refused", "nobody listens");
    co_return std::make_unique<LoopbackChannel>(decoder_);
  }
  bool is_listening = true;

 private:
  wire::Decoder& decoder_;
};

struct World {
  World() : log(std::make_shared<io::StderrSink>(io::LogFormat::text, io::LogLevel::error), "bench") {
    crypto_start();
    identity.host_id = "host_01935e2f00007000800000000000abcd";
    identity.server_id = "server_1";
    identity.server_url = "http://server";
    identity.seed = make_seed(random);
  }
  AgentWorld for_agent() { return {loop, clock, random, dialer, decoder}; }
  /// Runs until the task has ended.
  void run(Task<void> task) {
    tasks.spawn("bench", then_stop(loop, std::move(task)));
    loop.run();
  }
  static Task<void> then_stop(io::AsioLoop& loop, Task<void> task) {
    co_await std::move(task);
    loop.stop();
  }

  io::AsioLoop loop;
  io::SystemClock clock{loop};
  io::SystemRandom random;
  io::SystemFiles files;
  io::Log log;
  wire::Decoder decoder;
  Identity identity;
  LoopbackDialer dialer{decoder};
  io::TaskScope tasks{loop, log};
};

Task<void> run_whole_agent(World& world, std::string folder, Nanos duration) {
  auto sensor = std::make_unique<ProcSensor>(world.loop, world.clock, world.log);
  auto outbox = std::make_unique<FileOutbox>(world.loop, world.clock, world.log, world.files, folder);
  AgentService agent(world.for_agent(), world.log, world.identity, "bench", std::move(sensor),
                     std::move(outbox));
  const auto started = co_await agent.start();
  if (!started) co_return fmt::print("agent did not start: {}\n", started.error().detail);
  co_await world.clock.sleep_for(Seconds(3));
  const auto beats_before = agent.figures().beats;
  const auto allocations_before = allocations.load();
  const double before = cpu_s();
  co_await world.clock.sleep_for(duration);
  const double used_us = (cpu_s() - before) * 1e6;
  const auto figures = agent.figures();
  const auto beats = static_cast<double>(figures.beats - beats_before);
  fmt::print(
      "agent us_per_heartbeat={:.0f} series={} us_per_sample={:.2f} allocations={:.0f} "
      "percent_of_a_core_at_5s={:.4f} resident_kib={} waiting={}\n",
      used_us / beats, figures.series, used_us / beats / static_cast<double>(figures.series),
      static_cast<double>(allocations.load() - allocations_before) / beats, used_us / beats / 5e6 * 100,
      resident_kib(), figures.outbox.waiting);
  co_await agent.stop(world.clock.mono_now() + Seconds(2));
}

/// Simulated agents, with and without a server: what each takes of the heap.
Task<void> run_fleet(World& world, std::size_t count, bool has_server) {
  world.dialer.is_listening = has_server;
  std::vector<std::unique_ptr<AgentService>> fleet;
  malloc_trim(0);
  const auto before = static_cast<double>(mallinfo2().uordblks);
  for (std::size_t i = 0; i < count; ++i) {
    fleet.push_back(std::make_unique<AgentService>(
        world.for_agent(), world.log, world.identity, "bench",
        std::make_unique<SimSensor>(world.clock, SimHost{.seed = i, .name = "sim-" + std::to_string(i)}),
        std::make_unique<MemoryOutbox>(1)));
    const auto started = co_await fleet.back()->start();
    if (!started) co_return;
  }
  const double cpu_before = cpu_s();
  co_await world.clock.sleep_for(Seconds(7));
  const auto running = static_cast<double>(mallinfo2().uordblks);
  std::uint64_t beats = 0;
  for (const auto& agent : fleet) beats += agent->figures().beats;
  fmt::print("fleet agents={} server={} kib_each={:.1f} us_per_heartbeat={:.1f}\n", count, has_server,
             (running - before) / 1024 / static_cast<double>(count),
             (cpu_s() - cpu_before) * 1e6 / static_cast<double>(beats));
  for (auto& agent : fleet) co_await agent->stop(world.clock.mono_now());
}

Task<void> run_all(World& world, Nanos duration, bool is_agent_only) {
  const std::string folder = "bench_sense." + std::to_string(::getpid());
  co_await run_whole_agent(world, folder, duration);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  if (!is_agent_only) {
    co_await run_fleet(world, 1000, true);
    co_await run_fleet(world, 1000, false);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 20;
  const bool is_agent_only = argc > 2 && std::string_view(argv[2]) == "agent";
  if (!is_agent_only) bench_reading();
  World world;
  world.run(run_all(world, Seconds(seconds), is_agent_only));
  return 0;
}
