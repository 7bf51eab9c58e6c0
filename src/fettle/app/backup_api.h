// GET /api/v1/backup: a copy of the server's own data as one archive, made while it is sent (for server
// administrators; without the master key). One at a time. Loop thread; `app` stops it before the workers end.
#pragma once
#include <memory>
#include <string>

#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/loop.h"
#include "fettle/io/task_scope.h"
#include "fettle/io/work_queue.h"
#include "fettle/net/byte_stream.h"
#include "fettle/net/router.h"
#include "fettle/store/store.h"

namespace fettle::app {

struct BackupGround {
  io::Loop& loop;
  io::Clock& clock;
  io::WorkQueue& workers;
  store::Store& store;
  io::Log log;
  std::string data_folder;
};

class BackupDoor {
 public:
  explicit BackupDoor(BackupGround ground);
  void add_routes(net::Router& router);
  Task<void> stop();

 private:
  Task<Result<net::Response>> answer(net::RequestContext& context);
  Task<void> send(std::shared_ptr<net::ByteStream> stream);
  Task<Result<bool>> write(net::ByteStream& stream, std::string bytes);

  BackupGround ground_;
  bool is_busy_ = false;
  io::TaskScope tasks_;
};

}  // namespace fettle::app
