#include "fettle/app/crew.h"

#include <algorithm>
#include <memory>

#include "fettle/io/async_event.h"

namespace fettle::app {
namespace {

struct Crew {
  CrewOrder order;
  std::size_t next = 0;
  std::size_t done = 0;
  std::size_t working = 0;
  Result<> outcome;
  io::AsyncEvent all_ended;
};

/// Counts itself out however it ends.
struct AtWork {
  explicit AtWork(Crew& all) : crew(all) {}
  ~AtWork() {
    if (--crew.working == 0) crew.all_ended.set();
  }
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;
  Crew& crew;
};

Task<void> work(std::shared_ptr<Crew> crew) {
  const AtWork here(*crew);
  while (crew->outcome && crew->next < crew->order.jobs && !crew->order.is_over()) {
    auto done = co_await crew->order.work(crew->next++);
    if (done) {
      crew->order.on_done(++crew->done);
    } else if (crew->outcome) {
      crew->outcome = std::move(done);
    }
  }
}

}  // namespace

Task<Result<>> run_crew(io::TaskScope& tasks, CrewOrder order) {
  const auto crew =
      std::make_shared<Crew>(std::move(order));  // the workers may outlive a caller that is cancelled
  crew->working = std::min(crew->order.jobs, CrewOrder::kWorkers);
  if (crew->working == 0) co_return Result<>{};
  for (std::size_t i = crew->working; i > 0; --i) tasks.spawn("crew", work(crew));
  co_await crew->all_ended.wait();
  co_return crew->outcome;
}

}  // namespace fettle::app
