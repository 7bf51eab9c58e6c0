// The Session that pieces and readers get, over a connection. Refuses statements that would end the
// transaction.
#pragma once
#include <vector>

#include "fettle/base/check.h"
#include "fettle/store/sqlite/connection.h"

namespace fettle::store {

class SqliteSession final : public Session {
 public:
  /// `after_commit` collects the functions of a piece; null for readers.
  SqliteSession(Connection& connection, std::vector<Callback>* after_commit)
      : connection_(connection), after_commit_(after_commit) {}

  std::int64_t run(std::string_view sql, std::span<const Param> params,
                   const std::function<void(const Row&)>* row) override {
    FETTLE_CHECK(!Connection::is_reserved(sql), sql);
    return connection_.run(sql, params, row);
  }
  void after_commit(Callback function) override {
    FETTLE_CHECK(after_commit_ != nullptr, "a reader commits nothing");
    after_commit_->push_back(std::move(function));
  }

 private:
  Connection& connection_;
  std::vector<Callback>* after_commit_;
};

}  // namespace fettle::store
