#include "fettle/access/credential_cache.h"

#include <cstring>

namespace fettle::access {

std::size_t CredentialCache::HashOfHash::operator()(const Hash256& hash) const {
  std::size_t out = 0;
  std::memcpy(&out, hash.data(), sizeof(out));
  return out;
}

KnownCredential* CredentialCache::touch(Place place) {
  by_use_.splice(by_use_.begin(), by_use_, place);
  return &*place;
}

KnownCredential* CredentialCache::find(const Hash256& secret_hash) {
  const auto found = by_hash_.find(secret_hash);
  return found == by_hash_.end() ? nullptr : touch(found->second);
}

KnownCredential* CredentialCache::find_id(std::string_view id) {
  const auto found = by_id_.find(std::string(id));
  return found == by_id_.end() ? nullptr : touch(found->second);
}

void CredentialCache::put(KnownCredential credential) {
  erase_id(credential.id);
  if (by_use_.size() >= capacity_) erase(std::prev(by_use_.end()));
  by_use_.push_front(std::move(credential));
  by_id_[by_use_.front().id] = by_use_.begin();
  by_hash_[by_use_.front().secret_hash] = by_use_.begin();
}

void CredentialCache::erase(Place place) {
  by_id_.erase(place->id);
  by_hash_.erase(place->secret_hash);
  by_use_.erase(place);
}

void CredentialCache::erase_id(std::string_view id) {
  if (const auto found = by_id_.find(std::string(id)); found != by_id_.end()) erase(found->second);
}

std::vector<KnownCredential> CredentialCache::erase_person(const PersonId& person) {
  std::vector<KnownCredential> gone;
  for (auto place = by_use_.begin(); place != by_use_.end();) {
    const auto here = place++;
    if (here->person != person) continue;
    gone.push_back(*here);
    erase(here);
  }
  return gone;
}

void CredentialCache::for_each(const std::function<void(KnownCredential&)>& visit) {
  for (KnownCredential& credential : by_use_) visit(credential);
}

}  // namespace fettle::access
