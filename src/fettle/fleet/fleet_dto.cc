#include "fettle/fleet/fleet_dto.h"

#include "fettle/base/json_codec.h"

namespace fettle {

FETTLE_JSON(fleet::HostDto)
FETTLE_JSON(net::Page<fleet::HostDto>)
FETTLE_JSON(fleet::LayoutDto)
FETTLE_JSON(fleet::SeriesAnswerDto)
FETTLE_JSON(fleet::SparklinesDto)
FETTLE_JSON(fleet::HostEditDto)
FETTLE_JSON(fleet::HostLabelsDto)
FETTLE_JSON(fleet::HostLabelsAnswerDto)
FETTLE_JSON(fleet::HostMoveDto)
FETTLE_JSON(fleet::HostCommandsDto)
FETTLE_JSON(fleet::AgentVersionsDto)
FETTLE_JSON(fleet::NewEnrolmentToken)
FETTLE_JSON(fleet::EnrolmentTokenDto)
FETTLE_JSON(fleet::EnrolRequest)
FETTLE_JSON(fleet::EnrolAnswer)
FETTLE_QUERY(fleet::HostListQuery)
FETTLE_QUERY(fleet::EnvironmentQuery)
FETTLE_QUERY(fleet::RangeRequest)
FETTLE_QUERY(fleet::SparklineQuery)

}  // namespace fettle
