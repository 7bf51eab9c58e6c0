#include "fettle/access/setup_token.h"

#include "fettle/base/text.h"
#include "fettle/base/token.h"

namespace fettle::access {
namespace {

constexpr std::size_t kFileLimit = 256;

}  // namespace

SetupToken::SetupToken(io::Files& files, const std::string& data_folder)
    : files_(files), path_(data_folder + "/setup-token") {}

Result<Secret<>> SetupToken::keep_or_make(const std::array<std::uint8_t, 16>& random) {
  auto kept = files_.read_all(path_, kFileLimit);
  if (kept && is_token(kSetupTokenPrefix, trim(*kept))) return Secret(std::string(trim(*kept)));
  if (!kept && kept.error().code != ErrorCode::not_found) return std::unexpected(std::move(kept).error());
  Secret<> made = make_token(kSetupTokenPrefix, random);
  if (auto written = files_.write_atomically(path_, made.reveal() + "\n"); !written) {
    return std::unexpected(std::move(written).error());
  }
  return made;
}

Result<> SetupToken::remove() {
  return files_.remove(path_);
}

}  // namespace fettle::access
