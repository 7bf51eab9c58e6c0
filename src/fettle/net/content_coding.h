// Compression of answers, as Accept-Encoding asks for it. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

namespace fettle::net {

struct Request;
struct Response;

/// Whether a list such as "gzip, br;q=0.8, *;q=0" takes the coding.
bool accepts_coding(std::string_view list, std::string_view coding);

/// Worth it and harmless: a GET that was answered with text of at least a KiB, that nothing else has coded,
/// by a client that takes gzip. Only GET: what is answered to POST may hold a new token, and the length of a
/// compressed answer tells something of what is in it (BREACH).
bool is_worth_gzip(const Request& request, const Response& response);

/// RFC 1952. About 100 MB a second.
std::string gzip(std::string_view bytes);

}  // namespace fettle::net
