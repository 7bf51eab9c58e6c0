// The state of one WebSocket, shared by its channel, its pending waits and the sweep: whoever comes last
// frees it. Used by ws_channel.cc and ws_sweep.cc only. Loop thread.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fettle/io/async_event.h"
#include "fettle/net/ws_channel.h"

namespace fettle::net {

class WsCore : public std::enable_shared_from_this<WsCore> {
 public:
  WsCore(WsServices services, WsSettings settings, Socket socket, std::string received,
         ConnectionTicket ticket);
  ~WsCore();
  void start();

  static Task<Result<std::string>> receive(std::shared_ptr<WsCore> core, std::string reuse);
  static Task<void> close(std::shared_ptr<WsCore> core, CloseCode code, std::string reason);
  void limit_messages(std::size_t bytes) { decoder_.limit_messages(bytes); }
  bool try_send(std::string message);
  void abort(CloseCode code, std::string_view reason);

  /// Queues the close frame; whoever reads then sees the answer or the end.
  void begin_close(CloseCode code, std::string_view reason);
  /// From the sweep: pings, deadlines.
  void check(MonoTime now);

  [[nodiscard]] std::size_t queued_bytes() const { return queued_bytes_; }
  [[nodiscard]] std::uint16_t close_code() const { return close_code_; }
  [[nodiscard]] const std::string& close_reason() const { return close_reason_; }
  [[nodiscard]] const std::string& peer_address() const { return settings_.peer_address; }
  [[nodiscard]] Socket& socket() { return socket_; }

 private:
  struct OutFrame {
    WsFrameHead head;
    std::string payload;
    [[nodiscard]] std::size_t size() const { return head.size + payload.size(); }
  };

  /// Whether this connection has had its share of the present turn of the loop.
  [[nodiscard]] bool is_turn_over() const;
  /// Goes on in a turn of its own, after all that waits already.
  static Task<void> give_way(std::shared_ptr<WsCore> core);
  /// Until the socket has something to read, or at once when only the turn is over.
  static Task<void> wait_for_more(std::shared_ptr<WsCore> core);
  /// Reads what has arrived, or a turn's share of it; a value when receive() has something to return.
  std::optional<Result<std::string>> read(std::string& message);
  std::optional<Result<std::string>> consume(std::string_view& input, std::string& message);
  void answer_close();
  void push(WsOpcode opcode, std::string payload);
  void push_close(std::uint16_t code, std::string_view reason);
  void schedule_flush();
  void flush();
  void took(std::size_t bytes);
  /// Closes the socket and remembers why; the first reason stays.
  void end(ErrorCode code, std::string_view word, std::string detail);
  void note_close(std::uint16_t code, std::string_view reason);

  WsServices services_;
  WsSettings settings_;
  Socket socket_;
  ConnectionTicket ticket_;
  WsDecoder decoder_;
  std::string received_;  // came with the last read and belongs to later messages
  std::size_t received_at_ = 0;
  struct {
    std::size_t messages = 0, bytes = 0;
  } turn_;  // taken since the loop was given back

  std::vector<OutFrame> queue_;
  std::size_t queue_first_ = 0;
  std::size_t front_sent_ = 0;  // bytes of the first frame that the kernel has
  std::size_t queued_bytes_ = 0;
  bool is_flush_scheduled_ = false;
  bool is_waiting_to_write_ = false;

  bool is_receiving_ = false;
  bool is_close_sent_ = false;
  bool is_ended_ = false;
  std::uint16_t close_code_ = 0;
  std::string close_reason_;
  Error end_error_;
  MonoTime last_heard_;
  MonoTime last_ping_;
  MonoTime close_due_ = MonoTime::max();
  std::unique_ptr<io::AsyncEvent> ended_;  // only while close() waits for a reader to end
  WsSweep::Place place_;
};

}  // namespace fettle::net
