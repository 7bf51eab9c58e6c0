// Copies one stream of a wrapped program: from the pipe that the program writes to, to where it meant to
// write. A thread of its own, so that a reader who is slow holds up that stream alone.
#pragma once
#include <functional>
#include <semaphore>
#include <string_view>
#include <thread>

#include "fettle/io/process_runner.h"

namespace fettle::io {

class OutputCopier {
 public:
  using OnOutput = std::function<void(OutputKind, std::string_view)>;

  /// `target` is borrowed. The pipe is there from now on.
  OutputCopier(OutputKind kind, int target);
  ~OutputCopier();  // joins
  OutputCopier(const OutputCopier&) = delete;
  OutputCopier& operator=(const OutputCopier&) = delete;

  /// The end that the program gets; -1 when no pipe could be made.
  [[nodiscard]] int theirs() const { return theirs_; }
  /// The program has its end.
  void close_theirs();
  /// It waits, and takes no memory and no lock, until start(). False when none can be made.
  [[nodiscard]] bool make_thread();
  /// After make_thread().
  void start(OnOutput on_output);
  /// The program has ended: what is in the pipe still goes on, and that is all.
  void end();
  /// True when somebody else still has the program's end. After end().
  [[nodiscard]] bool has_others();
  /// Copies for those others until they are through; never returns.
  [[noreturn]] void serve_others();
  [[nodiscard]] int ours() const { return ours_; }

 private:
  void copy();
  /// False when there is nobody to write to any more.
  bool pass_on(std::string_view bytes) const;

  const OutputKind kind_;
  const int target_;
  int ours_ = -1, theirs_ = -1;
  int ended_ = -1;  // readable when the program has ended
  bool has_others_ = false;
  OnOutput on_output_;
  std::binary_semaphore may_start_{0};
  std::thread thread_;
};

}  // namespace fettle::io
