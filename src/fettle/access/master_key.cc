#include "fettle/access/master_key.h"

#include "fettle/base/encoding.h"
#include "fettle/base/text.h"

namespace fettle::access {
namespace {

constexpr std::size_t kFileLimit = 16 * 1024;

Result<MasterKeys> parse_keys(const std::string& text, const std::string& path) {
  MasterKeys keys;
  for (const std::string_view line : split(trim(text), '\n')) {
    std::array<std::uint8_t, 32> key{};
    if (!hex_decode(trim(line), key)) {
      return fail(ErrorCode::corrupt, "master_key_unreadable",
                  path + " must hold keys of 64 hex digits, one a line; it is left as it is.");
    }
    keys.emplace_back(key);
  }
  return keys;
}

}  // namespace

KeyId key_id_of(const Key256& key) {
  const Hash256 hash = hmac_sha256(key, as_bytes("fettle key id 1"));
  KeyId id{};
  std::copy_n(hash.begin(), id.size(), id.begin());
  return id;
}

Result<MasterKeys> load_or_make_master_keys(io::Files& files, const MasterKeyPlaces& places,
                                            const std::array<std::uint8_t, 32>& random) {
  if (!places.credential_path.empty()) {
    FETTLE_TRY(const std::string text, files.read_all(places.credential_path, kFileLimit));
    return parse_keys(text, places.credential_path);
  }
  auto text = files.read_all(places.file_path, kFileLimit);
  if (text) return parse_keys(*text, places.file_path);
  if (text.error().code != ErrorCode::not_found) return std::unexpected(std::move(text).error());
  if (auto written = files.write_atomically(places.file_path, hex_encode(random) + "\n"); !written) {
    return std::unexpected(std::move(written).error());
  }
  return MasterKeys{Key256(random)};
}

}  // namespace fettle::access
