// What a link of an agent is checked for, and how it is told why it ends. No state.
#pragma once
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "fettle/base/result.h"
#include "fettle/net/message_channel.h"
#include "fettle/wire/messages.h"

namespace fettle::fleet {

net::CloseCode close_code_for(const Error& error);

/// `conflict`: two agents of this identity were seen, and a person has to say which one is good.
std::unexpected<Error> host_locked();

std::string version_text(wire::Version version);

/// False too for what has not the size of a key or a signature.
bool is_signed_by(std::span<const std::uint8_t> key_bytes, std::string_view text,
                  std::string_view signature_bytes);

}  // namespace fettle::fleet
