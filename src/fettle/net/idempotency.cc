#include "fettle/net/idempotency.h"

#include "fettle/base/crypto.h"
#include "fettle/base/text.h"
#include "fettle/io/clock.h"

namespace fettle::net {
namespace {

/// A structured-field string is quoted (RFC 8941 section 3.3.3); bare keys are taken too.
std::string_view unquoted(std::string_view key) {
  key = trim(key);
  if (key.size() >= 2 && key.front() == '"' && key.back() == '"') return key.substr(1, key.size() - 2);
  return key;
}

}  // namespace

std::string AnswerMemory::scope_of(const Principal& principal, const Request& request) {
  return principal.id + " " + request.method_text + " " + request.target;
}

std::string AnswerMemory::full_key(const std::string& scope, std::string_view key) {
  std::string out = scope;
  out += '\n';
  out += unquoted(key);
  return out;
}

Result<std::variant<AnswerMemory::First, AnswerMemory::Replay>> AnswerMemory::begin(const std::string& scope,
                                                                                    std::string_view key,
                                                                                    std::string_view body) {
  const std::string_view bare = unquoted(key);
  if (bare.empty() || bare.size() > kMaxKeyBytes) {
    return fail(ErrorCode::invalid_input, "bad_idempotency_key",
                "An Idempotency-Key has 1 to 255 characters.");
  }
  drop_old();
  const std::string name = full_key(scope, key);
  const Hash256 body_digest = sha256(body);
  if (const auto found = entries_.find(name); found != entries_.end()) {
    const Entry& entry = found->second;
    if (entry.body != body_digest) {
      return fail(ErrorCode::unprocessable, "idempotency_key_reused",
                  "This Idempotency-Key came with another body before.");
    }
    if (!entry.is_done) {
      return fail(ErrorCode::conflict, "still_running",
                  "The first request with this Idempotency-Key still runs.");
    }
    return Replay{entry.response};
  }
  Entry entry;
  entry.body = body_digest;
  entry.began = clock_.mono_now();
  entry.age = oldest_first_.insert(oldest_first_.end(), name);
  entry.bytes = name.size();
  bytes_ += entry.bytes;
  entries_.emplace(name, std::move(entry));
  return First{};
}

void AnswerMemory::keep(const std::string& scope, std::string_view key, const Response& response) {
  const auto found = entries_.find(full_key(scope, key));
  if (found == entries_.end()) return;
  found->second.is_done = true;
  found->second.response = response;
  found->second.bytes += response.body.size();
  bytes_ += response.body.size();
  drop_old();
}

void AnswerMemory::forget(const std::string& scope, std::string_view key) {
  const auto found = entries_.find(full_key(scope, key));
  if (found != entries_.end()) drop(found);
}

void AnswerMemory::drop(Entries::iterator entry) {
  bytes_ -= entry->second.bytes;
  oldest_first_.erase(entry->second.age);
  entries_.erase(entry);
}

void AnswerMemory::drop_old() {
  const MonoTime now = clock_.mono_now();
  while (!oldest_first_.empty()) {
    const auto oldest = entries_.find(oldest_first_.front());
    const bool is_expired = now - oldest->second.began >= kKeptFor;
    if (!is_expired && entries_.size() <= kMaxAnswers && bytes_ <= kMaxBytes) return;
    drop(oldest);
  }
}

}  // namespace fettle::net
