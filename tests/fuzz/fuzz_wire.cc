// Any bytes as a message: no crash, and what is accepted says the same again after a round trip.
#include "fettle/base/check.h"
#include "fettle/wire/messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fettle::wire::Decoder decoder;
  fettle::wire::Message first;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (!decoder.decode(bytes, first)) return 0;
  fettle::wire::Message second;
  FETTLE_CHECK(decoder.decode(fettle::wire::encode(first), second).has_value());
  FETTLE_CHECK(first == second);
  return 0;
}
