#include "fettle/fleet/enrolment.h"

namespace fettle::fleet {

EnrolmentState decide_enrolment_state(const EnrolmentToken& token, WallTime now) {
  if (token.used_at) return EnrolmentState::used;
  return now >= token.expires_at ? EnrolmentState::expired : EnrolmentState::waiting;
}

}  // namespace fettle::fleet
