// What both sides agree upon: versions, ciphers, memory. For the tls_*.cc files only.
#pragma once
#include "fettle/net/tls_handles.h"

namespace fettle::net {

inline constexpr unsigned char kAlpnHttp[] = "\x08http/1.1";  // RFC 7301: length, name

ContextPtr make_tls_context(const SSL_METHOD* method);

}  // namespace fettle::net
