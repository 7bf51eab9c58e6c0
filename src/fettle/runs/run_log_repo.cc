#include "fettle/runs/run_log_repo.h"

#include <algorithm>

#include "fettle/base/check.h"
#include "fettle/base/encoding.h"
#include "fettle/base/text.h"
#include "fettle/runs/log_packing.h"
#include "fettle/runs/run_log_json.h"

namespace fettle::runs::run_log_repo {
namespace {

constexpr std::string_view kAppend =
    "INSERT INTO run_log (run_id, first, last, bytes, is_packed, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
    " ON CONFLICT (run_id, first) DO UPDATE SET last = excluded.last, bytes = excluded.bytes,"
    " body = excluded.body WHERE excluded.last > last";
constexpr std::string_view kExtent =
    "SELECT coalesce(max(last), 0), coalesce(sum(bytes), 0) FROM run_log WHERE run_id = ?1";
constexpr std::string_view kIsLive = "SELECT is_live FROM run WHERE id = ?1";
constexpr std::string_view kBefore =
    "SELECT first, last, bytes, is_packed, body FROM run_log WHERE run_id = ?1 AND first < ?2"
    " ORDER BY first DESC LIMIT 1";
// `last` is no part of the key: the block that holds a line is the last one that begins at or before it.
constexpr std::string_view kHolding =
    "SELECT first, last, bytes, is_packed, body FROM run_log WHERE run_id = ?1 AND first <= ?2"
    " ORDER BY first DESC LIMIT 1";
constexpr std::string_view kFrom =
    "SELECT first, last, bytes, is_packed, body FROM run_log WHERE run_id = ?1 AND first > ?2"
    " ORDER BY first LIMIT 1";
constexpr std::string_view kUnpacked =
    "SELECT sequence, id FROM run WHERE is_live = 0 AND is_log_packed = 0 AND sequence > ?1"
    " ORDER BY sequence LIMIT 1";
constexpr std::string_view kPieces =
    "SELECT first, last, bytes, is_packed, body FROM run_log WHERE run_id = ?1 AND first > ?2"
    " AND is_packed = 0 ORDER BY first LIMIT ?3";
constexpr std::string_view kRemoveBetween =
    "DELETE FROM run_log WHERE run_id = ?1 AND first >= ?2 AND first <= ?3 AND is_packed = 0";
constexpr std::string_view kSetPacked = "UPDATE run SET is_log_packed = 1 WHERE id = ?1";

constexpr std::size_t kBlockBytes = 256 * 1024;  // before compression

struct Piece {
  std::int64_t first = 0, last = 0, bytes = 0;
  std::string text;
};

Piece read_piece(const store::Row& row) {
  Piece piece{row.integer(0), row.integer(1), row.integer(2), {}};
  const store::Blob body = row.blob(4);
  piece.text = row.integer(3) != 0 ? unpack_text(body) : std::string(as_text(body));
  return piece;
}

bool fits(const LogLine& line, const Question& question, const std::string& lower_text) {
  if (line.level < question.least) return false;
  if (lower_text.empty() || to_lower_ascii(line.text).find(lower_text) != std::string::npos) return true;
  return std::ranges::any_of(line.fields, [&](const auto& field) {
    return to_lower_ascii(field.second).find(lower_text) != std::string::npos;
  });
}

std::optional<Piece> piece_after(store::Session& session, const std::string& id, std::int64_t after) {
  if (after > 0) {
    auto holding = session.query_one(kHolding, {id, after}, read_piece);
    if (holding && holding->last > after) return holding;
  }
  return session.query_one(kFrom, {id, after}, read_piece);
}

bool is_live(store::Session& session, const std::string& id) {
  return session.query_one(kIsLive, {id}, [](const store::Row& row) { return row.integer(0) != 0; })
      .value_or(false);
}

Answer read_after(store::Session& session, const std::string& id, const Question& question) {
  const std::string text = to_lower_ascii(question.text);
  Answer out;
  out.next = *question.after;
  while (auto piece = piece_after(session, id, out.next)) {
    for (NumberedLine& line : decode_lines(piece->text)) {
      if (line.sequence <= out.next) continue;
      // What is missing may be on its way to the store, behind what was urgent: whoever follows waits for it.
      if (line.sequence > out.next + 1 && is_live(session, id)) return out;
      if (out.lines.size() == question.limit) {
        out.has_more = true;
        return out;
      }
      out.next = line.sequence;
      if (fits(line.line, question, text)) out.lines.push_back(std::move(line));
    }
    out.next = std::max(out.next, piece->last);
  }
  return out;
}

Answer read_newest(store::Session& session, const std::string& id, const Question& question) {
  const std::string text = to_lower_ascii(question.text);
  Answer out;
  std::int64_t before = INT64_MAX;
  while (out.lines.size() < question.limit) {
    const auto piece = session.query_one(kBefore, {id, before}, read_piece);
    if (!piece) break;
    before = piece->first;
    out.next = std::max(out.next, piece->last);
    std::vector<NumberedLine> lines = decode_lines(piece->text);
    for (auto line = lines.rbegin(); line != lines.rend() && out.lines.size() < question.limit; ++line)
      if (fits(line->line, question, text)) out.lines.push_back(std::move(*line));
  }
  std::ranges::reverse(out.lines);
  return out;
}

// Old logs. Upkeep goes from run to run, each by an index.
constexpr std::string_view kNextLog = "SELECT run_id FROM run_log WHERE run_id > ?1 ORDER BY run_id LIMIT 1";
constexpr std::string_view kCountPieces = "SELECT count(*) FROM run_log WHERE run_id = ?1";
constexpr std::string_view kEndOfRun = "SELECT ended_at FROM run WHERE id = ?1 AND is_live = 0";
constexpr std::string_view kRemoveSome =
    "DELETE FROM run_log WHERE run_id = ?1 AND first IN (SELECT first FROM run_log WHERE run_id = ?1 LIMIT "
    "?2)";
constexpr std::string_view kHasOlder =
    "SELECT 1 FROM run AS r WHERE r.is_live = 0 AND r.ended_at < unixepoch(?1) * 1000"
    " AND EXISTS (SELECT 1 FROM run_log AS l WHERE l.run_id = r.id) LIMIT 1";

constexpr Millis kLongestLook{100};
constexpr int kMostLogs = 1000;

}  // namespace

void append(store::Session& session, const RunId& id, const std::vector<NumberedLine>& lines) {
  // Lines that were put back stand before later ones, and some between may be stored: a piece has no gap.
  const auto is_gap = [](const NumberedLine& left, const NumberedLine& right) {
    return right.sequence != left.sequence + 1;
  };
  for (auto from = lines.begin(); from != lines.end();) {
    auto to = std::adjacent_find(from, lines.end(), is_gap);
    if (to != lines.end()) ++to;
    std::int64_t bytes = 0;
    for (auto line = from; line != to; ++line) bytes += bytes_of(line->line);
    const std::string text = encode_lines({from, to});
    session.execute(kAppend,
                    {id.text(), from->sequence, std::prev(to)->sequence, bytes, false, as_bytes(text)});
    from = to;
  }
}

Extent extent(store::Session& session, const RunId& id) {
  return session
      .query_one(kExtent, {id.text()},
                 [](const store::Row& row) { return Extent{row.integer(0), row.integer(1)}; })
      .value_or(Extent{});
}

Answer read(store::Session& session, const RunId& id, const Question& question) {
  return question.after ? read_after(session, id.text(), question)
                        : read_newest(session, id.text(), question);
}

std::string read_plain(store::Session& session, const RunId& id) {
  std::string out;
  std::int64_t after = 0;
  while (const auto piece = session.query_one(kFrom, {id.text(), after}, read_piece)) {
    for (const NumberedLine& line : decode_lines(piece->text)) append_plain_line(out, line);
    after = piece->first;
  }
  return out;
}

std::optional<Unpacked> next_unpacked(store::Session& session, std::int64_t after) {
  return session.query_one(kUnpacked, {after}, [](const store::Row& row) {
    const auto id = RunId::parse(row.text(1));
    FETTLE_CHECK(id, "a run that this module did not write");
    return Unpacked{row.integer(0), *id};
  });
}

std::optional<Block> pack_next(store::Session& session, const RunId& id, std::int64_t after) {
  Block block;
  std::string text;
  session.query(kPieces, {id.text(), after, kPiecesABlock}, [&](const store::Row& row) {
    if (text.size() >= kBlockBytes) return;
    const Piece piece = read_piece(row);
    if (text.empty()) block.first = piece.first;
    block.last = piece.last;
    block.last_piece = piece.first;
    block.bytes += piece.bytes;
    text += piece.text;
  });
  if (text.empty()) return std::nullopt;
  block.body = pack_text(text);
  return block;
}

void replace(store::Session& session, const RunId& id, const Block& block) {
  session.execute(kRemoveBetween, {id.text(), block.first, block.last_piece});
  session.execute(kAppend, {id.text(), block.first, block.last, block.bytes, true, block.body});
}

void set_packed(store::Session& session, const RunId& id) {
  session.execute(kSetPacked, {id.text()});
}

LogsPart look_for_old(store::Session& session, const io::Clock& clock, const std::string& after,
                      WallTime limit) {
  const MonoTime end = clock.mono_now() + kLongestLook;
  const auto keep_lower = [](std::optional<std::int64_t>& lowest, std::int64_t other) {
    if (!lowest || other < *lowest) lowest = other;
  };
  const auto integer = [](const store::Row& row) { return row.integer(0); };
  LogsPart out;
  out.last = after;
  for (int i = 0; i < kMostLogs && (i == 0 || clock.mono_now() < end); ++i) {
    const auto id =
        session.query_one(kNextLog, {out.last}, [](const store::Row& row) { return row.text(0); });
    if (!id) {
      out.is_end = true;
      break;
    }
    out.last = *id;
    const std::int64_t pieces = session.query_one(kCountPieces, {*id}, integer).value_or(0);
    out.seen += pieces;
    const auto ended = session.query_one(kEndOfRun, {*id}, integer);
    if (!ended) continue;  // it is live
    keep_lower(out.oldest_ms, *ended);
    if (*ended >= unix_ms(limit)) {
      keep_lower(out.oldest_left_ms, *ended);
      continue;
    }
    out.eligible += pieces;
    out.old.push_back(*id);
  }
  return out;
}

std::string_view remove_sql() {
  return kRemoveSome;
}

bool has_older(store::Session& session, WallTime limit) {
  return session.query_one(kHasOlder, {format_time(limit)}, [](const store::Row&) { return true; })
      .has_value();
}

}  // namespace fettle::runs::run_log_repo
