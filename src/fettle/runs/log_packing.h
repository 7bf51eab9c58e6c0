// The log of a run that has ended, compressed for keeping. Any thread.
#pragma once
#include <string>
#include <string_view>

#include "fettle/store/session.h"

namespace fettle::runs {

store::Blob pack_text(std::string_view text);
/// Of a blob that pack_text made.
std::string unpack_text(const store::Blob& packed);

}  // namespace fettle::runs
