-- Schema 1. docs/store-layout.md explains it; adr/ has the reasons.
-- stamp: milliseconds << 16 | n, one a batch, always rising. number: E.164 digits as an integer.
-- aid: dense, rising in the order of creation; it never leaves lib/store/sqlite.

-- Who this store is: "id", "master", "fixture", "seed", "random_counter".
CREATE TABLE meta(k TEXT PRIMARY KEY, v ANY) STRICT, WITHOUT ROWID;

CREATE TABLE config(k INTEGER PRIMARY KEY, v TEXT NOT NULL) STRICT;

-- Kept counts (records.h Counter and sqlite/work.h Kept): a total is never a scan.
CREATE TABLE counter(k INTEGER PRIMARY KEY, v INTEGER NOT NULL) STRICT;

CREATE TABLE account(
  aid INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  state INTEGER NOT NULL,
  created INTEGER NOT NULL,
  seen_day INTEGER NOT NULL,
  secret_kind INTEGER NOT NULL,
  secret_used INTEGER NOT NULL,
  secret TEXT
) STRICT;

-- number <-> account from one batch to another; live while "until" is NULL.
CREATE TABLE binding(
  number INTEGER NOT NULL,
  since INTEGER NOT NULL,
  aid INTEGER NOT NULL REFERENCES account,
  until INTEGER,
  proof INTEGER NOT NULL,
  vouch TEXT,
  PRIMARY KEY(number, since)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX binding_live ON binding(number) WHERE until IS NULL;
CREATE UNIQUE INDEX binding_one ON binding(aid) WHERE until IS NULL;
CREATE INDEX binding_history ON binding(aid, since);

-- texts: the card and its published form, packed (texts.h).
CREATE TABLE own(
  aid INTEGER PRIMARY KEY REFERENCES account,
  rev INTEGER NOT NULL,
  meaning BLOB NOT NULL,
  texts BLOB NOT NULL
) STRICT;

-- A list is a blob of facts (facts.h) and immutable segments (segment.h), which are the journal's bodies too.
CREATE TABLE list(aid INTEGER PRIMARY KEY REFERENCES account, facts BLOB NOT NULL) STRICT;
CREATE TABLE seg(
  id INTEGER PRIMARY KEY,  -- aid << 24 | n; never updated
  heads BLOB NOT NULL,
  cards BLOB NOT NULL
) STRICT;

-- Who lists a number: blocks of (number, aid) in rising order (inverted.h). A block's key is at or below its pairs;
-- the first one's is (0, 0), so that every pair has a block.
CREATE TABLE inv(
  number INTEGER NOT NULL,
  aid INTEGER NOT NULL,
  pairs BLOB NOT NULL,
  PRIMARY KEY(number, aid)
) STRICT, WITHOUT ROWID;
INSERT INTO inv(number, aid, pairs) VALUES (0, 0, x'');

-- An account's inbox: its revision, the floor of its tokens, and its associations by rising peer (associations.h).
CREATE TABLE inbox(
  aid INTEGER PRIMARY KEY REFERENCES account,
  rev INTEGER NOT NULL,
  floor INTEGER NOT NULL,
  peers BLOB NOT NULL
) STRICT;

-- Tombstones of associations; the keys as text, for the entries may be gone.
CREATE TABLE gone(
  aid INTEGER NOT NULL REFERENCES account,
  peer INTEGER NOT NULL REFERENCES account,
  rev INTEGER NOT NULL,
  at INTEGER NOT NULL,
  keys BLOB NOT NULL,
  PRIMARY KEY(aid, peer)
) STRICT, WITHOUT ROWID;
CREATE INDEX gone_at ON gone(at);

-- Marks for the next match (records.h Mark): kind, account, then its number or the other account.
CREATE TABLE todo(
  kind INTEGER NOT NULL,
  a INTEGER NOT NULL,
  x INTEGER NOT NULL,
  PRIMARY KEY(kind, a, x)
) STRICT, WITHOUT ROWID;

CREATE TABLE batch(
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  stamp INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  input BLOB NOT NULL,
  chain BLOB NOT NULL,
  receipt TEXT NOT NULL
) STRICT;

-- A batch's journal records. aid 0: of no account.
CREATE TABLE leaf(
  seq INTEGER NOT NULL,
  n INTEGER NOT NULL,
  aid INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  hash BLOB NOT NULL,
  salt BLOB,
  body BLOB,
  PRIMARY KEY(seq, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX leaf_aid ON leaf(aid, seq, n);

-- Small records that are no part of the logical state (semantics J3); bodies by store/codec.h.
CREATE TABLE session(
  id TEXT PRIMARY KEY,
  expires INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_expires ON session(expires);
CREATE TABLE pace(
  kind INTEGER NOT NULL,
  subject TEXT NOT NULL,
  since INTEGER NOT NULL,
  used INTEGER NOT NULL,
  PRIMARY KEY(kind, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX pace_since ON pace(since);
CREATE TABLE device(
  aid INTEGER NOT NULL REFERENCES account,
  name TEXT NOT NULL,
  token TEXT NOT NULL,
  PRIMARY KEY(aid, name)
) STRICT, WITHOUT ROWID;
