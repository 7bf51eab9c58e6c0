#include "fettle/net/assets.h"

#include "fettle/base/crypto.h"
#include "fettle/base/encoding.h"
#include "fettle/base/text.h"
#include "fettle/net/content_coding.h"

namespace fettle::net {
namespace {

constexpr std::string_view kIndex = "/index.html";
constexpr std::string_view kHashedFolder = "/assets/";
constexpr std::size_t kTagBytes = 16;

constexpr std::string_view kNotice =
    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Fettle</title>\n"
    "<h1>Fettle</h1>\n<p>This program was built without its page. The API answers under "
    "<code>/api/v1</code>; "
    "build the page in <code>web/</code> and then the program again.</p></html>\n";

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kContentTypes{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".map", "application/json"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".webp", "image/webp"},
    {".woff2", "font/woff2"},
    {".woff", "font/woff"},
    {".txt", "text/plain; charset=utf-8"},
    {".xml", "application/xml"},
    {".wasm", "application/wasm"},
}};

std::string_view content_type_of(std::string_view path) {
  for (const auto& [ending, type] : kContentTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

std::string digest(std::string_view content) {
  const Hash256 hash = sha256(content);
  return hex_encode(Bytes(hash).first(kTagBytes));
}

/// If-None-Match compares weakly (RFC 9110 section 13.1.2).
bool matches(std::string_view list, std::string_view etag) {
  return std::ranges::any_of(split(list, ','), [&](std::string_view item) {
    item = trim(item);
    if (item == "*") return true;
    if (item.starts_with("W/")) item.remove_prefix(2);
    return item == etag;
  });
}

}  // namespace

Assets::Assets(const std::vector<AssetFile>& files, std::string_view base_path) {
  const auto add = [this](const AssetFile& file) {
    entries_[file.path] = Entry{file, digest(file.identity), content_type_of(file.path)};
  };
  for (const AssetFile& file : files) add(file);
  if (!entries_.contains(kIndex)) add({kIndex, kNotice, {}, {}});
  place_index(base_path);
}

/// The page is built without knowing where it will lie.
void Assets::place_index(std::string_view base_path) {
  constexpr std::string_view kHere = "=\"./";
  constexpr std::string_view kRoot = "<html ";
  AssetFile& file = entries_.find(kIndex)->second.file;
  index_ = file.identity;
  const std::string there = "=\"" + std::string(base_path) + "/";
  for (std::size_t at = 0; (at = index_.find(kHere, at)) != std::string::npos; at += there.size()) {
    index_.replace(at, kHere.size(), there);
  }
  const std::size_t root = index_.find(kRoot);
  if (!base_path.empty() && root != std::string::npos) {
    index_.insert(root + kRoot.size(), "data-base=\"" + std::string(base_path) + "\" ");
  }
  if (index_ == file.identity) return;
  entries_[kIndex] = Entry{{kIndex, index_, {}, {}}, digest(index_), content_type_of(kIndex)};
}

const Assets::Entry* Assets::find(const Request& request) const {
  if (request.method != Method::get && request.method != Method::head) return nullptr;
  const auto entry = entries_.find(request.path == "/" ? kIndex : std::string_view(request.path));
  if (entry != entries_.end()) return &entry->second;
  // A route of the page itself. A missing file of the page must not come as HTML.
  const bool wants_page = request.headers.get("Accept").find("text/html") != std::string_view::npos;
  if (!wants_page || request.path.starts_with(kHashedFolder)) return nullptr;
  return &entries_.find(kIndex)->second;
}

Response Assets::answer(const Request& request) const {
  const Entry* entry = find(request);
  if (!entry) {
    Response response = problem(404, "route_not_found", "There is nothing at this path.", request.id);
    response.headers.add("Cache-Control", "no-store");
    return response;
  }
  const std::string_view encodings = request.headers.get("Accept-Encoding");
  Response response;
  std::string etag = "\"" + entry->etag;
  std::string_view coding;
  response.static_body = entry->file.identity;
  if (!entry->file.brotli.empty() && accepts_coding(encodings, "br")) {
    response.static_body = entry->file.brotli;
    coding = "br";
  } else if (!entry->file.gzip.empty() && accepts_coding(encodings, "gzip")) {
    response.static_body = entry->file.gzip;
    coding = "gzip";
  }
  if (!coding.empty()) etag.append("-").append(coding);
  etag += '"';
  const bool is_hashed = entry->file.path.starts_with(kHashedFolder);
  response.headers.add("Cache-Control", is_hashed ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.add("ETag", etag);
  response.headers.add("Vary", "Accept-Encoding");
  if (request.headers.has("If-None-Match") && matches(request.headers.get("If-None-Match"), etag)) {
    response.status = 304;
    response.static_body = {};
    return response;
  }
  response.headers.add("Content-Type", std::string(entry->content_type));
  if (!coding.empty()) response.headers.add("Content-Encoding", std::string(coding));
  return response;
}

}  // namespace fettle::net
