// Keeps one connection to the server open: dials, lets a session run, waits as the rules say, dials again.
// Loop thread; start() once, stop() before it goes.
#pragma once
#include "fettle/agent/alarm.h"
#include "fettle/agent/link_session.h"

namespace fettle::agent {

enum class LinkState : std::uint8_t { stopped, dialling, greeting, open, waiting, given_up };

struct LinkFigures {
  LinkState state = LinkState::stopped;
  std::uint64_t dials = 0;
  std::uint64_t welcomes = 0;
  SessionFigures sessions;            // of all together
  std::string last_end;               // a sentence
  std::optional<Millis> clock_ahead;  // of the server's, at the last welcome
};

class Link {
 public:
  Link(LinkParts parts, LinkHooks hooks, Identity identity);

  void start();
  /// Sends what is left and says goodbye when the link is open; back by `deadline` and two seconds.
  Task<void> stop(MonoTime deadline);
  /// There may be something to send.
  void wake();
  /// A change of keys goes on, or begins: the new key is on disk. Offered at once, or with the next link.
  void change_key(Key256 seed);
  [[nodiscard]] LinkFigures figures() const;

 private:
  Task<void> run();
  Task<LinkEnd> connect_once();
  void check_patience();
  void log_end(const LinkEnd& end, const NextTry& next);

  LinkParts parts_;
  LinkHooks hooks_;
  Identity identity_;
  std::shared_ptr<LinkSession> session_;  // see LinkSession
  LinkHistory history_;
  LinkMemory memory_;
  LinkFigures figures_;
  std::string_view last_message_;  // so that the same trouble is not told each time
  std::uint64_t repeats_ = 0;
  bool is_stopping_ = false;
  Alarm patience_;  // so that nothing looks at the link before there can be a reason
  io::TaskScope tasks_;
};

}  // namespace fettle::agent
