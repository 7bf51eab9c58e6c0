#include "fettle/access/access_schema.h"

namespace fettle::access {

std::string_view access_schema_sql() {
  // The ids of the two environments are those of builtin.h. audit_entry has no foreign keys: it outlives what
  // it tells of. audit_head remembers the end of the chain, so that a cut tail is found.
  return R"sql(
CREATE TABLE environment (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;
INSERT INTO environment (id, name, created_at) VALUES
  ('env_00000000000070008000000000000001', 'default', 0),
  ('env_00000000000070008000000000000002', 'system', 0);

CREATE TABLE role (
  name TEXT PRIMARY KEY,
  permissions TEXT NOT NULL
) STRICT;
INSERT INTO role (name, permissions) VALUES
  ('viewer', 'view'),
  ('operator', 'view,operate,metrics'),
  ('administrator', 'view,operate,administer,metrics');

CREATE TABLE person (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  server_administrator INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE person_role (
  person_id TEXT NOT NULL REFERENCES person(id) ON DELETE CASCADE,
  environment_id TEXT NOT NULL REFERENCES environment(id),
  role_name TEXT NOT NULL REFERENCES role(name),
  PRIMARY KEY (person_id, environment_id)
) STRICT;

CREATE TABLE login_session (
  id TEXT PRIMARY KEY,
  secret_hash BLOB NOT NULL UNIQUE,
  person_id TEXT NOT NULL REFERENCES person(id) ON DELETE CASCADE,
  address TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL
) STRICT;
CREATE INDEX login_session_by_person ON login_session(person_id, created_at);
CREATE INDEX login_session_by_end ON login_session(ends_at);

CREATE TABLE api_token (
  id TEXT PRIMARY KEY,
  secret_hash BLOB NOT NULL UNIQUE,
  person_id TEXT NOT NULL REFERENCES person(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  environment_id TEXT REFERENCES environment(id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER
) STRICT;
CREATE INDEX api_token_by_person ON api_token(person_id, id);

CREATE TABLE audit_entry (
  sequence INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  detail TEXT NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE TABLE audit_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  sequence INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT;
INSERT INTO audit_head (id, sequence, hash) VALUES (1, 0, zeroblob(32));
)sql";
}

}  // namespace fettle::access
