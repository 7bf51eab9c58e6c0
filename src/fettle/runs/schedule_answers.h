// What the routes of schedules have in common: finding one, answering with it, and who may do what. Loop
// thread.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "fettle/net/router.h"
#include "fettle/runs/schedule_dto.h"
#include "fettle/runs/schedules_api.h"

namespace fettle::runs {

inline constexpr std::string_view kSchedulesPath = "/api/v1/schedules";

Error no_such_schedule();
/// The one of the path.
Result<const LiveSchedule*> find_schedule(const ScheduleApiGround& ground,
                                          const net::RequestContext& context);
/// With its ETag.
Result<ScheduleDto> answer_schedule(const ScheduleApiGround& ground, net::RequestContext& context,
                                    const ScheduleId& id);
/// schedules_api adds them all.
void add_schedule_changing_routes(net::Router& router, ScheduleApiGround ground);
void add_ledger_route(net::Router& router, ScheduleApiGround ground);

}  // namespace fettle::runs
