#include "fettle/access/login_limiter.h"

#include "fettle/base/crypto.h"
#include "fettle/base/text.h"

namespace fettle::access {
namespace {

// Source: OWASP Authentication Cheat Sheet asks for limits by account and by address; the figures are our
// own: a person who mistypes does not meet them, and a guesser gets nowhere against twelve characters.
constexpr BucketShape kByAddress{20, Seconds(3)};  // 20 a minute
constexpr BucketShape kByPair{5, Seconds(12)};     // 5 a minute
constexpr BucketShape kByAccount{30, Seconds(2)};  // 30 a minute over all addresses
constexpr std::size_t kCapacity = 10'000;          // keys each: about 2 MB when all are full

/// Of one size, however long the name is that somebody sends.
std::string account_key(const std::string& account) {
  constexpr std::ptrdiff_t kBytes = 16;
  const Hash256 hash = sha256(account);
  return {hash.begin(), hash.begin() + kBytes};
}

}  // namespace

void BucketMap::take(const std::string& key, MonoTime now) {
  // What is full again says nothing. Two for each that comes, so that old ones go in time.
  for (int i = 0; i < 2 && !by_use_.empty() && by_use_.back().full_at <= now; ++i) drop_last();
  if (const auto found = buckets_.find(key); found != buckets_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    by_use_.front().full_at = std::max(by_use_.front().full_at, now) + shape_.refill_each;
    return;
  }
  if (buckets_.size() >= capacity_) drop_last();
  by_use_.push_front({key, now + shape_.refill_each});
  buckets_[key] = by_use_.begin();
}

void BucketMap::drop_last() {
  buckets_.erase(by_use_.back().key);
  by_use_.pop_back();
}

void BucketMap::refill(const std::string& key) {
  const auto found = buckets_.find(key);
  if (found == buckets_.end()) return;
  by_use_.erase(found->second);
  buckets_.erase(found);
}

Nanos BucketMap::wait_for_all(const std::string& key, MonoTime now) const {
  const auto found = buckets_.find(key);
  if (found == buckets_.end()) return Nanos(0);
  return std::max(Nanos(0), found->second->full_at - now);
}

Nanos BucketMap::wait(const std::string& key, MonoTime now) const {
  return std::max(Nanos(0), wait_for_all(key, now) - (shape_.burst - 1) * shape_.refill_each);
}

LoginLimiter::LoginLimiter()
    : by_address_(kByAddress, kCapacity), by_pair_(kByPair, kCapacity), by_account_(kByAccount, kCapacity) {}

std::optional<Seconds> LoginLimiter::try_begin(const Attempt& attempt, MonoTime now) {
  const std::string group = address_group(attempt.address);
  const std::string account = account_key(attempt.account);
  const std::string pair = account + group;
  const Nanos wait = std::max(by_address_.wait(group, now), by_pair_.wait(pair, now));
  if (wait > Nanos(0)) return std::chrono::ceil<Seconds>(wait);
  if (by_account_.wait(account, now) == Nanos(0)) {
    by_account_.take(account, now);
  } else if (const Nanos missing = by_pair_.wait_for_all(pair, now); missing > Nanos(0)) {
    // Strangers may have used it up. An address that has all its attempts left is let through with one.
    return std::chrono::ceil<Seconds>(missing);
  }
  by_address_.take(group, now);
  by_pair_.take(pair, now);
  return std::nullopt;
}

void LoginLimiter::succeeded(const Attempt& attempt) {
  by_pair_.refill(account_key(attempt.account) + address_group(attempt.address));
}

std::size_t LoginLimiter::size() const {
  return by_address_.size() + by_pair_.size() + by_account_.size();
}

Error too_many_attempts(Seconds wait) {
  return {ErrorCode::rate_limited,
          "too_many_attempts",
          "Too many attempts; the next one may be made in " + std::to_string(wait.count()) + " s.",
          {},
          wait.count()};
}

std::string address_group(std::string_view address) {
  // "::ffff:192.0.2.1" is an IPv4 address on an IPv6 socket.
  if (address.find('.') != std::string_view::npos) return std::string(address.substr(address.rfind(':') + 1));
  if (address.find(':') == std::string_view::npos) return std::string(address);
  if (const std::size_t zone = address.find('%'); zone != std::string_view::npos)
    address = address.substr(0, zone);
  // "a:b::c" in full: the empty part between "::" stands for as many zero groups as are missing.
  const std::size_t gap = address.find("::");
  std::vector<std::string_view> head = split(address.substr(0, gap), ':');
  if (gap == 0) head.clear();
  std::string out;
  for (std::size_t i = 0; i < 4; ++i) {
    std::string_view part = i < head.size() ? head[i] : "0";
    if (gap != std::string_view::npos && i >= head.size()) {
      const std::string_view rest = address.substr(gap + 2);
      const std::vector<std::string_view> tail =
          rest.empty() ? std::vector<std::string_view>{} : split(rest, ':');
      const std::size_t from_end = 8 - i;  // groups that follow, this one included
      if (from_end <= tail.size()) part = tail[tail.size() - from_end];
    }
    if (const std::size_t digit = part.find_first_not_of('0'); digit != std::string_view::npos) {
      part = part.substr(digit);
    } else {
      part = "0";
    }
    out += to_lower_ascii(part) + ':';
  }
  return out;
}

}  // namespace fettle::access
