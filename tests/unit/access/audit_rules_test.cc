#include "fettle/access/audit_rules.h"

#include <gtest/gtest.h>

namespace fettle::access {
namespace {

std::vector<AuditRow> chain(std::int64_t count) {
  std::vector<AuditRow> rows;
  AuditHead head;
  for (std::int64_t i = 1; i <= count; ++i) {
    AuditRow row;
    row.sequence = i;
    row.entry = {wall_from_unix_ms(1'000 * i),
                 {"person", "person_1", "ada", "10.0.0.1"},
                 "token.create",
                 "token_" + std::to_string(i),
                 "name"};
    row.hash = audit_hash(head.hash, i, row.entry);
    head = {i, row.hash};
    rows.push_back(row);
  }
  return rows;
}

using Edit = std::function<void(AuditRow&)>;
const std::vector<Edit> kEdits{
    [](AuditRow& row) { row.sequence += 1; },
    [](AuditRow& row) { row.entry.at += Millis(1); },
    [](AuditRow& row) { row.entry.actor.kind += "x"; },
    [](AuditRow& row) { row.entry.actor.id.pop_back(); },
    [](AuditRow& row) { row.entry.actor.name = "eve"; },
    [](AuditRow& row) { row.entry.actor.address.clear(); },
    [](AuditRow& row) { row.entry.action = "token.revoke"; },
    [](AuditRow& row) { row.entry.object[0] = 'T'; },
    [](AuditRow& row) { row.entry.detail += '\0'; },
    [](AuditRow& row) { row.hash[31] ^= 1U; },
    [](AuditRow& row) { std::swap(row.entry.object, row.entry.detail); },
    // The same characters, cut into fields at another place.
    [](AuditRow& row) { row.entry.object += row.entry.detail.front(), row.entry.detail.erase(0, 1); },
};

TEST(AuditRules, AnUntouchedLogIsWhole) {
  const auto rows = chain(20);
  const auto head = verify_audit(rows, {});
  ASSERT_TRUE(head);
  EXPECT_EQ(*head, (AuditHead{20, rows.back().hash}));
  EXPECT_EQ(verify_audit({}, {}).value(), AuditHead{});
}

TEST(AuditRules, AnyStretchCanBeVerifiedFromTheHeadBeforeIt) {
  const auto rows = chain(12);
  for (std::size_t from = 1; from < rows.size(); ++from) {
    const AuditHead before{rows[from - 1].sequence, rows[from - 1].hash};
    EXPECT_TRUE(verify_audit(std::span(rows).subspan(from), before));
    EXPECT_FALSE(verify_audit(std::span(rows).subspan(from), AuditHead{}));
  }
}

TEST(AuditRules, EveryEditOfEveryRowIsFoundAtThatRow) {
  for (std::size_t at = 0; at < 10; ++at) {
    for (std::size_t edit = 0; edit < kEdits.size(); ++edit) {
      auto rows = chain(10);
      kEdits[edit](rows[at]);
      const auto result = verify_audit(rows, {});
      ASSERT_FALSE(result) << "row " << at << " edit " << edit;
      ASSERT_EQ(result.error().sequence, static_cast<std::int64_t>(at) + 1) << "edit " << edit;
    }
  }
}

TEST(AuditRules, AnEditWithItsOwnHashRedoneIsFoundAtTheNextRow) {
  for (std::size_t at = 0; at + 1 < 10; ++at) {
    auto rows = chain(10);
    rows[at].entry.detail = "forged";
    rows[at].hash = audit_hash(at == 0 ? Hash256{} : rows[at - 1].hash, rows[at].sequence, rows[at].entry);
    const auto result = verify_audit(rows, {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().sequence, static_cast<std::int64_t>(at) + 2);
  }
}

TEST(AuditRules, EveryRemovalIsFound) {
  for (std::size_t at = 0; at + 1 < 10; ++at) {
    auto rows = chain(10);
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(at));
    EXPECT_FALSE(verify_audit(rows, {}));
    for (std::size_t i = at; i < rows.size(); ++i) --rows[i].sequence;  // the gap closed up
    EXPECT_FALSE(verify_audit(rows, {}));
  }
}

TEST(AuditRules, EverySwapAndRepetitionIsFound) {
  for (std::size_t a = 0; a < 8; ++a) {
    for (std::size_t b = a + 1; b < 8; ++b) {
      auto rows = chain(8);
      std::swap(rows[a], rows[b]);
      EXPECT_FALSE(verify_audit(rows, {}));
      std::swap(rows[a].sequence, rows[b].sequence);
      EXPECT_FALSE(verify_audit(rows, {}));
    }
    auto rows = chain(8);
    rows.insert(rows.begin() + static_cast<std::ptrdiff_t>(a), rows[a]);
    EXPECT_FALSE(verify_audit(rows, {}));
  }
}

TEST(AuditRules, NoTwoEntriesHaveTheSameBytes) {
  const AuditEntry entry{WallTime{}, {"a", "b", "c", "d"}, "e", "f", "g"};
  AuditEntry moved = entry;
  moved.actor.kind = "ab";
  moved.actor.id = "";
  EXPECT_NE(canonical_bytes(1, entry), canonical_bytes(1, moved));
  EXPECT_NE(canonical_bytes(1, entry), canonical_bytes(2, entry));
}

// The format is on disk: a change of it makes every log that exists look forged.
TEST(AuditRules, TheFormatStands) {
  const AuditEntry entry{wall_from_unix_ms(1'795'338'604'123),
                         {"person", "person_x", "Ada", "127.0.0.1"},
                         "token.create",
                         "token_y",
                         "ci: read"};
  const Hash256 hash = audit_hash(Hash256{}, 1, entry);
  EXPECT_EQ(canonical_bytes(1, entry).size(), 8 * 10 + 14 + 6 + 8 + 3 + 9 + 12 + 7 + 8U);
  EXPECT_EQ(hash, sha256(std::string(32, '\0') + canonical_bytes(1, entry)));
}

}  // namespace
}  // namespace fettle::access
