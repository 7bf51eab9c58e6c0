// What is known of the credentials in use, so that a request costs no SQL. Bounded: the one used longest ago
// goes. Loop thread; references are valid until the next call that changes it.
#pragma once
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fettle/base/crypto.h"
#include "fettle/base/principal.h"
#include "fettle/base/time.h"

namespace fettle::access {

struct KnownCredential {
  std::string id;  // session_... or token_...
  Hash256 secret_hash{};
  PersonId person;
  Principal principal;
  std::optional<WallTime> ends_at;  // whatever its use
  WallTime last_used_at;
  WallTime recorded_use_at;  // what the store knows
};

class CredentialCache {
 public:
  explicit CredentialCache(std::size_t capacity) : capacity_(capacity) {}

  KnownCredential* find(const Hash256& secret_hash);
  KnownCredential* find_id(std::string_view id);
  void put(KnownCredential credential);
  void erase_id(std::string_view id);
  /// Gives back what it has erased.
  std::vector<KnownCredential> erase_person(const PersonId& person);
  void for_each(const std::function<void(KnownCredential&)>& visit);
  [[nodiscard]] std::size_t size() const { return by_id_.size(); }

 private:
  using Place = std::list<KnownCredential>::iterator;
  struct HashOfHash {
    std::size_t operator()(const Hash256& hash) const;
  };
  void erase(Place place);
  KnownCredential* touch(Place place);

  std::size_t capacity_;
  std::list<KnownCredential> by_use_;  // the one used last is at the front
  std::unordered_map<std::string, Place> by_id_;
  std::unordered_map<Hash256, Place, HashOfHash> by_hash_;
};

}  // namespace fettle::access
