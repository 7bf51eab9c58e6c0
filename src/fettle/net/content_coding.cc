#include "fettle/net/content_coding.h"

#include <zlib.h>

#include "fettle/base/check.h"
#include "fettle/base/text.h"
#include "fettle/net/http.h"

namespace fettle::net {
namespace {

constexpr std::size_t kLeastBytes = 1024;
constexpr int kLevel = 1;        // three quarters of what the best one saves, at a fifth of its cost
constexpr int kGzip = 15 + 16;   // zlib.h: the largest window, and a gzip header
constexpr int kMemoryLevel = 8;  // zlib's own default

}  // namespace

bool accepts_coding(std::string_view list, std::string_view coding) {
  for (const std::string_view item : split(list, ',')) {
    const auto parts = split(item, ';');
    if (!equals_ignoring_case(trim(parts.front()), coding)) continue;
    for (const std::string_view parameter : std::span(parts).subspan(1)) {
      const std::string_view text = trim(parameter);
      if (!text.starts_with("q=") && !text.starts_with("Q=")) continue;
      return text.substr(2).find_first_of("123456789") != std::string_view::npos;
    }
    return true;
  }
  return false;
}

bool is_worth_gzip(const Request& request, const Response& response) {
  if (request.method != Method::get || response.status != 200 || response.stream || response.websocket)
    return false;
  if (response.body.size() < kLeastBytes || response.shared_body || !response.static_body.empty())
    return false;
  if (response.headers.has("Content-Encoding") || response.headers.has("ETag")) return false;
  const std::string_view type = response.headers.get("Content-Type");
  if (!type.starts_with("application/json") && !type.starts_with("text/")) return false;
  return accepts_coding(request.headers.get("Accept-Encoding"), "gzip");
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  FETTLE_CHECK(deflateInit2(&stream, kLevel, Z_DEFLATED, kGzip, kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in =
      reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // NOLINT: zlib does not write there
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  FETTLE_CHECK(code == Z_STREAM_END);
  return out;
}

}  // namespace fettle::net
