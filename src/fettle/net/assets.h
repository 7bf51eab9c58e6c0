// The page and its files, out of the program itself: content types, strong ETags, the smallest encoding that
// the client takes, long caching for hashed names, and index.html for the page's own routes. Set as the
// router's fallback.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/net/http.h"

namespace fettle::net {

/// Bytes that live as long as the process.
struct AssetFile {
  std::string_view path;  // "/assets/index-1a2b.js"
  std::string_view identity;
  std::string_view brotli;  // empty: there is none
  std::string_view gzip;
};

/// The files that were built into the program (library fettle_page).
std::vector<AssetFile> embedded_page();

class Assets {
 public:
  /// Without an /index.html a built-in notice takes its place. `base_path` ("/fettle", or empty) is written
  /// into it: what it refers to as "./..." lies there.
  explicit Assets(const std::vector<AssetFile>& files, std::string_view base_path = {});
  Assets(const Assets&) = delete;
  Assets& operator=(const Assets&) = delete;
  /// For GET and HEAD; everything else is not found.
  [[nodiscard]] Response answer(const Request& request) const;

 private:
  struct Entry {
    AssetFile file;
    std::string etag;  // without quotes and without the mark of the encoding
    std::string_view content_type;
  };
  void place_index(std::string_view base_path);
  [[nodiscard]] const Entry* find(const Request& request) const;
  std::string index_;  // as it was placed; an entry refers to it
  std::map<std::string_view, Entry, std::less<>> entries_;
};

}  // namespace fettle::net
