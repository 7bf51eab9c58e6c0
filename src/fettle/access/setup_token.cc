#include "fettle/access/setup_token.h"

#include "fettle/base/text.h"
#include "fettle/base/token.h"

namespace fettle::access {
namespace {

constexpr std::size_t kFileLimit = 256;

}  // namespace

SetupToken::SetupToken(io::Files& files, const std::string& data_folder, std::string_view name)
    : files_(files), path_(data_folder + "/" + std::string(name)) {}

Result<Secret<>> SetupToken::keep_or_make(const std::array<std::uint8_t, 16>& random) {
  FETTLE_TRY(Secret<> kept, read());
  if (!kept.reveal().empty()) return kept;
  Secret<> made = make_token(kSetupTokenPrefix, random);
  if (auto written = files_.write_atomically(path_, made.reveal() + "\n"); !written) {
    return std::unexpected(std::move(written).error());
  }
  return made;
}

Result<Secret<>> SetupToken::read() {
  auto kept = files_.read_all(path_, kFileLimit);
  if (kept && is_token(kSetupTokenPrefix, trim(*kept))) return Secret(std::string(trim(*kept)));
  if (!kept && kept.error().code != ErrorCode::not_found) return std::unexpected(std::move(kept).error());
  return Secret<>();
}

Result<> SetupToken::remove() {
  return files_.remove(path_);
}

}  // namespace fettle::access
