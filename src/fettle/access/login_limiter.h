// How often passwords may be tried (S4), in memory and bounded. Three limits: by address, by account and
// address, by account. None of them locks a person out: when strangers have used up the account's limit, an
// address that has not tried lately still has its one attempt, and sessions never come here. Pure but for its
// own state; the caller brings the time. Loop thread.
#pragma once
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "fettle/base/result.h"
#include "fettle/base/time.h"

namespace fettle::access {

/// Refills evenly; holds at most `burst`.
struct BucketShape {
  std::int64_t burst = 1;
  Nanos refill_each{};  // time for one more
};

/// Token buckets by key, each kept as the moment at which it will be full again: whole numbers, no drift.
class BucketMap {
 public:
  BucketMap(BucketShape shape, std::size_t capacity) : shape_(shape), capacity_(capacity) {}
  void take(const std::string& key, MonoTime now);
  void refill(const std::string& key);
  /// How long until there is one again; zero: there is.
  [[nodiscard]] Nanos wait(const std::string& key, MonoTime now) const;
  /// How long until it is full again.
  [[nodiscard]] Nanos wait_for_all(const std::string& key, MonoTime now) const;
  [[nodiscard]] std::size_t size() const { return buckets_.size(); }

 private:
  void drop_last();
  struct Bucket {
    std::string key;
    MonoTime full_at;
  };
  BucketShape shape_;
  std::size_t capacity_;
  std::list<Bucket> by_use_;  // the one used last is at the front; the last one goes when there is no room
  std::unordered_map<std::string, std::list<Bucket>::iterator> buckets_;
};

class LoginLimiter {
 public:
  LoginLimiter();
  struct Attempt {
    std::string account;  // the key of the name, known or not
    std::string address;
  };
  /// Counts the attempt when it may be made; else how long to wait. IPv6 addresses count by their /64.
  std::optional<Seconds> try_begin(const Attempt& attempt, MonoTime now);
  /// The password was right: the address need not wait for its next attempt.
  void succeeded(const Attempt& attempt);
  [[nodiscard]] std::size_t size() const;

 private:
  BucketMap by_address_;
  BucketMap by_pair_;
  BucketMap by_account_;
};

/// `rate_limited` with the seconds to wait.
Error too_many_attempts(Seconds wait);

/// What one subscriber's addresses have in common: the address itself, or the first 64 bits of IPv6.
std::string address_group(std::string_view address);

}  // namespace fettle::access
