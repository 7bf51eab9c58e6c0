// What a failed statement means to a caller of the store.
#pragma once
#include "fettle/base/result.h"
#include "fettle/store/session.h"

namespace fettle::store {

Error to_error(const DatabaseError& fault);

}  // namespace fettle::store
