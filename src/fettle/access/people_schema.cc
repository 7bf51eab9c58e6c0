#include "fettle/access/people_schema.h"

namespace fettle::access {

std::string_view people_schema_sql() {
  // An empty password_hash is nobody's: the person was invited and has not come yet. One invitation a person:
  // a new one makes the link before worthless. `version` counts the edits of what people edit (ETag).
  return R"sql(
ALTER TABLE person ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE person ADD COLUMN password_changed_at INTEGER;
ALTER TABLE person ADD COLUMN last_login_at INTEGER;
ALTER TABLE login_session ADD COLUMN browser TEXT NOT NULL DEFAULT '';
ALTER TABLE environment ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
CREATE UNIQUE INDEX environment_by_key ON environment(lower(name));

CREATE TABLE invitation (
  person_id TEXT PRIMARY KEY REFERENCES person(id) ON DELETE CASCADE,
  token_hash BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE person_totp (
  person_id TEXT PRIMARY KEY REFERENCES person(id) ON DELETE CASCADE,
  secret BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  confirmed_at INTEGER,
  last_step INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_code (
  person_id TEXT NOT NULL REFERENCES person(id) ON DELETE CASCADE,
  code_hash BLOB NOT NULL,
  PRIMARY KEY (person_id, code_hash)
) STRICT;

CREATE INDEX person_role_by_environment ON person_role(environment_id);
CREATE INDEX api_token_by_environment ON api_token(environment_id);
CREATE INDEX audit_entry_by_object ON audit_entry(object, sequence);
CREATE INDEX audit_entry_by_actor ON audit_entry(actor_id, sequence);
)sql";
}

std::string_view environment_removal_schema_sql() {
  // Since when it is being removed: nobody can name it any more, and what is in it goes piece by piece.
  return R"sql(
ALTER TABLE environment ADD COLUMN removing_at INTEGER;
)sql";
}

}  // namespace fettle::access
