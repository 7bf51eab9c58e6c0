// A copy of the server's own data as a file beside it, for its own upkeep: what `backup-self` makes, in steps
// on a worker. Loop thread.
#pragma once
#include <functional>
#include <string>

#include "fettle/io/clock.h"
#include "fettle/io/loop.h"
#include "fettle/io/work_queue.h"
#include "fettle/upkeep/copies.h"

namespace fettle::app {

class CopyMaker {
 public:
  CopyMaker(io::Loop& loop, io::Clock& clock, io::WorkQueue& workers, std::string data_folder)
      : loop_(loop), clock_(clock), workers_(workers), data_folder_(std::move(data_folder)) {}

  /// As upkeep::CopyGround::make.
  Task<Result<upkeep::MadeCopy>> make(std::string path, std::function<bool()> is_cancelled);

 private:
  io::Loop& loop_;
  io::Clock& clock_;
  io::WorkQueue& workers_;
  std::string data_folder_;
};

/// Bytes of all files of the data folder, without copies. On a worker.
std::uint64_t bytes_of_data(const std::string& data_folder);

}  // namespace fettle::app
