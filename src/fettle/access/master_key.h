// The key above all secrets at rest: 64 hex digits a line, the newest first, in a 0600 file of the data
// folder or in a credential that systemd hands in. Never in the database. Blocks: before the loop runs.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "fettle/base/crypto.h"
#include "fettle/base/result.h"
#include "fettle/io/files.h"

namespace fettle::access {

using MasterKeys = std::vector<Key256>;  // the newest first; older ones open what they sealed
using KeyId = std::array<std::uint8_t, 8>;

/// Names a key without telling it.
KeyId key_id_of(const Key256& key);

struct MasterKeyPlaces {
  std::string credential_path;  // "$CREDENTIALS_DIRECTORY/master-key"; empty: none
  std::string file_path;        // "<data>/master-key"
};
/// The credential when there is one, else the file, else a new key from `random`, written down first. A file
/// that cannot be read is an error (`corrupt`, master_key_unreadable), and stays as it is.
Result<MasterKeys> load_or_make_master_keys(io::Files& files, const MasterKeyPlaces& places,
                                            const std::array<std::uint8_t, 32>& random);

}  // namespace fettle::access
