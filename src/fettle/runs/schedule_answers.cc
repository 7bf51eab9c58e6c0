#include "fettle/runs/schedule_answers.h"

namespace fettle::runs {
namespace {

std::string etag_of(const LiveSchedule& live) {
  return '"' + std::to_string(live.row.revision) + '"';
}

}  // namespace

Error no_such_schedule() {
  return {ErrorCode::not_found, "not_found", "there is no such schedule", {}, 0};
}

Result<const LiveSchedule*> find_schedule(const ScheduleApiGround& ground,
                                          const net::RequestContext& context) {
  const auto id = ScheduleId::parse(context.path_parameter("id"));
  const LiveSchedule* live = id ? ground.schedules.book().find(*id) : nullptr;
  if (live == nullptr) return std::unexpected(no_such_schedule());
  return live;
}

Result<ScheduleDto> answer_schedule(const ScheduleApiGround& ground, net::RequestContext& context,
                                    const ScheduleId& id) {
  const LiveSchedule* live = ground.schedules.book().find(id);
  if (live == nullptr) return std::unexpected(no_such_schedule());
  context.answer_headers().set("ETag", etag_of(*live));
  return schedule_dto(*live, ground.schedules.sentence(*live), ground.clock.wall_now());
}

}  // namespace fettle::runs
