#include "fettle/access/password_hasher.h"

namespace fettle::access {
namespace {

constexpr std::size_t kThreads = 2;
constexpr std::size_t kQueue = 50;

/// A hash of 32 zero bytes under a salt of zeros: verifying against it does all the work and fails.
std::string hash_of_nobody(PasswordCost cost) {
  return "$argon2id$v=19$m=" + std::to_string(cost.memory_bytes / 1024) +
         ",t=" + std::to_string(cost.passes) + ",p=1$" + std::string(22, 'A') + "$" + std::string(43, 'A');
}

}  // namespace

PasswordHasher::PasswordHasher(io::Loop& loop, PasswordCost cost)
    : loop_(loop),
      cost_(cost),
      nobody_(hash_of_nobody(cost)),
      queue_(loop.make_work_queue("passwords", kThreads, kQueue)) {}

Task<Result<std::string>> PasswordHasher::hash(Secret<> password, Salt salt) {
  auto job = [password = std::move(password), salt, cost = cost_] {
    return hash_password(password.reveal(), salt, cost);
  };
  co_return co_await io::offload(loop_, *queue_, std::move(job));
}

Task<Result<bool>> PasswordHasher::verify(Secret<> password, std::string stored) {
  const bool is_somebody = !stored.empty();
  if (!is_somebody) stored = nobody_;
  auto job = [password = std::move(password), stored = std::move(stored)] {
    return verify_password(password.reveal(), stored);
  };
  auto fits = co_await io::offload(loop_, *queue_, std::move(job));
  if (!fits) co_return std::unexpected(std::move(fits).error());
  co_return *fits&& is_somebody;
}

}  // namespace fettle::access
