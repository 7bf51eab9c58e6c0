// Who is connected: counts by address and in total, and the streams that the server closes when it stops.
// Streams belong to others and may outlive the server, hence shared. Loop thread.
#pragma once
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace fettle::net {

class StreamConnection;

class ConnectionBook {
 public:
  std::unordered_map<std::string, std::size_t> by_address;
  std::set<StreamConnection*> streams;  // each takes itself out
  std::size_t open = 0;
};

/// One place in the book, given back on destruction.
class ConnectionTicket {
 public:
  ConnectionTicket() = default;
  ConnectionTicket(std::shared_ptr<ConnectionBook> book, std::string address)
      : book_(std::move(book)), address_(std::move(address)) {
    ++book_->open;
    ++book_->by_address[address_];
  }
  ConnectionTicket(ConnectionTicket&& other) noexcept = default;
  ConnectionTicket& operator=(ConnectionTicket&&) = delete;
  ~ConnectionTicket() {
    if (!book_) return;
    --book_->open;
    const auto entry = book_->by_address.find(address_);
    if (--entry->second == 0) book_->by_address.erase(entry);
  }
  [[nodiscard]] const std::shared_ptr<ConnectionBook>& book() const { return book_; }
  [[nodiscard]] const std::string& address() const { return address_; }

 private:
  std::shared_ptr<ConnectionBook> book_;
  std::string address_;
};

}  // namespace fettle::net
